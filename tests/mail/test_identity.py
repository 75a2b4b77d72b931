"""Who wrote this mail? The From shapes by which one program is made to see another sender than the next one."""

import pytest

from gateway.mail.address import address_key
from gateway.mail.read import read

VICTIM = "victim@legit.test"
EVE = "eve@evil.test"


def author(header: str | bytes) -> str | None:
    raw = header if isinstance(header, bytes) else header.encode("utf-8")
    message = read(raw + b"\r\nSubject: s\r\n\r\nbody\r\n")
    return message.author.address if message.author else None


@pytest.mark.parametrize(
    "header",
    [
        f"From: {VICTIM}\r\nFrom: {EVE}",
        f"From: {EVE}\r\nFrom: {VICTIM}",
        f"From: {EVE}\r\nfRoM: {VICTIM}",
        f"From : {VICTIM}",
        f"From\t: {VICTIM}\r\nFrom: {EVE}",
        f"From\r\n : {VICTIM}\r\nFrom: {EVE}",
        f"From: <{VICTIM}>, <{EVE}>",
        f"From: {VICTIM}, {EVE}",
        f"From: <{VICTIM}>, <>",
        f"From: <>, <{VICTIM}>, <{EVE}>",
        f"From: {VICTIM}({EVE})",
        f"From: ({VICTIM}) {EVE}",
        f"From: {EVE} ({VICTIM})",
        f"From: <{VICTIM}>{EVE}",
        f"From: <{VICTIM}> {EVE}",
        f"From: <{VICTIM}><{EVE}>",
        f"From: <<{VICTIM}>>",
        f"From: {VICTIM} <{EVE}>",
        f"From: {VICTIM}\\,<{EVE}>",
        f"From: <@evil.test,@any.test:{VICTIM}>",
        f"From: Foo: {VICTIM};",
        f"From: {VICTIM};",
        f"From: {VICTIM} {EVE}",
        "From: =?utf-8?b?dmljdGltQGxlZ2l0LnRlc3Q=?=",
        "From: <=?utf-8?b?dmljdGltQGxlZ2l0LnRlc3Q=?=>",
        "From: =?utf-8?q?victim=40legit.test=00?=@evil.test",
        "From: victim@legit.test\0@evil.test",
        "From: vic\0tim@legit.test",
        "From: victim@legit.test@evil.test",
        "From: <victim@legit.test\r@evil.test>",
        "From: victim@legit.test\r.evil.test",
        'From: "victim"@legit.test',
        "From: victim@[192.0.2.1]",
        "From: mi\u212ae@example.test",
        "From: mike\uff20example.test@evil.test",
        "From: mike@ex\uff41mple.test",
        "From: victim@legit.test\u200b",
        "From: vic\u00adtim@legit.test",
        "From: \u202evictim@legit.test",
        "From:",
        "From: <>",
        "From: nobody",
        "From: @legit.test",
        "From: victim@",
        f"Sender: {VICTIM}",
        f"X-Long: {'x' * 300_000}\r\nFrom: {VICTIM}",
        f"From: {'x' * 70_000} <{VICTIM}>",
        "\r\n".join(f"X-{n}: y" for n in range(1_200)) + f"\r\nFrom: {VICTIM}",
        f"From: {EVE}\r\n" + "\r\n".join(f"X-{n}: y" for n in range(1_200)) + f"\r\nFrom: {VICTIM}",
    ],
)
def test_a_doubtful_from_has_no_author(header: str) -> None:
    assert author(header) is None


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (f"From: {EVE}", EVE),
        (f"From:{EVE}", EVE),
        (f"From:\r\n\t{EVE}", EVE),
        (f"From: Eve\r\n <{EVE}>", EVE),
        (f'From: "{VICTIM}" <{EVE}>', EVE),
        (f"From: =?utf-8?b?dmljdGltQGxlZ2l0LnRlc3Q=?= <{EVE}>", EVE),
        (f'From: "{VICTIM}\\" <{VICTIM}>" <{EVE}>', EVE),
        (f"From: {EVE} (Eve of Accounts)", EVE),
        (f"From: {EVE} <{EVE}>", EVE),
        (f'From: "홍길동" 과장 <{EVE}>', EVE),
        (f" From: {VICTIM}\r\nFrom: {EVE}", EVE),
        ("From: EVE@Evil.TEST", "EVE@Evil.TEST"),
        ("From: m\u0131ke@example.test", "m\u0131ke@example.test"),
        ("From: 길동@회사.example", "길동@회사.example"),
        ("From: taro..@docomo.example", "taro..@docomo.example"),
        ("From: a+b=c@x-y.example", "a+b=c@x-y.example"),
        ("From: root@localhost", "root@localhost"),
    ],
)
def test_a_plain_from_has_its_author(header: str, address: str) -> None:
    assert author(header) == address


def test_a_legacy_display_name_does_not_cost_the_author() -> None:
    message = read("From: 홍길동 <hong@customer.example>\r\n\r\nx".encode("cp949"))
    assert message.author is not None
    assert (message.author.name, message.author.address) == ("홍길동", "hong@customer.example")


@pytest.mark.parametrize(
    "written", ["m\u0131ke@example.test", "mi\u212ae@example.test", "mike@ex\u0430mple.test", "mike@example.test\u037e"]
)
def test_look_alikes_are_other_mailboxes(written: str) -> None:
    assert address_key(written) != address_key("mike@example.test")


def test_case_and_composition_are_one_mailbox() -> None:
    assert address_key("MIKE@Example.TEST") == address_key("mike@example.test")
    assert address_key("\u1112\u1161\u11ab@회사.example") == address_key("한@회사.example")
