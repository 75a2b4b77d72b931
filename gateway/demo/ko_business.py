"""Korean companies, schools and offices."""

from gateway.demo.files import csv, pdf, png
from gateway.demo.model import File, Mail, Person
from gateway.mail.model import Kind

HYEJIN = Person("송혜진", "hyejin.song@dalbit-hotel.example", 9)
WOOSUNG = Person("남우성", "woosung.nam@dalbit-hotel.example", 9)
ROOMS = (("층", "객실 수", "데스크 램프(예비 포함)"), *((str(floor), "14", "16") for floor in range(3, 9)))

MAILS = (
    Mail(
        name="ko-hotel-order",
        language="ko",
        at="08:55",
        sender=HYEJIN,
        cc=(WOOSUNG,),
        subject="[달빛호텔] 객실 조명 교체 관련 견적 및 납기 문의",
        look="outlook",
        headers={"X-Mailer": "Microsoft Outlook 16.0", "Importance": "high"},
        files=(
            File(
                "객실별 수량표.csv",
                "text/csv",
                csv(ROOMS, "cp949"),
            ),
            File(
                "납품 요청서(달빛호텔).pdf",
                "application/pdf",
                pdf(("Request for quotation", "96 desk lamps, 48 floor lamps")),
            ),
        ),
        text="""\
안녕하십니까, 달빛호텔 시설운영팀 송혜진 과장입니다.

저희 호텔은 내년 봄 재개관을 앞두고 3층부터 8층까지 객실 84실의 조명을 교체할 예정입니다.
귀사의 루마 데스크 램프와 플로어 스탠드를 우선 검토하고 있어 아래 사항을 문의드립니다.

1. 수량 및 단가
데스크 램프 96대, 플로어 스탠드 48대를 일괄 발주할 경우의 단가와 부가세 포함 총액을 알려 주십시오.
층별 수량은 첨부한 수량표를 참고해 주시기 바랍니다.

2. 납기
다음 달 둘째 주까지 현장 입고가 가능한지, 분할 납품 시 층별로 며칠 간격이 필요한지 궁금합니다.
엘리베이터 공사 일정 때문에 오전 7시에서 9시 사이에만 반입할 수 있습니다.

3. 설치와 유지보수
객실 키 카드와 연동하여 일괄 소등하는 기능이 필요합니다. 앱이 아닌 건물 제어 시스템에서 직접 제어할 수
있는지, 가능하다면 연동 규격서를 받아 볼 수 있을지요. 고장 시 예비품으로 교체하는 방식의 계약도 가능한지
함께 검토 부탁드립니다.

4. 인증
KC 인증서와 전자파 시험성적서 사본이 필요합니다.

내부 품의 일정이 있어 이번 주 금요일 오전까지 회신 주시면 감사하겠습니다.
현장 관련 문의는 참조에 넣은 남우성 대리에게 하셔도 됩니다.

감사합니다.
송혜진 드림""",
        signature="""\
--
송혜진 과장 | 달빛호텔 시설운영팀
T. 02-000-0000 | hyejin.song@dalbit-hotel.example""",
    ),
    Mail(
        name="ko-hotel-order-colleague",
        language="ko",
        at="11:34",
        sender=WOOSUNG,
        cc=(HYEJIN,),
        subject="RE: [달빛호텔] 객실 조명 교체 관련 견적 및 납기 문의",
        answers="ko-hotel-order",
        quoting="outlook",
        look="outlook",
        fate="join_request",
        text="""\
안녕하세요, 달빛호텔 남우성 대리입니다.

송 과장님 메일에 덧붙여 말씀드립니다. 객실 콘센트는 모두 220V이고 책상 폭은 90cm입니다.
램프 받침이 지름 18cm를 넘으면 서랍이 걸리니 도면을 먼저 보내 주시면 좋겠습니다.""",
    ),
    Mail(
        name="ko-tax-invoice",
        language="ko",
        at="09:14",
        sender=Person("㈜온새미로 경리팀", "accounting@onsaemiro.example", 9),
        subject="세금계산서 발행 요청의 건",
        charset="cp949",
        headers={"X-Mailer": "Microsoft Outlook 16.0"},
        files=(
            File(
                "사업자등록증 사본.pdf",
                "application/pdf",
                pdf(("Business registration", "No. 000-00-00000")),
                "encoded-word",
            ),
        ),
        text="""\
안녕하세요. ㈜온새미로 경리팀입니다.

지난달에 구입한 회의실 조명 6대에 대한 세금계산서가 아직 발행되지 않아 연락드립니다.
사업자등록증을 첨부하오니 지난달 말일 자로 발행해 주시기 바랍니다.

- 공급가액: 1,140,000원
- 받는 메일: accounting@onsaemiro.example

부가세 신고 준비로 이번 주 안에 부탁드리겠습니다. 수고하세요.""",
    ),
    Mail(
        name="ko-school-order",
        language="ko",
        at="10:25",
        sender=Person("푸른초등학교 행정실", "office@pureun-school.example", 9),
        subject="교실용 독서등 단체 구매 문의(학교장터 가능 여부)",
        files=(File("교실 비품 구매 계획.hwp", "application/x-hwp", b"HWP Document File V3.00 \x1a" + bytes(900)),),
        text="""\
안녕하십니까. 푸른초등학교 행정실입니다.

도서관과 돌봄교실에서 사용할 독서등 30개를 구매하려고 합니다.
학교장터(S2B)를 통한 구매가 가능한지, 전자파 적합성 인증 서류를 함께 주실 수 있는지 문의드립니다.
예산 집행 기한이 다음 달 중순이라 그 전에 납품이 되어야 합니다.

구매 계획서를 첨부하오니 참고 부탁드립니다.""",
    ),
    Mail(
        name="ko-contact-form",
        language="ko",
        at="11:08",
        sender=Person("루마 홈페이지 문의", "form@luma-shop.example", 9),
        reply_to=Person("신아름", "areum.shin@haneul.example", 9),
        subject="[홈페이지 문의] 설치 기사 방문 일정",
        text="""\
홈페이지에서 새 문의가 접수되었습니다.

이름: 신아름
이메일: areum.shin@haneul.example
연락처: 010-0000-0000
문의 유형: 설치/방문
내용:
거실 펜던트 조명 설치를 신청했는데 방문 날짜를 다음 주 화요일 오후로 바꾸고 싶습니다.
천장이 콘크리트라 드릴이 필요하다고 기사님께 꼭 전해 주세요.""",
    ),
    Mail(
        name="ko-office-api",
        language="ko",
        at="13:47",
        sender=Person("구본석", "bonseok.koo@maru-office.example", 9),
        to=("main", "second"),
        subject="사무실 조명 40대 앱 일괄 등록 방법 문의",
        look="gmail",
        text="""\
안녕하세요, 마루오피스 총무팀 구본석입니다.
담당 창구를 몰라 두 주소로 함께 보냅니다.

사무실을 옮기면서 루마 조명 40대를 새로 설치했는데, 앱에서 한 대씩 등록하니 시간이 너무 오래 걸립니다.
엑셀 목록으로 한꺼번에 등록하거나 관리자 계정 하나로 전체를 제어하는 방법이 있을까요?""",
    ),
    Mail(
        name="ko-supplier-visit",
        language="ko",
        at="14:58",
        sender=Person("도하윤", "hayun.do@bitgaram.example", 9),
        subject="매장 진열용 샘플 반납 일정 문의",
        text="""\
안녕하세요, 빛가람 인테리어 도하윤 실장입니다.

팝업 매장 행사가 일요일에 끝나 진열용으로 빌린 조명 5점을 반납하려고 합니다.
월요일 오전 10시 이후에 회수해 가실 수 있는지요? 포장재는 모두 보관하고 있습니다.
받침에 작은 흠집이 하나 생겼는데, 변상이 필요하면 말씀해 주세요.""",
    ),
    Mail(
        name="ko-out-of-office",
        language="ko",
        at="15:16",
        sender=Person("황인경", "inkyung.hwang@dalbit-hotel.example", 9),
        subject="자동 회신: 루마 스토어 정기 점검 안내",
        headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
        kind=Kind.AUTO_REPLY,
        fate="silent",
        null_reverse_path=True,
        text="""\
안녕하세요. 달빛호텔 황인경입니다.

연차 휴가로 이번 주 금요일까지 자리를 비웁니다. 메일은 복귀 후 순서대로 확인하겠습니다.
급한 용무는 시설운영팀 대표번호로 연락 부탁드립니다.

본 메일은 자동으로 발송되었습니다.""",
    ),
    Mail(
        name="ko-newsletter",
        language="ko",
        at="16:05",
        sender=Person("인테리어 매거진 집담", "news@jipdam.example", 9),
        subject="(광고) 이번 주 집담: 겨울밤을 바꾸는 조명 다섯 가지",
        headers={
            "List-Id": "jipdam weekly <weekly.jipdam.example>",
            "List-Unsubscribe": "<https://jipdam.example/unsubscribe>",
            "Precedence": "bulk",
        },
        kind=Kind.LIST,
        html="""\
<table width="600" align="center" cellpadding="0" cellspacing="0"><tr><td style="background:#2b2b33;color:#ffffff;padding:24px">
<h1>이번 주 집담</h1></td></tr><tr><td style="padding:24px"><h2>겨울밤을 바꾸는 조명 다섯 가지</h2>
<p>전구색과 주광색, 어떻게 섞어 써야 할까요? 편집부가 직접 써 보고 골랐습니다.</p>
<p><a href="https://jipdam.example/winter-lights">기사 읽기</a></p>
<p style="color:#888888;font-size:12px">수신을 원하지 않으시면 <a href="https://jipdam.example/unsubscribe">수신거부</a>를 눌러 주세요.</p>
<img src="https://jipdam.example/open.gif?u=8123" width="1" height="1" alt=""></td></tr></table>""",
        text="""\
이번 주 집담

겨울밤을 바꾸는 조명 다섯 가지
전구색과 주광색, 어떻게 섞어 써야 할까요? 편집부가 직접 써 보고 골랐습니다.
https://jipdam.example/winter-lights

수신거부: https://jipdam.example/unsubscribe""",
    ),
    Mail(
        name="ko-studio-colour",
        language="ko",
        at="17:12",
        sender=Person("권나래", "narae.kwon@studio-on.example", 9),
        subject="색온도 값이 표기와 다릅니다",
        look="apple",
        files=(File("측정 결과 4200K.png", "image/png", png(420, 260, (255, 236, 214), (255, 214, 170))),),
        text="""\
안녕하세요. 촬영 스튜디오를 운영하는 권나래입니다.

루마 패널 라이트 4대 중 1대만 색온도가 다르게 나옵니다. 앱에서는 모두 5000K인데
측정기로 재어 보면 그 한 대만 4200K 정도입니다. 제품 촬영에 쓰다 보니 꽤 차이가 납니다.
측정 화면을 첨부합니다. 보정 방법이 있는지, 아니면 점검을 받아야 하는지 알려 주세요.""",
    ),
)
