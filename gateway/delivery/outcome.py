"""What a smarthost's reply means for a mail. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

REPLY_LENGTH = 500
"""Characters of a reply that are kept; a hostile server may send a book."""

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class Verdict(StrEnum):
    SENT = "sent"
    LATER = "later"  # this mail, later
    NEVER = "never"  # this mail, never
    OUR_SETTINGS = "our_settings"  # every mail would get this reply: the connection's trouble, not the mail's


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply (RFC 5321 §4.2) to one command. ``code`` is outside 200 to 599 where the server spoke no SMTP."""

    code: int
    text: str
    command: str = ""  # "MAIL", "RCPT", "DATA" or "end of data"

    def __str__(self) -> str:
        return printable(f"{self.code} {self.text}" if 200 <= self.code <= 599 else f"no SMTP reply: {self.text}")


def printable(text: str) -> str:
    """One line of visible characters, at most ``REPLY_LENGTH``: fit for a log, a page and the database."""
    return "".join(c if c.isprintable() else " " for c in text[:REPLY_LENGTH]).strip()


def verdict(reply: Reply) -> Verdict:
    """Garbage and codes that nobody expects mean *later*: what is not understood never loses a mail."""
    if 200 <= reply.code <= 299:
        return Verdict.SENT
    # RFC 4954 §6: no or wrong credentials; RFC 3207 §4: no TLS. Mail after mail would fail for a mistake in our settings.
    if reply.code in (530, 534, 535, 538):
        return Verdict.OUR_SETTINGS
    if 500 <= reply.code <= 599:
        return Verdict.NEVER
    return Verdict.LATER


@dataclass(frozen=True, slots=True)
class Explanation:
    reason: str  # a word for programs
    text: str  # a sentence for people


_BY_DETAIL = {  # RFC 3463 subject.detail
    "1.1": Explanation("no_such_mailbox", "The address does not exist: the recipient's mail server does not know it."),
    "1.2": Explanation("no_such_domain", "The domain of the address does not exist or takes no mail."),
    "1.3": Explanation("bad_address", "The recipient's mail server says that the address is not written correctly."),
    "1.6": Explanation("moved", "The mailbox has moved and left no forwarding address."),
    "1.10": Explanation("no_such_domain", "The recipient's domain says that it takes no mail at all."),
    "2.1": Explanation("mailbox_disabled", "The mailbox is switched off and takes no mail."),
    "2.2": Explanation("mailbox_full", "The mailbox is full."),
    "2.3": Explanation("too_big", "The mail is larger than this mailbox takes."),
    "3.4": Explanation("too_big", "The mail is larger than the mail server takes."),
    "4.6": Explanation("loop", "The mail went in a circle between mail servers."),
    "6.7": Explanation("not_ascii", "A mail server on the way cannot handle the characters in this address."),
    "7.1": Explanation("refused", "The mail server refuses mail from us to this address."),
}
_BY_SUBJECT = {
    "1": Explanation("bad_address", "The mail server does not accept the address."),
    "2": Explanation("mailbox_unavailable", "The mailbox takes no mail."),
    "3": Explanation("server_trouble", "The mail server cannot take this mail."),
    "4": Explanation("unreachable", "The recipient's mail server cannot be reached."),
    "5": Explanation("protocol", "The mail servers did not understand each other."),
    "6": Explanation("content", "The mail server cannot handle the form of this mail."),
    "7": Explanation("refused", "The mail server refuses the mail for reasons of policy, perhaps as spam."),
}
_BY_CODE = {
    550: Explanation("refused", "The mail server does not take mail for this address."),
    551: Explanation("no_such_mailbox", "The mailbox is not on the recipient's mail server."),
    552: Explanation("too_big", "The mailbox is full or the mail is too big."),
    553: Explanation("bad_address", "The mail server does not accept the address."),
}
_UNKNOWN = Explanation("refused", "The mail server refuses the mail for good.")

TWICE_UNCONFIRMED = Explanation(
    "unconfirmed",
    "Twice the connection broke after the whole mail was handed over. It may have arrived, even twice, so it is not sent again.",
)
EXPIRED = Explanation("expired", "The mail could not be delivered in time and is no longer tried.")
NEEDS_SMTPUTF8 = Explanation(
    "not_ascii", "The address has characters that the smarthost cannot handle: it does not offer SMTPUTF8."
)
NEEDS_8BITMIME = Explanation(
    "not_ascii", "The mail has 8-bit text, which the smarthost cannot handle: it does not offer 8BITMIME."
)
TOO_BIG = Explanation("too_big", "The mail is larger than the smarthost takes.")


def explain(reply: Reply) -> Explanation:
    """A permanent refusal in plain words, by its enhanced status code (RFC 3463) where it has one."""
    match = _ENHANCED.search(reply.text[:REPLY_LENGTH])
    if match is not None:
        detail = f"{match[2]}.{match[3]}"
        known = _BY_DETAIL.get(detail) or _BY_SUBJECT.get(match[2])
        if known is not None:
            return known
    return _BY_CODE.get(reply.code, _UNKNOWN)
