"""Every kind of mail in every language, byte for byte. ``UPDATE_NOTICES=1 pytest tests/notify/test_golden.py`` writes them anew;
read the difference before you commit it: these are the words that customers get.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.notify.joining import Added, Newcomers
from gateway.notify.lifecycle import Delayed, Merged, Reminder, Situation
from gateway.notify.menus import Menu
from gateway.notify.moments import written_moment
from gateway.notify.notices import LANGUAGES, Acknowledgement, Answer, Notice, Quoted, Resolution
from gateway.notify.replies import TemplateReply
from gateway.notify.survey import Choice, Survey
from tests.support.notices import Writer, assert_clean, body, parsed

FOLDER = Path(__file__).resolve().parent.parent / "notices"
NAMES = {"ko": ("김민지", "이수진"), "ja": ("山田 太郎", "佐藤 花子"), "en": ("Minji Kim", "Sujin Lee")}
SUBJECTS = {
    "ko": "주문한 상품이 아직 도착하지 않았습니다",
    "ja": "注文した商品がまだ届きません",
    "en": "My order has not arrived",
}
LINK = "https://example.com/track?id=42&lang="
_ZONE = ZoneInfo("Asia/Seoul")
OPENS = {language: written_moment(datetime(2026, 11, 23, 9, 0, tzinfo=_ZONE), language) for language in LANGUAGES}
UNTIL = {language: written_moment(datetime(2026, 11, 23, 13, 0, tzinfo=_ZONE), language) for language in LANGUAGES}
DETAILS = {"ko": ("주문 번호", "금액"), "ja": ("注文番号", "金額"), "en": ("Order number", "Amount")}
OPTIONS = {
    "ko": ("배송 조회", "세금계산서 발급", "교환·반품"),
    "ja": ("配送状況の確認", "請求書の発行", "交換・返品"),
    "en": ("Where is my parcel?", "A copy of an invoice", "Exchange & return"),
}
HOLIDAYS = {"ko": "추석", "ja": "勤労感謝の日", "en": "Thanksgiving Day"}
ANSWERS = {
    "ko": (
        "김민지 고객님, 안녕하세요.\n\n"
        f"주문하신 상품은 어제 출고되어 내일 도착할 예정입니다.\n{LINK}ko\n\n"
        "더 궁금하신 점이 있으시면 말씀해 주십시오."
    ),
    "ja": (
        "山田様\n\n"
        f"ご注文の商品は昨日発送いたしました。明日お届けの予定です。\n{LINK}ja\n\n"
        "ご不明な点がございましたら、お知らせください。"
    ),
    "en": (
        "Hello Minji,\n\n"
        f"Your order left our warehouse yesterday and will arrive tomorrow.\n{LINK}en\n\n"
        "Let me know if there is anything else."
    ),
}


def samples(language: str) -> dict[str, Notice]:
    customer, agent = NAMES[language]
    subject = SUBJECTS[language]
    quoted = Quoted(customer, datetime(2026, 11, 21, 9, 30, tzinfo=UTC), f"{subject}.\n{subject}?")
    return {
        "ack": Acknowledgement(),
        "answer": Answer(ANSWERS[language], subject=subject, agent=agent, customer=customer),
        "answer-quoted": Answer(ANSWERS[language], subject=subject, quoted=quoted),
        "resolution": Resolution(),
        "resolution-trusted": Resolution(subject=subject, customer=customer),
        "resolution-silent": Resolution(subject=subject, customer=customer, silent=True),
        "resolution-asks": Resolution(subject, customer, survey=survey(5)),
        "resolution-asks-by-mail": Resolution(survey=survey(2, page=False)),
        "ack-promised": Acknowledgement(promised=UNTIL[language]),
        "ack-after-hours": Acknowledgement(Situation.AFTER_HOURS, UNTIL[language], opens=OPENS[language]),
        "ack-holiday": Acknowledgement(Situation.HOLIDAY, "", HOLIDAYS[language], OPENS[language]),
        "ack-overload": Acknowledgement(Situation.OVERLOAD, UNTIL[language]),
        "ack-vip": Acknowledgement(Situation.VIP),
        "ack-details": Acknowledgement(missing=DETAILS[language]),
        "ack-menu": Acknowledgement(options=OPTIONS[language]),
        "menu": Menu(OPTIONS[language]),
        "menu-next": Menu(OPTIONS[language][1:], OPTIONS[language][0], subject=subject, customer=customer),
        "menu-noted": Menu(chosen=OPTIONS[language][2], subject=subject, customer=customer),
        "menu-noted-quietly": Menu(chosen=OPTIONS[language][2], answers=False),
        "reply-in-progress": TemplateReply("in-progress"),
        "reply-in-progress-trusted": TemplateReply("in-progress", subject, customer),
        "reminder": Reminder(),
        "reminder-last": Reminder(UNTIL[language], subject, customer),
        "delayed": Delayed(OPENS[language], UNTIL[language], subject, customer),
        "merged": Merged(41, subject, customer),
        "added": Added(),
        "added-by-copy": Added(by="minji.kim@customer.example"),
        "newcomers": Newcomers(("ben@customer.example",)),
        "newcomers-by-copy": Newcomers(
            ("ben@customer.example", "cara@partner.example"), "minji.kim@customer.example", subject, customer
        ),
        "csat": survey(5),
        "csat-trusted-3": survey(3, subject=subject, customer=customer),
        "csat-by-mail-2": survey(2, page=False),
    }


def survey(scale: int, *, page: bool = True, **told: str) -> Survey:
    token = "aebagbafaydqqcikbmga2dqpcaireeyuculbogaz"
    mailbox = "reply+{}" + token[1:] + "@reply.example.com"
    base = "https://desk.example.com" if page else ""
    return Survey(
        tuple(
            Choice(value, f"{base}/rate/{token}?choice={value}" if page else "", mailbox.format("abcdef"[value]))
            for value in range(1, scale + 1)
        ),
        f"{base}/no-surveys/{token}" if page else "",
        mailbox.format("z"),
        **told,
    )


CASES = [(language, name) for language in LANGUAGES for name in samples(language)]


@pytest.mark.parametrize(("language", "name"), CASES, ids=[f"{language}-{name}" for language, name in CASES])
def test_the_mail_is_the_same_to_the_byte(writer: Writer, language: str, name: str) -> None:
    finished = writer(samples(language)[name], language=language)
    file = FOLDER / f"{language}-{name}.eml"
    if os.environ.get("UPDATE_NOTICES"):
        file.write_bytes(finished.raw)
    assert finished.raw == file.read_bytes()
    assert_clean(finished.raw)
    assert body(finished.raw, "plain").rstrip("\n") == finished.text
    assert parsed(finished.raw)["Subject"] == finished.subject
    assert parsed(finished.raw).defects == []


def test_no_file_is_left_over() -> None:
    assert {file.stem for file in FOLDER.glob("*.eml")} == {f"{language}-{name}" for language, name in CASES}
