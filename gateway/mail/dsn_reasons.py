"""The reasons why a mail does not arrive, and which of them mean that the address itself is no good."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a mail did not arrive."""

    UNKNOWN_USER = "no such user"
    UNKNOWN_HOST = "no such host or domain"
    MOVED = "moved away"
    NOT_ACCEPTING = "host takes no mail"
    FULL = "mailbox full"
    SUSPENDED = "account suspended"
    TOO_BIG = "too big"
    SENDER = "sender refused"
    AUTHENTICATION = "authentication failed"
    FILTERED = "recipient's own filter"
    RATE = "too much, too fast"
    RELAY = "no relaying"
    REFUSED = "policy or spam refusal"
    TEMPORARY = "temporary fault"
    OTHER = "not told"


HARD = frozenset({Reason.UNKNOWN_USER, Reason.UNKNOWN_HOST, Reason.MOVED, Reason.NOT_ACCEPTING})
