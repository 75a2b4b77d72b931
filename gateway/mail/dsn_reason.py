"""Why was it not delivered? Words of mail systems, by reason, and which reasons mean that the address itself is no good. Data first.

Tables are looked at from top to bottom and the first reason found wins, so what is said precisely stands before what is said vaguely.
"""

from collections.abc import Sequence
from enum import StrEnum


class Reason(StrEnum):
    """Why a mail did not arrive; only UNKNOWN_USER, UNKNOWN_HOST, MOVED and NOT_ACCEPTING make a bounce hard."""

    UNKNOWN_USER = "no such user"
    UNKNOWN_HOST = "no such host or domain"
    MOVED = "moved away"
    NOT_ACCEPTING = "host takes no mail"
    FULL = "mailbox full"
    SUSPENDED = "account suspended"
    TOO_BIG = "too big"
    AUTHENTICATION = "authentication failed"
    REFUSED = "policy or spam refusal"
    TEMPORARY = "temporary fault"
    OTHER = "not told"


HARD = frozenset({Reason.UNKNOWN_USER, Reason.UNKNOWN_HOST, Reason.MOVED, Reason.NOT_ACCEPTING})

WORDS: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (Reason.FULL, (
        "mailbox full", "mailbox is full", "mailbox exceed", "quota exceeded", "over quota", "overquota", "exceeded storage",
        "exceeded its quota",
        "not enough storage", "insufficient storage", "disk quota", "quota exceed", "mailfolder is full",
        "mailbox has exceeded", "out of storage",
        "too many messages on this", "user is over", "account is full", "inbox is full", "mailbox size",
        "exceeds allowed size", "quota limit",
        "容量", "용량", "boite du destinataire pleine", "storage quota", "is full",
    )),
    (Reason.TOO_BIG, (
        "message too big", "message too large", "message size exceeds", "exceeds maximum message size", "message file too big",
        "size limit",
        "maximum message size", "max message size", "message is too large", "too large", "exceeded message size")),
    (Reason.SUSPENDED, (
        "account disabled", "account is disabled", "mailbox disabled", "user suspended", "account suspended", "suspended",
        "inactive",
        "not active", "temporarily disabled", "is disabled", "account has been disabled", "mailbox currently suspended",
        "account that you tried to reach is disabled",
        "휴면", "사용이 중지")),
    (Reason.AUTHENTICATION, ("spf", "dkim", "dmarc", "5.7.25", "5.7.26", "unauthenticated")),
    (Reason.REFUSED, (
        "spam", "blacklist", "blocklist", "black list", "block list", "blocked", "spamhaus", "policy", "rbl", "reputation",
        "virus", "content",
        "relay", "not permitted", "banned", "reverse dns", "ptr record")),
    (Reason.MOVED, ("has moved", "moved to", "no longer in use", "address changed", "user has moved", "no longer at", "relocated")),
    (Reason.UNKNOWN_HOST, (
        "host unknown", "unknown host", "domain not found", "host not found", "no such domain", "name service error",
        "nxdomain",
        "domain does not exist", "unrouteable", "unroutable", "couldn't find any host", "name or service not known",
        "domain name not found", "invalid domain",
        )),
    (Reason.NOT_ACCEPTING, ("does not accept mail", "null mx", "nullmx", "does not accept email", "no mail accepted")),
    (Reason.UNKNOWN_USER, (
        "user unknown", "unknown user", "no such user", "user not found", "unknown recipient", "recipient unknown",
        "mailbox unavailable",
        "does not exist", "doesn't exist", "no mailbox", "invalid recipient", "recipient not found", "unknown address",
        "address unknown", "mailbox not found",
        "address rejected", "no such recipient", "invalid mailbox", "doesn't have a", "unknown local", "is not known",
        "no longer available",
        "존재하지 않", "없는 사용자", "없는 계정", "ユーザーが存在しません", "not our customer", "not recognized",
        "undeliverable address", "no account",
        "no such mailbox", "no such address", "not listed in", "user doesn't have", "unknown account", "bad address")),
)  # fmt: skip


def reason_of(texts: Sequence[str], status: str | None) -> Reason:
    """Say why, from the diagnostic texts (nearest to the failure first) and the enhanced status code."""
    for text in texts:
        low = " ".join(text[:4_000].lower().split())
        for reason, words in WORDS:
            if any(word in low for word in words):
                return reason
    return _by_status(status)


def _by_status(status: str | None) -> Reason:
    if status is None:
        return Reason.OTHER
    if status.startswith("4."):
        return Reason.TEMPORARY
    return {
        "5.1.1": Reason.UNKNOWN_USER, "5.1.2": Reason.UNKNOWN_HOST, "5.1.6": Reason.MOVED, "5.1.10": Reason.UNKNOWN_USER, "5.4.4": Reason.UNKNOWN_HOST,
        "5.2.2": Reason.FULL, "5.2.3": Reason.TOO_BIG, "5.3.4": Reason.TOO_BIG,
    }.get(status, Reason.OTHER)  # fmt: skip
