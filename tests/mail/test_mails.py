"""Our own mails, named by what is odd about them; what must be understood stands beside each (see tests/mails)."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.inspect import as_object
from gateway.mail.model import Message
from gateway.mail.read import read
from tests.support.need import missing

MAILS = Path(__file__).parent.parent / "mails"
EXPECTATIONS = sorted(MAILS.glob("*.expected.json"))
EXACT = (
    "message_id",
    "in_reply_to",
    "references",
    "from",
    "reply_to",
    "to",
    "cc",
    "subject",
    "date",
    "text",
    "reply_text",
    "html",
)


def mistakes(expected: dict[str, Any], message: Message) -> Iterator[str]:
    seen = as_object(message)
    for key in EXACT:
        if key in expected and seen[key] != expected[key]:
            yield f"{key}: {seen[key]!r}, not {expected[key]!r}"
    for key in ("text", "html"):
        shown = seen[key] or ""
        yield from (
            f"{key} lacks {words!r}: {shown!r}" for words in expected.get(f"{key}_contains", ()) if words not in shown
        )
        yield from (
            f"{key} has {words!r}: {shown!r}" for words in expected.get(f"{key}_excludes", ()) if words in shown
        )
    if "text_without_blanks" in expected and "".join(seen["text"].split()) != expected["text_without_blanks"]:
        yield f"text: {seen['text']!r}"
    if "author" in expected and (message.author.address if message.author else None) != expected["author"]:
        yield f"author: {message.author}"
    left = list(seen["attachments"])
    for wanted in expected.get("attachments", ()):
        hit = next((item for item in left if wanted.items() <= item.items()), None)
        if hit is None:
            yield f"no attachment {wanted}: {seen['attachments']}"
        else:
            left.remove(hit)
    if "attachment_count" in expected and len(seen["attachments"]) != expected["attachment_count"]:
        yield f"attachments: {seen['attachments']}"
    if expected.get("defects") == [] and seen["defects"]:
        yield f"defects: {seen['defects']}"
    yield from (
        f"no defect {note!r}: {seen['defects']}"
        for note in expected.get("defects", ())
        if not any(note in one for one in seen["defects"])
    )


@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.name.removesuffix(".expected.json"))
def test_mail_is_understood(path: Path) -> None:
    expected = json.loads(path.read_text("utf-8"))
    needed = expected.pop("needs", None)
    if needed and importlib.util.find_spec(needed) is None:
        missing(f"{needed} is not installed")
    raw = path.with_name(path.name.replace(".expected.json", ".eml")).read_bytes()
    assert list(mistakes(expected, read(raw))) == []


def test_every_mail_says_what_is_expected_of_it() -> None:
    assert {path.name.removesuffix(".eml") for path in MAILS.glob("*.eml")} == {
        path.name.removesuffix(".expected.json") for path in EXPECTATIONS
    }
    assert len(EXPECTATIONS) >= 100


@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.name.removesuffix(".expected.json"))
def test_line_ends_do_not_matter(path: Path) -> None:
    """Relays that store mail with bare LF change neither words nor attachments, and it stays the same mail."""
    raw = path.with_name(path.name.replace(".expected.json", ".eml")).read_bytes()
    if b"\r" in raw.replace(b"\r\n", b"") or b"Content-Type: message/" in raw or b"multipart/digest" in raw:
        pytest.skip("line ends are part of the content")
    stored = raw.replace(b"\r\n", b"\n")
    once, again = read(raw), read(stored)
    assert (once.text, once.subject, once.author, once.references) == (
        again.text,
        again.subject,
        again.author,
        again.references,
    )
