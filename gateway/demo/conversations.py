"""What the agent does in the demonstration, and what the customers write back to the reply address that our mails carry."""

from dataclasses import dataclass

from gateway.demo.en_business import CLAIRE
from gateway.demo.en_home import PRIYA
from gateway.demo.ja_home import YUMIKO
from gateway.demo.ko_home import SEOYEON
from gateway.demo.model import Mail, Person, Report
from gateway.mail.model import Kind


@dataclass(frozen=True, slots=True)
class Answer:
    """The agent answers; the ticket then waits for the customer, or is solved."""

    text: str
    solve: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """The agent leaves a remark that only agents see."""

    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Acts on the ticket of the mail ``about``. Its mails answer the agent's latest mail, at the reply address in it."""

    about: str
    acts: tuple[Answer | Note | Mail, ...]


CONVERSATIONS: tuple[Conversation, ...] = (
    Conversation(
        about="ko-lamp-flickers",
        acts=(
            Note("같은 증상 이번 주 세 번째. 펌웨어 2.3.1 의심, 개발팀에 문의해 둠."),
            Answer(
                """\
안녕하세요, 김서연 고객님.
불편을 드려 죄송합니다. 보내 주신 사진과 자세한 설명 덕분에 원인을 빠르게 찾을 수 있었습니다.

펌웨어 2.3.1에서 취침 모드를 켜면 낮은 밝기에서 깜빡이는 문제가 확인되었습니다.
앱의 [기기 정보 > 업데이트 확인]에서 2.3.2로 업데이트하시면 해결됩니다.
업데이트 후에도 증상이 남아 있으면 새 제품으로 교환해 드리겠습니다.
확인해 보시고 이 메일에 답장 주시면 이어서 도와드리겠습니다."""
            ),
            Mail(
                name="ko-lamp-flickers-fixed",
                language="ko",
                at="17:49",
                sender=SEOYEON,
                subject="Re: 루마 데스크 램프 깜빡임 문의드립니다",
                quoting="gmail",
                look="gmail",
                fate="appended",
                text="""\
업데이트하고 나니 깜빡임이 완전히 사라졌어요!
교환은 하지 않아도 될 것 같습니다. 빠르게 도와주셔서 감사합니다.""",
            ),
            Answer(
                """\
해결되었다니 다행입니다. 교환 접수는 진행하지 않고 마무리하겠습니다.
같은 증상이 다시 나타나면 이 메일에 답장만 주세요. 감사합니다.""",
                solve=True,
            ),
        ),
    ),
    Conversation(
        about="ja-cancel-order",
        acts=(
            Answer(
                """\
髙橋 由美子 様

お問い合わせいただき、ありがとうございます。
ご注文 LM-812-0415 のうち、②の交換用シェード2枚のキャンセルを承りました。
ご返金は、ご利用のカード会社を通じて5営業日ほどで反映される予定です。

①のフロアライトは、予定どおり明日発送いたします。
お届け時間のご希望がございましたら、このメールにご返信ください。"""
            ),
            Mail(
                name="ja-cancel-order-time",
                language="ja",
                at="17:52",
                sender=YUMIKO,
                subject="RE: 注文キャンセルのお願い（LM-812-0415）",
                charset="outlook-iso-2022-jp",
                quoting="outlook",
                look="outlook",
                fate="appended",
                text="""\
ご担当者様

早速のご対応ありがとうございます。
①は、19時から21時の間にお届けいただけますと助かります。
よろしくお願いいたします。

髙橋""",
            ),
            Answer(
                """\
髙橋 由美子 様

ご返信ありがとうございます。
①のお届けを19時から21時に指定いたしました。到着まで今しばらくお待ちください。""",
                solve=True,
            ),
        ),
    ),
    Conversation(
        about="en-damaged",
        acts=(
            Answer(
                """\
Hello Priya,

I'm sorry about the bent pole, and thank you for suggesting the sensible solution. A new upper pole is on its way to
you and should arrive on Thursday. You can recycle the old one; there is no need to send it back.

Please let me know if the shade sits straight with the new pole."""
            ),
            Mail(
                name="en-damaged-fits",
                language="en",
                at="17:55",
                sender=PRIYA,
                subject="Re: Floor lamp arrived with a bent pole",
                quoting="apple",
                look="apple",
                fate="appended",
                text="Perfect, thank you! Is it the same thread as on the 2023 model? I have a spare shade from that one.",
            ),
            Answer(
                """\
Yes, it is the same M10 thread, so your spare shade will fit.

I'm marking this as solved. If anything is wrong with the new pole, just reply and it comes straight back to me.""",
                solve=True,
            ),
        ),
    ),
    Conversation(
        about="en-office-rollout",
        acts=(
            Answer(
                """\
Dear Claire,

Thank you for the careful list. The short version: a wall controller and a console on your own network cover points
1 and 2, timed delivery before 8 a.m. is free from two pallets on, and the warranty includes the power supplies.

I am collecting the drawings and the host list for you, and will send everything together with the offer tomorrow."""
            ),
            Mail(
                name="en-office-rollout-away",
                language="en",
                at="17:57",
                sender=CLAIRE,
                subject="Automatic reply: Northquay: lighting for 14 meeting rooms, questions before we order",
                headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
                null_reverse_path=True,
                kind=Kind.AUTO_REPLY,
                fate="silent",
                text="""\
I have left for the day and will be back in the office tomorrow at 9. For anything urgent about the Leeds office please
write to Omar Haddad.

Claire Beaumont""",
            ),
        ),
    ),
    Conversation(
        about="ko-restock",
        acts=(
            Answer(
                """\
안녕하세요, 조은별 고객님.
그린 색상은 다음 주 수요일에 재입고될 예정입니다. 원하시면 예약 주문으로 먼저 접수해 드리겠습니다.
결혼 선물이라고 하셔서, 선물 포장은 무료로 준비하겠습니다."""
            ),
            Mail(
                name="ko-restock-mailbox-full",
                language="en",
                at="17:58",
                sender=Person("Mail Delivery Subsystem", "mailer-daemon@mx.haneul.example", 9),
                subject="Delivery Status Notification (Failure)",
                headers={"Auto-Submitted": "auto-replied"},
                null_reverse_path=True,
                kind=Kind.BOUNCE,
                fate="bounce",
                report=Report(
                    recipient="eunbyeol.jo@haneul.example",
                    status="5.2.2",
                    diagnostic="552 5.2.2 Mailbox full",
                    returned_subject="Re: 오브 스피커 램프 재입고 예정 있나요?",
                ),
                text="""\
Your message to <eunbyeol.jo@haneul.example> could not be delivered.

The mailbox of the recipient is full:
552 5.2.2 Mailbox full""",
            ),
        ),
    ),
)
