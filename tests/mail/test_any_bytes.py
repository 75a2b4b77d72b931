"""Whatever the bytes: a Message comes back, it is text throughout, and it costs time in proportion to its length."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.cli.inspect import as_object
from gateway.mail.html import sanitise
from gateway.mail.html_bounds import bounded
from gateway.mail.html_text import html_to_text
from gateway.mail.read import read

MAILS = sorted((Path(__file__).parent.parent / "mails").glob("*.eml"))
HEAD = b"From: a@b.example\nTo: c@d.example\nSubject: x\nMIME-Version: 1.0\n"
pieces = st.sampled_from(
    [
        *(
            b"\r\n",
            b"\n",
            b"\r",
            b"--b",
            b"--b--",
            b"Content-Type: ",
            b"multipart/mixed; boundary=b",
            b"text/html",
            b"; charset=",
        ),
        *(
            b"euc-kr",
            b"iso-2022-jp",
            b"utf-7",
            b"Subject: ",
            b"=?utf-8?b?",
            b"=?ks_c_5601-1987?q?",
            b"?=",
            b"From: ",
            b"<a@b.c>",
        ),
        *(
            b"Message-ID: ",
            b"\x1b$B",
            b"\x0e",
            b"begin 644 x\n",
            b"Content-Transfer-Encoding: base64",
            b"message/rfc822",
            b"<div>",
        ),
        *(b"</p>", b"<a href=", b"\xb0\xa1", b"\xff", b"\x00", b"=ybegin name=a\n", b"References: "),
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.binary(max_size=600), st.lists(st.one_of(pieces, st.binary(max_size=12)), max_size=60).map(b"".join))
)
def test_read_never_raises(raw: bytes) -> None:
    message = read(raw)
    assert not any("could not be read" in note for note in message.defects if "address" not in note)
    json.dumps(as_object(message), ensure_ascii=False).encode("utf-8")
    for _, value in (*message.headers, ("Subject", message.subject or "")):
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in value)
    assert read(raw) == message


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MAILS), st.data())
def test_damaged_mails_are_read(path: Path, data: st.DataObject) -> None:
    raw = bytearray(path.read_bytes()[:20_000])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw)))
        raw[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    message = read(bytes(raw))
    assert not any("message could not be read" in note for note in message.defects)
    json.dumps(as_object(message), ensure_ascii=False).encode("utf-8")


TAGS = [
    "<p>",
    "</p>",
    "<b>",
    "<table>",
    "<td>",
    "<a href='http://x.example'>",
    "<img src=cid:a>",
    "<img src=//x>",
    "<svg>",
    "<math>",
]
ODDITIES = [
    "<style>",
    "</style>",
    "<!--",
    "-->",
    "<p style='color:red;width:1px'>",
    "<plaintext>",
    "<template>",
    "&lt;",
    "&#0;",
    "<",
]
markup = st.lists(st.one_of(st.sampled_from(TAGS), st.sampled_from(ODDITIES), st.text(max_size=10)), max_size=40).map(
    "".join
)
words = st.text(st.sampled_from("abc <&>'\"한글\n"), max_size=10).map(
    lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
)
# What HTML lets stand inside itself: a paragraph or list item inside another one closes the outer one instead.
leaves = st.one_of(words, words.map(lambda text: f"<p>{text}</p>"), words.map(lambda text: f"<ul><li>{text}</li></ul>"))
well_formed = st.recursive(
    leaves,
    lambda inner: st.tuples(st.sampled_from(["div", "b", "blockquote", "pre"]), st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]} class='x' title=\">\">{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(markup)
@example("<a href='http://x.example'><table><a href='http://x.example'>")
def test_sanitising_twice_changes_nothing(html: str) -> None:
    once = sanitise(html).html
    assert sanitise(once).html == once


@settings(max_examples=150, deadline=None)
@given(st.lists(well_formed, max_size=5).map("".join))
def test_the_bounded_form_says_the_same(html: str) -> None:
    rewritten = bounded(html + f"<!--{' ' * 50_000}-->", ("class",))
    assert "<!--" not in rewritten
    assert html_to_text(sanitise(rewritten).html) == html_to_text(sanitise(html).html)


@settings(max_examples=100, deadline=None)
@given(markup)
def test_the_bounded_form_is_safe_to_rewrite_again(html: str) -> None:
    once = bounded(html + " " * 50_000, ("href", "src"))
    assert bounded(once, ("href", "src")) == once or len(once) <= 48 * 1024


MEGA = 1024 * 1024
NESTED = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n"
SHAPES: dict[str, Callable[[int], bytes]] = {
    "nested multiparts": lambda k: HEAD + b"".join(NESTED % (i, i) for i in range(500 * k)),
    "fields": lambda k: b"".join(b"X%d: y\n" % i for i in range(50_000 * k)) + b"\nbody",
    "quote marks": lambda k: HEAD + b"\n" + b">" * (MEGA * k // 2),
    "quoted lines": lambda k: HEAD + b"\n" + b">\n" * (MEGA * k // 4),
    "empty lines": lambda k: HEAD + b"\n" + b"\n" * (MEGA * k // 4),
    "on on on": lambda k: HEAD + b"\n" + b"On " * (MEGA * k // 6),
    "encoded words": lambda k: HEAD + b"X: " + b"=?utf-8?q?=61?= " * (2_000 * k) + b"\n\nb",
    "words that never end": lambda k: HEAD + b"X: " + b"=?a?q?" * (5_000 * k) + b"\n\nb",
    "recipients": lambda k: (
        b"From: a@b.example\nTo: " + b", ".join(b"u%d@x.example" % i for i in range(1_500 * k)) + b"\n\nb"
    ),
    "quoted words": lambda k: b"From: a@b.example\nTo: " + b'"a" ' * (8_000 * k) + b"\n\nb",
    "brackets": lambda k: b"From: " + b"(" * (30_000 * k) + b"\nTo: " + b"<" * (30_000 * k) + b"\n\nb",
    "dots in an address": lambda k: b"From: " + b"a." * (15_000 * k) + b"@\n\nb",
    "labels of a domain": lambda k: b"From: a@" + b"a-" * (15_000 * k) + b"!\n\nb",
    "deep HTML": lambda k: HEAD + b"Content-Type: text/html\n\n" + b"<div>" * (30_000 * k),
    "deep lists": lambda k: HEAD + b"Content-Type: text/html\n\n" + b"<ul><li>x" * (10_000 * k),
    "attributes": lambda k: (
        HEAD + b"Content-Type: text/html\n\n<a " + b" ".join(b"a%d=x" % i for i in range(15_000 * k)) + b">"
    ),
    "links in quotations": lambda k: (
        HEAD
        + b"Content-Type: text/html\n\n<div class=gmail_quote>"
        + b"<a href=http://x.example>y.example</a>" * (6_000 * k)
    ),
    "tags of many sorts": lambda k: (
        HEAD
        + b"Content-Type: text/html\n\n<div class=gmail_quote>"
        + b"".join(b"<i class=a%d>x</i>" % i for i in range(10_000 * k))
    ),
    "headings in forms": lambda k: HEAD + b"Content-Type: text/html\n\n" + b"<form><h1>" * (10_000 * k),
    "open angles": lambda k: HEAD + b"Content-Type: text/html\n\n" + b"<" * (MEGA * k // 2),
    "open tags": lambda k: HEAD + b"Content-Type: text/html\n\n" + b"<a " * (MEGA * k // 8),
    "delimiters": lambda k: MIXED + b"--x\n" * (100_000 * k),
    "long delimiter lines": lambda k: MIXED + (b"--x" + b" " * 100_000 + b"y\n") * (4 * k),
    "dashes": lambda k: (
        HEAD + b"Content-Type: multipart/mixed; boundary=" + b"-" * 60 + b"\n\n" + b"-" * (MEGA * k // 2)
    ),
    "no boundary": lambda k: HEAD + b"Content-Type: multipart/mixed\n\n" + b"--abc\n" * (50_000 * k),
    "uuencode": lambda k: HEAD + b"\n" + b"begin 644 x\n" * (40_000 * k),
    "yEnc": lambda k: HEAD + b"\n" + b"=ybegin name=x\n" * (40_000 * k),
    "8-bit noise": lambda k: HEAD + b"Content-Type: text/plain; charset=utf-8\n\n" + bytes(range(128, 256)) * (700 * k),
    "ISO-2022-JP": lambda k: (
        HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + b"\x1b$B-!\x1b(B" * (30_000 * k)
    ),
    "references": lambda k: HEAD + b"References: " + b"<a@b> " * (5_000 * k) + b"\n\nb",
    "parameters": lambda k: HEAD + b"Content-Type: text/plain; " + b"a=b; " * (6_000 * k) + b"\n\nb",
    "messages in messages": lambda k: HEAD + b"Content-Type: message/rfc822\n\n" * (5_000 * k),
    "flowed": lambda k: HEAD + b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * (40_000 * k),
    "octets": lambda k: bytes(range(256)) * (2_000 * k),
}


def cost(raw: bytes) -> float:
    begin = time.process_time()
    read(raw)
    return time.process_time() - begin


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_length_only(shape: str) -> None:
    """Twice the mail takes less than three times as long; short times are noise on a busy machine and count as 0.15 s."""
    for _ in range(3):
        single, double = cost(SHAPES[shape](1)), cost(SHAPES[shape](2))
        if double < 3 * max(single, 0.15) and double < 2:
            return
    pytest.fail(f"{single:.2f} s, twice the length {double:.2f} s, three times over")
