"""The grammar of commands, row by row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.grammar import is_helo_name, read_command, read_mail, read_mailbox, read_rcpt


@pytest.mark.parametrize(
    ("line", "verb", "argument"),
    [
        (b"NOOP", "NOOP", ""),
        (b"noop", "NOOP", ""),
        (b"MAIL FROM:<a@b.example>", "MAIL", "FROM:<a@b.example>"),
        (b"MAIL  FROM:<a@b.example> \t ", "MAIL", "FROM:<a@b.example>"),
        ("MAIL FROM:<김@b.example>".encode(), "MAIL", "FROM:<김@b.example>"),
    ],
)
def test_commands(line: bytes, verb: str, argument: str) -> None:
    command = read_command(line)
    assert command is not None
    assert (command.verb, command.argument) == (verb, argument)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" NOOP",
        b"\tNOOP",
        b"NO\0OP",
        b"NOOP\n",
        b"\rNOOP",
        b"NOOP \x1b[2J",
        b"N\xff",
        b"NOOP \xc2\x85",
        b"-",
        b"MAIL:x",
        b"\x16\x03\x01",
    ],
)
def test_lines_that_are_no_commands(line: bytes) -> None:
    assert read_command(line) is None


@pytest.mark.parametrize(
    "name",
    ["a", "client.example", "client.example.", "my_host", "1.2.3.4", "[192.0.2.1]", "[IPv6:::1]", "[ipv6:2001:db8::1]"],
)
def test_names(name: str) -> None:
    assert is_helo_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "a b",
        "a..b",
        "-a",
        "a-",
        "a/b",
        "é",
        "[1.2.3]",
        "[::1]",
        "[IPv6:x]",
        "[192.0.2.1",
        "a" * 256,
        "a\n",
        "<a>",
        "[192.0.2.1]\n",
    ],
)
def test_names_that_are_none(name: str) -> None:
    assert not is_helo_name(name)


@pytest.mark.parametrize(
    ("path", "mailbox"),
    [
        ("kim@customer.example", "kim@customer.example"),
        ('"kim"@customer.example', "kim@customer.example"),
        (r'"k\im"@customer.example', "kim@customer.example"),
        ('"kim lee"@customer.example', '"kim lee"@customer.example'),
        ('"a@b"@customer.example', '"a@b"@customer.example'),
        ('""@customer.example', '""@customer.example'),
        ("@a.example,@b.example:kim@customer.example", "kim@customer.example"),
        ("a..b.@docomo.example", "a..b.@docomo.example"),
        ("김@한국.example", "김@한국.example"),
        ("kim@[192.0.2.1]", "kim@[192.0.2.1]"),
        ("x" * 241 + "@example.test", "x" * 241 + "@example.test"),
    ],
)
def test_mailboxes(path: str, mailbox: str) -> None:
    assert read_mailbox(path) == mailbox


@pytest.mark.parametrize(
    "path",
    [
        "",
        "kim",
        "@",
        "@b.example",
        "kim@",
        "k im@b.example",
        "kim@b.example ",
        " kim@b.example",
        "kim@b..example",
        "a@b@c.example",
        '"kim@b.example',
        '"a"b@c.example',
        "kim(x)@b.example",
        "kim@[",
        "kim@[]",
        "kim@[x]",
        "kim\n@b.example",
        '"kim\r\n"@b.example',
        '"a\0"@b.example',
        "kim@b.example\n",
        "x" * 242 + "@example.test",
        "김" * 100 + "@b.example",
        "@a.example:",
        "@:kim@b.example",
        "kim@" + "b" * 64 + ".example",
    ],
)
def test_paths_that_hold_no_mailbox(path: str) -> None:
    assert read_mailbox(path) is None


def test_a_local_part_may_be_limited() -> None:
    assert read_mailbox("x" * 64 + "@b.example", local_octets=64) is not None
    assert read_mailbox("x" * 65 + "@b.example", local_octets=64) is None
    assert read_mailbox("김" * 22 + "@b.example", local_octets=64) is None


@given(st.text(max_size=300))
def test_nothing_raises(text: str) -> None:
    read_mail(text)
    read_rcpt(text)
    read_mail(f"FROM:<{text}>")
    read_command(text.encode("utf-8", "surrogatepass"))
    is_helo_name(text)
    mailbox = read_mailbox(text)
    assert mailbox is None or not set(mailbox) & set("\r\n\0<>") or mailbox.startswith('"')


@given(st.binary(max_size=300))
def test_no_octets_raise(line: bytes) -> None:
    command = read_command(line)
    assert command is None or command.verb.isascii()


@pytest.mark.parametrize("unit", ["@a,", "a.", '"\\a', "a-", "<", " "])
def test_long_arguments_cost_little(unit: str) -> None:
    read_mail(f"FROM:<{unit * 700}> {unit * 700}")
    read_mailbox(unit * 700)
    is_helo_name(unit * 700)
