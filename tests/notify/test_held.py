"""Mail to admins about held mail, byte for byte. ``UPDATE_NOTICES=1 pytest tests/notify/test_held.py`` writes the files anew; read them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.config.model import Brand
from gateway.notify.held import CauseCount, Digest, HeldMail, LastCall, write_held
from tests.support.notices import assert_clean, body, parsed

FOLDER = Path(__file__).resolve().parent.parent / "notices" / "quarantine"
NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
BRANDS = {"en": "Example Support", "ko": "예시 고객센터", "ja": "サンプル窓口"}
CAUSES = (
    CauseCount("refused_by_owner", 12, NOW - timedelta(days=20)),
    CauseCount("no_author", 3, NOW - timedelta(days=27)),
    CauseCount("crashed", 1, NOW - timedelta(days=2)),
)
MAILS = (
    HeldMail("", "", "no_author", NOW + timedelta(days=3)),
    HeldMail(
        "mallory@shop.example",
        '<a href="https://evil.example">Win</a>\r\nBcc: x',
        "refused_by_owner",
        NOW + timedelta(days=4),
    ),
    HeldMail("kim@customer.example", "환불 문의 " * 20, "crashed", NOW + timedelta(days=9)),
)
NOTICES = {
    "digest": Digest(CAUSES, MAILS, 30),
    "last-call": LastCall(CAUSES, MAILS, NOW + timedelta(days=3)),
}
CASES = [(language, name) for language in BRANDS for name in NOTICES]


def write(language: str, name: str, desk: str = "https://desk.example.com") -> tuple[str, bytes]:
    brand = Brand.model_validate({"id": "example", "name": BRANDS[language], "addresses": ("support@example.com",)})
    return write_held(
        NOTICES[name],
        language=language,
        brand=brand,
        zone=ZoneInfo("Asia/Seoul"),
        to="admin@example.com",
        desk=desk,
        message_id="held.1@reply.example.com",
        date=NOW,
    )


@pytest.mark.parametrize(("language", "name"), CASES, ids=[f"{language}-{name}" for language, name in CASES])
def test_the_mail_is_the_same_to_the_byte(language: str, name: str) -> None:
    subject, raw = write(language, name)
    file = FOLDER / f"{language}-{name}.eml"
    if os.environ.get("UPDATE_NOTICES"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(raw)
    assert raw == file.read_bytes()
    assert_clean(raw)
    assert parsed(raw)["Subject"] == subject
    assert parsed(raw)["Auto-Submitted"] == "auto-generated"
    assert parsed(raw).defects == []
    text, html = body(raw, "plain"), body(raw, "html")
    assert "https://desk.example.com/quarantine" in text
    assert html.count("<a ") == 1, "a stranger's subject is no link"
    assert "evil.example" in text
    assert "2026-11-25" in text, "the day in the admins' zone"


def test_no_file_is_left_over() -> None:
    assert {file.stem for file in FOLDER.glob("*.eml")} == {f"{language}-{name}" for language, name in CASES}


def test_without_an_address_of_the_desk_the_command_is_named() -> None:
    _, raw = write("en", "digest", desk="")
    assert "gateway quarantine list" in body(raw, "plain")
    assert "<a " not in body(raw, "html")


def test_a_last_call_says_how_many_more_there_are() -> None:
    assert "and 13 more" in body(write("en", "last-call")[1], "plain")
    assert "외 13건" in body(write("ko", "last-call")[1], "plain")
