"""Voice messages and faxes that came by mail (tests/mails/voicemail): who called, how long, what was said."""

import pytest

from gateway.config.voicemail import shipped_systems
from gateway.mail.model import Message
from gateway.mail.read import read
from gateway.mail.voicemail import call_of, length_of, title_of
from tests.support.mail_cases import MailCase, mail_cases

CASES = mail_cases("voicemail")


def seen(message: Message, language: str) -> dict[str, object]:
    call = call_of(message, shipped_systems())
    if call is None:
        return {"kind": None}
    return {
        "kind": call.kind.value,
        "system": call.system,
        "caller": call.caller,
        "seconds": call.seconds,
        "transcript": call.transcript,
        "part": call.part,
        "language": language,
        "title": title_of(call, language),
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mail_of_a_telephone_system(case: MailCase) -> None:
    assert seen(read(case.raw), case.expected.get("language", "en")) == case.expected


def test_there_are_enough_and_of_each_language() -> None:
    languages = [case.expected.get("language") for case in CASES]
    assert len(CASES) >= 20
    assert languages.count("ko") >= 4
    assert languages.count("ja") >= 4


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (42, "0:42"), (725, "12:05"), (3725, "1:02:05")])
def test_lengths(seconds: int, shown: str) -> None:
    assert length_of(seconds) == shown
