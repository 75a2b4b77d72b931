"""The words of "this was not me": at the end of the mail, in its language, in both parts; and which answers say it."""

import pytest

from gateway.notify.not_me import NotMe, says_not_me
from gateway.notify.notices import Acknowledgement, Resolution, write
from gateway.notify.render import Templates
from tests.support.notices import ADDRESSEE, BRAND, NOW, assert_clean, body

LINK = "https://desk.example.com/not-me/" + "a" * 40
MAILBOX = "reply+" + "b" * 40 + "@reply.example.com"
WORDS = {"en": ("This was not me", "not me"), "ko": ("제가 보낸 게 아닙니다",) * 2, "ja": ("私ではありません",) * 2}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("link", [LINK, ""], ids=["page", "mailbox"])
@pytest.mark.parametrize("notice", [Acknowledgement(), Resolution()], ids=["ack", "resolution"])
def test_both_parts_tell_how(language: str, link: str, notice: Acknowledgement | Resolution) -> None:
    finished = write(
        notice,
        ADDRESSEE,
        templates=Templates(),
        brand=BRAND,
        sender=BRAND.addresses[0],
        language=language,
        ticket=42,
        date=NOW,
        not_me=NotMe(link, MAILBOX),
    )
    assert_clean(finished.raw)
    text, html = body(finished.raw, "plain"), body(finished.raw, "html")
    label, answer = WORDS[language]
    assert text.rstrip("\n") == finished.text
    assert (LINK in text) is bool(link)
    assert f">{label}</a>" in html
    assert f'href="{link or f"mailto:{MAILBOX}?subject="}' in html
    assert answer in text
    assert answer in html
    assert says_not_me(answer), "what the mail asks for is understood"


@pytest.mark.parametrize(
    "text",
    [
        "not me",
        "Not me.",
        "NOT ME!!",
        "this was not me",
        "That wasn't me",
        "it wasn’t me",
        "I did not send this",
        "We never wrote to you",
        "제가 보낸 게 아닙니다",
        "제가 보낸 것이 아닙니다.",
        "저 아닙니다",
        "제가 아니에요",
        "보낸 적이 없습니다",
        "私ではありません",
        "私じゃありません",
        "いいえ、私ではありません。",
        "心当たりがありません",
        "身に覚えがございません",
        "送っていません",
    ],
)
def test_ways_to_say_it(text: str) -> None:
    assert says_not_me(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "me",
        "not",
        "No, thank you",
        "없습니다",
        "아닙니다",
        "네",
        "ありません",
        "It was not me who broke it, please help me with the lamp",
        "The parcel is not from us",
        "x" * 81,
        "not me" + " " * 3 + "but my wife wrote",
    ],
)
def test_what_does_not_say_it(text: str) -> None:
    assert not says_not_me(text)
