"""Replies, what they mean for a mail, and how they are told to people."""

import pytest

from gateway.delivery.attempt import envelope
from gateway.delivery.outcome import (
    NEEDS_8BITMIME,
    NEEDS_SMTPUTF8,
    REPLY_LENGTH,
    TOO_BIG,
    Reply,
    Verdict,
    explain,
    verdict,
)
from gateway.delivery.session import Envelope
from gateway.store.outbox import Claimed
from tests.support.outgoing import mail


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (250, Verdict.SENT),
        (251, Verdict.SENT),
        (354, Verdict.LATER),
        (421, Verdict.LATER),
        (450, Verdict.LATER),
        (452, Verdict.LATER),
        (530, Verdict.OUR_SETTINGS),
        (535, Verdict.OUR_SETTINGS),
        (550, Verdict.NEVER),
        (554, Verdict.NEVER),
        (-1, Verdict.LATER),
        (0, Verdict.LATER),
        (666, Verdict.LATER),
    ],
)
def test_verdicts(code: int, expected: Verdict) -> None:
    assert verdict(Reply(code, "text")) is expected


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(550, "5.1.1 no such user"), "no_such_mailbox"),
        (Reply(550, "5.2.2 mailbox full\n5.2.2 really"), "mailbox_full"),
        (Reply(552, "5.3.4 too big"), "too_big"),
        (Reply(550, "5.7.26 unauthenticated"), "refused"),
        (Reply(550, "no such user"), "refused"),
        (Reply(554, "5.99.99 novel"), "refused"),
        (Reply(553, ""), "bad_address"),
        (Reply(599, "?"), "refused"),
    ],
)
def test_plain_words(reply: Reply, reason: str) -> None:
    explanation = explain(reply)
    assert explanation.reason == reason
    assert explanation.text.endswith(".")


def test_a_reply_is_kept_short_and_visible() -> None:
    text = str(Reply(550, "bad\x1b[31m\r\nX-Header: y\u2028\udcff" + "x" * 10_000))
    assert len(text) <= REPLY_LENGTH
    assert text.isprintable()
    text.encode()


def claimed(recipient: str = "a@customer.test", reverse_path: str = "t@reply.example.com") -> Claimed:
    outgoing = mail(recipient)
    now = outgoing.created_at
    return Claimed(
        1, 1, 1, 0, None, "answer", recipient, reverse_path, "x@y", len(outgoing.raw), now, now, outgoing.raw
    )


ALL = frozenset({"size", "smtputf8", "8bitmime"})
PLAIN = b"Subject: x\r\n\r\nHello\r\n"
EIGHT_BIT = "Subject: x\r\n\r\n안녕\r\n".encode()
UNICODE_HEADER = "Subject: 안녕\r\n\r\nHello\r\n".encode()


@pytest.mark.parametrize(
    ("claim", "raw", "offers", "limit", "expected"),
    [
        (claimed(), PLAIN, frozenset(), None, Envelope("t@reply.example.com", "a@customer.test")),
        (claimed(), PLAIN, ALL, 22, Envelope("t@reply.example.com", "a@customer.test", ("SIZE=21",))),
        (claimed(), PLAIN, ALL, 20, TOO_BIG),
        (
            claimed(),
            EIGHT_BIT,
            ALL,
            None,
            Envelope("t@reply.example.com", "a@customer.test", ("SIZE=22", "BODY=8BITMIME")),
        ),
        (claimed(), EIGHT_BIT, frozenset({"smtputf8"}), None, NEEDS_8BITMIME),
        (claimed(), UNICODE_HEADER, frozenset({"8bitmime"}), None, NEEDS_SMTPUTF8),
        (claimed("김@customer.test"), PLAIN, frozenset(), None, NEEDS_SMTPUTF8),
        (
            claimed("김@customer.test"),
            PLAIN,
            frozenset({"smtputf8"}),
            None,
            Envelope("t@reply.example.com", "김@customer.test", ("SMTPUTF8",), "utf-8"),
        ),
    ],
)
def test_extensions_are_asked_for_only_if_needed(
    claim: Claimed, raw: bytes, offers: frozenset[str], limit: int | None, expected: object
) -> None:
    assert envelope(claim, raw, offers=offers.__contains__, size_limit=limit) == expected
