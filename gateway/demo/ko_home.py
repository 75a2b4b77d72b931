"""Korean customers at home."""

from gateway.demo.files import png
from gateway.demo.model import File, Mail, Person

SEOYEON = Person("김서연", "seoyeon.kim@haneul.example", 9)
JUNHO = Person("박준호", "junho.park@podo-mail.example", 9)
HAEUN = Person("이하은", "haeun.lee@sarang.example", 9)
SEOLMUI = Person("정설믜", "seolmui.jung@neulbom.example", 9)

MAILS = (
    Mail(
        name="ko-lamp-flickers",
        language="ko",
        at="08:41",
        sender=SEOYEON,
        subject="루마 데스크 램프 깜빡임 문의드립니다",
        look="gmail",
        files=(
            File("책상 위 램프 사진.png", "image/png", png(480, 320, (250, 220, 160), (60, 45, 30))),
            File("구입 영수증.png", "image/png", png(240, 360, (252, 252, 250), (225, 225, 222)), "rfc2231-continued"),
        ),
        text="""\
안녕하세요.
지난주에 구입한 루마 데스크 램프가 어제저녁부터 계속 깜빡입니다.

밝기를 50% 아래로 낮출 때만 그렇고, 최대 밝기에서는 괜찮습니다.
콘센트도 바꿔 보고 어댑터도 다시 꽂아 봤는데 똑같아요.

사진과 영수증 함께 보내드립니다. 주문번호는 LM-0817-0932입니다.
확인 부탁드립니다.

김서연 드림""",
    ),
    Mail(
        name="ko-lamp-flickers-more",
        language="ko",
        at="09:26",
        sender=SEOYEON,
        subject="Re: 루마 데스크 램프 깜빡임 문의드립니다",
        answers="ko-lamp-flickers",
        quoting="gmail",
        look="gmail",
        fate="appended",
        text="""\
추가로 말씀드리면, 앱에서 '취침 모드'를 끄니까 깜빡임이 조금 줄었습니다.
혹시 펌웨어 문제일까요? 현재 버전은 2.3.1로 나옵니다.""",
    ),
    Mail(
        name="ko-lamp-flickers-video",
        language="ko",
        at="13:05",
        sender=SEOYEON,
        subject="Re: 루마 데스크 램프 깜빡임 문의드립니다",
        answers="ko-lamp-flickers-more",
        quoting="gmail",
        look="gmail",
        fate="appended",
        text="""\
점심시간에 다시 켜 봤는데, 이번에는 최대 밝기에서도 한 번 꺼졌다가 켜졌습니다.
교환이 가능하면 교환으로 진행하고 싶습니다.""",
    ),
    Mail(
        name="ko-delivery-late",
        language="ko",
        at="09:02",
        sender=JUNHO,
        subject="배송이 며칠째 그대로예요",
        headers={"X-Mailer": "Web Mail"},
        text="""\
안녕하세요, 지난주 월요일에 주문한 브리즈 2 공기청정기가 아직도 '상품 준비 중'입니다.
주문할 때는 이틀이면 도착한다고 되어 있었어요.
언제쯤 받을 수 있을지 알려 주시면 감사하겠습니다.

주문번호: LM-0811-1177
받는 분: 박준호""",
    ),
    Mail(
        name="ko-delivery-late-again",
        language="ko",
        at="15:48",
        sender=JUNHO,
        subject="RE: 배송이 며칠째 그대로예요",
        answers="ko-delivery-late",
        quoting="naver",
        fate="appended",
        text="""\
아침에 문의드린 박준호입니다.
방금 택배사에서 내일 도착 예정이라는 문자를 받았습니다.
그런데 주소가 예전 집으로 되어 있네요. 변경이 가능할까요?

새 주소는 경기도 성남시 분당구 느티로 00, 101동 1203호입니다.""",
    ),
    Mail(
        name="ko-short-phone",
        language="ko",
        at="09:33",
        sender=Person("최유진", "yujin.choi@haneul.example", 9),
        subject="필터 교체",
        text="필터 교체 주기가 어떻게 되나요? 빨간불 들어왔어요",
        signature="나의 iPhone에서 보냄",
    ),
    Mail(
        name="ko-refund",
        language="ko",
        at="10:11",
        sender=Person("오민석", "minseok.oh@podo-mail.example", 9),
        subject="반품 환불이 아직 안 됐습니다",
        text="""\
안녕하세요. 지난 금요일에 반품 회수가 완료된 미스트 가습기 건입니다.
카드사에 확인해 보니 아직 취소 접수가 안 되었다고 합니다.

주문번호 LM-0809-0448
반품 운송장 6412-8890-2231

언제쯤 처리되는지 회신 부탁드립니다. 감사합니다.
오민석 드림""",
    ),
    Mail(
        name="ko-refund-delivered-twice",
        language="ko",
        at="10:12",
        sender=Person("오민석", "minseok.oh@podo-mail.example", 9),
        subject="반품 환불이 아직 안 됐습니다",
        text="",
        same_as="ko-refund",
        fate="duplicate",
    ),
    Mail(
        name="ko-thanks",
        language="ko",
        at="10:40",
        sender=Person("윤지아", "jia.yoon@sarang.example", 9),
        subject="상담해 주신 분께 감사드려요",
        look="apple",
        text="""\
안녕하세요. 지난주에 스탠드를 고르면서 여러 번 문의드렸던 윤지아입니다.

추천해 주신 전구색 제품으로 바꿨더니 아이가 눈이 편하다고 하네요.
귀찮으셨을 텐데 끝까지 친절하게 알려 주셔서 정말 감사했습니다.
답장은 안 주셔도 됩니다. 좋은 하루 보내세요!""",
    ),
    Mail(
        name="ko-angry",
        language="ko",
        at="11:17",
        sender=Person("강태식", "taesik.kang@podo-mail.example", 9),
        subject="세 번째 문의입니다. 책임 있는 답변 바랍니다",
        text="""\
같은 내용으로 벌써 세 번째 보냅니다.

한 달 사이에 전기 주전자 스위치가 두 번이나 고장 났습니다. 첫 번째는 교환해 주셨지만
교환받은 제품도 2주 만에 똑같은 증상입니다. 전화하면 메일을 보내라 하고, 메일을 보내면
"확인 후 연락드리겠습니다"라는 말만 옵니다.

더는 교환을 원하지 않습니다. 전액 환불해 주시고, 원인이 무엇인지도 설명해 주세요.
오늘 중으로 답이 없으면 한국소비자원에 상담을 신청하겠습니다.

강태식 (주문번호 LM-0715-0067)""",
    ),
    Mail(
        name="ko-app-login-emoji",
        language="ko",
        at="11:52",
        sender=Person("한소미", "somi.han@neulbom.example", 9),
        subject="😭 앱 로그인이 안 돼요 🙏",
        look="gmail",
        text="""\
루마 홈 앱 업데이트하고 나서 로그인이 안 돼요ㅠㅠ
비밀번호를 바꿔도 '알 수 없는 오류 (E-1042)'라고만 떠요.
폰은 갤럭시 S24이고 앱은 지웠다가 다시 깔아 봤어요.
거실 불을 앱으로만 켜고 끄는데 지금 못 끄고 있어요 😥 빨리 좀 도와주세요!""",
    ),
    Mail(
        name="ko-broken-on-arrival",
        language="ko",
        at="12:20",
        sender=HAEUN,
        subject="유리 갓이 깨져서 왔어요",
        look="apple",
        files=(
            File("깨진 유리갓 앞면.png", "image/png", png(400, 300, (210, 225, 235), (90, 100, 110)), "nfd"),
            File("택배 상자 모서리.png", "image/png", png(400, 300, (190, 150, 110), (120, 85, 55)), "nfd"),
        ),
        text="""\
오늘 오브 펜던트 조명을 받았는데 상자를 열어 보니 유리 갓에 금이 가 있습니다.
상자 한쪽 모서리도 찌그러져 있었고요. 사진 두 장 첨부합니다.

주말에 집들이가 있어서 그 전에 유리 갓만이라도 먼저 받을 수 있을까요?
위험해서 본체는 상자에 그대로 다시 넣어 두었습니다.

이하은""",
    ),
    Mail(
        name="ko-broken-on-arrival-apple-reply",
        language="ko",
        at="16:22",
        sender=HAEUN,
        subject="Re: 유리 갓이 깨져서 왔어요",
        answers="ko-broken-on-arrival",
        quoting="apple",
        look="apple",
        fate="appended",
        text="""\
색상을 안 적었네요. 스모크 그레이입니다.
토요일 오후에는 집에 아무도 없으니 가능하면 금요일까지 부탁드려요.""",
    ),
    Mail(
        name="ko-no-subject",
        language="ko",
        at="12:58",
        sender=Person("", "grandma70@podo-mail.example", 9),
        subject=None,
        text="""\
손녀가 사준 스탠드인데 리모컨을 잃어버렸습니다
리모컨만 따로 살 수 있나요
전화번호를 몰라서 메일로 보냅니다""",
    ),
    Mail(
        name="ko-euc-kr-wrongly-labelled",
        language="ko",
        at="13:31",
        sender=Person("서동원", "dongwon.seo@podo-mail.example", 9),
        subject="사용설명서 파일 요청",
        charset="euc_kr",
        label="iso-8859-1",
        eight_bit=True,
        text="""\
수고 많으십니다.
중고로 구입한 루마 플로어 스탠드(모델명 LF-200)의 사용설명서가 없습니다.
홈페이지에서는 신형 설명서만 보이는데, 구형 설명서를 파일로 받을 수 있을까요?
타이머 설정하는 방법만 알려 주셔도 됩니다.
감사합니다.""",
    ),
    Mail(
        name="ko-galaxy-exchange",
        language="ko",
        at="14:09",
        sender=Person("임채원", "chaewon.lim@sarang.example", 9),
        subject="색상 교환되나요",
        text="어제 받은 무드등 화이트인데 베이지로 교환되나요? 아직 개봉은 안 했습니다",
        signature="Galaxy에서 보냄",
    ),
    Mail(
        name="ko-outlook-cp949",
        language="ko",
        at="14:36",
        sender=SEOLMUI,
        subject="정설믜입니다 - 영수증 이름 정정 요청",
        charset="cp949",
        look="outlook",
        files=(
            File(
                "영수증_정설믜.png", "image/png", png(240, 320, (250, 250, 248), (230, 230, 226)), "cp949-encoded-word"
            ),
        ),
        headers={"X-Mailer": "Microsoft Outlook 16.0", "Thread-Index": "AdsQx0n4Q1b7k2mXTwW1m8b4o3pYbQ=="},
        text="""\
안녕하세요, 정설믜입니다.

보내 주신 영수증에 이름이 '정설미'로 찍혀 있습니다. 제 이름은 '믜'가 맞습니다.
회사에 제출해야 해서 정정된 영수증을 다시 발급받고 싶습니다.

번거로우시겠지만 부탁드리겠습니다.
정설믜 드림""",
    ),
    Mail(
        name="ko-restock",
        language="ko",
        at="15:02",
        sender=Person("조은별", "eunbyeol.jo@haneul.example", 9),
        subject="오브 스피커 램프 재입고 예정 있나요?",
        text="""\
안녕하세요! 오브 스피커 램프 그린 색상이 계속 품절이던데 재입고 예정이 있을까요?
친구 결혼 선물로 꼭 그 색을 사고 싶어서요. 예약 주문이 가능하면 그렇게 하고 싶습니다.""",
    ),
    Mail(
        name="ko-delete-account",
        language="ko",
        at="15:27",
        sender=Person("문재현", "jaehyun.moon@neulbom.example", 9),
        subject="회원 탈퇴 및 개인정보 삭제 요청",
        text="""\
루마 홈 계정을 탈퇴하고자 합니다.
개인정보 보호법 제36조에 따라 제 계정과 기기 사용 기록의 삭제를 요청드립니다.
법령상 보관해야 하는 정보가 있다면 항목과 보관 기간을 알려 주시기 바랍니다.

계정: jaehyun.moon@neulbom.example
문재현""",
    ),
    Mail(
        name="ko-forwarded-by-daughter",
        language="ko",
        at="16:51",
        sender=Person("배수정", "sujeong.bae@haneul.example", 9),
        subject="Fwd: 주문하신 상품이 발송되었습니다",
        look="gmail",
        text="""\
안녕하세요, 어머니 대신 메일 드립니다.
아래 주문은 어머니께서 실수로 두 번 주문하신 것 같습니다.
하나는 취소하고 싶은데 이미 발송된 경우에는 수취 거부를 하면 될까요?

---------- Forwarded message ---------
보낸사람: 루마 스토어 <order@luma-store.example>
Date: {yesterday}
Subject: 주문하신 상품이 발송되었습니다
To: <okja.nam@haneul.example>

남옥자 고객님, 주문하신 상품이 발송되었습니다.
주문번호: LM-1105-0210, LM-1105-0211
상품명: 루마 침실 무드등 (전구색) 각 1개""",
    ),
)
