"""Header fields that nothing can break out of."""

from email.header import decode_header, make_header

import pytest

from gateway.notify.headers import (
    UnsendableAddress,
    encoded_words,
    is_message_id,
    mailbox,
    one_line,
    reference_chain,
    reply_subject,
    unstructured,
    wire_address,
)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("My order", "Re: My order"),
        ("Re: My order", "Re: My order"),
        ("RE: Re[2]: re:My order", "Re: My order"),
        ("답장: 회신: 주문 문의", "Re: 주문 문의"),
        ("返信：注文について", "Re: 注文について"),
        ("Fwd: Re: My order", "Re: Fwd: Re: My order"),
        ("Return of goods", "Re: Return of goods"),
        ("", "Re:"),
        ("a\r\nBcc: victim@example.net", "Re: a Bcc: victim@example.net"),
        ("a\u2028b\u0085c\x00d", "Re: a b c d"),
        ("gnp.\u202efdp.exe", "Re: gnp.fdp.exe"),
        ("한\u200b글", "Re: 한글"),
    ],
)
def test_the_subject_of_an_answer_is_stable_and_one_line(given: str, sent: str) -> None:
    assert reply_subject(given) == sent
    assert reply_subject(sent) == sent


def test_a_long_subject_is_cut_with_a_sign() -> None:
    assert len(one_line("가" * 5000)) == 250
    assert one_line("가" * 5000).endswith("…")


def test_a_family_emoji_stays_whole() -> None:
    assert one_line("👨‍👩‍👧 trip") == "👨‍👩‍👧 trip"


@pytest.mark.parametrize(
    "text",
    [
        "문의가 접수되었습니다 [#42]",
        "お問い合わせを受け付けました",
        "naïve",
        "🎉" * 60,
        "한" * 200,
        "=?utf-8?b?aGk=?= literal",
    ],
)
def test_encoded_words_are_whole_characters_in_short_lines(text: str) -> None:
    field = unstructured("Subject", text)
    lines = field.split("\r\n")
    assert all(len(line) <= 76 for line in lines)
    words = field.removeprefix("Subject: ").split("\r\n ")
    assert all(len(word) <= 75 for word in words)
    decoded = [
        str(make_header(decode_header(word))) for word in words
    ]  # each word alone is readable: no split character
    assert "".join(decoded) == text


def test_a_long_ascii_subject_is_folded_at_spaces() -> None:
    text = " ".join(["word"] * 40)
    field = unstructured("Subject", text)
    assert "=?" not in field
    assert all(len(line) <= 76 for line in field.split("\r\n"))
    assert field.replace("\r\n", "") == f"Subject: {text}"


def test_one_ascii_word_longer_than_a_line_is_encoded() -> None:
    assert unstructured("Subject", "x" * 3000).count("=?utf-8?b?") > 40


def test_encoded_words_fill_the_line_after_the_field_name() -> None:
    assert len(encoded_words("한" * 10, 60).split("\r\n")[0]) <= 16


@pytest.mark.parametrize(
    ("name", "address", "field"),
    [
        ("", "kim@example.com", "To: kim@example.com"),
        ("Kim Minji", "kim@example.com", "To: Kim Minji <kim@example.com>"),
        ("Kim, Minji", "kim@example.com", 'To: "Kim, Minji" <kim@example.com>'),
        ('"Q" \\', "kim@example.com", 'To: "\\"Q\\" \\\\" <kim@example.com>'),
        ("support@other.example", "kim@example.com", 'To: "support@other.example" <kim@example.com>'),
        ("김민지", "kim@example.com", "To: =?utf-8?b?6rmA66+87KeA?= <kim@example.com>"),
        ("a\r\nBcc: x@y.example", "kim@example.com", 'To: "a Bcc: x@y.example" <kim@example.com>'),
    ],
)
def test_a_mailbox_field(name: str, address: str, field: str) -> None:
    assert mailbox("To", name, address) == field


def test_a_long_mailbox_field_is_folded() -> None:
    field = mailbox("From", "고객지원팀" * 8, "support@example.com")
    assert all(len(line) <= 76 for line in field.split("\r\n"))


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("kim@example.com", "kim@example.com"),
        ("Kim.O'Neil+tag@Example.COM", "Kim.O'Neil+tag@Example.COM"),
        ("taro..yamada.@docomo.example", "taro..yamada.@docomo.example"),
        ('"john smith"@example.com', '"john smith"@example.com'),
        ("kim@한국.example", "kim@xn--3e0b707e.example"),
    ],
)
def test_addresses_that_mail_can_go_to(address: str, wire: str) -> None:
    assert wire_address(address) == wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kim",
        "@example.com",
        "kim@",
        "kim@exa mple.com",
        "kim @example.com",
        "kim@example.com\r\nBcc: x@y.example",
        "kim\n@example.com",
        "kim@example.com\x00",
        "<kim@example.com>",
        "a,b@example.com",
        "kim@example..com",
        "김@example.com",
        "k" * 65 + "@example.com",
        "kim@" + "a" * 260,
        '"a"b"@example.com',
    ],
)
def test_addresses_that_no_mail_can_go_to(address: str) -> None:
    with pytest.raises(UnsendableAddress):
        wire_address(address)


@pytest.mark.parametrize(
    ("value", "sound"),
    [
        ("a.b@c", True),
        ("a", False),
        ("a b@c", False),
        ("a\rBcc: x@y", False),
        ("a@b>", False),
        ("<a@b>", False),
        ("é@b", False),
        ("a" * 249 + "@b", False),
    ],
)
def test_message_ids(value: str, sound: bool) -> None:
    assert is_message_id(value) is sound


def test_references_keep_the_first_and_the_last_and_stay_short() -> None:
    ids = tuple(f"{number}.{'x' * 200}@example.com" for number in range(100))
    chain = reference_chain(ids)
    assert chain[0] == ids[0]
    assert chain[1:] == ids[-(len(chain) - 1) :]
    assert len("References: ") + sum(len(value) + 5 for value in chain) < 4096
    assert len(chain) > 10


def test_references_leave_out_what_cannot_stand_in_a_header() -> None:
    assert reference_chain(("a@b", "evil\r\nBcc: x@y", "a@b", "no-at", "c@d")) == ("a@b", "c@d")
    assert reference_chain(("\x00",)) == ()
