"""What the door says. One type for replies; the class of the enhanced code is computed, so it can never disagree.

Texts are for strangers: no host names, paths or words of an exception. RFC 5321 section 4.2, RFC 3463, RFC 2034.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class SmtpReply:
    """One reply. ``code``: RFC 5321 section 4.2. ``detail``: subject and detail of RFC 3463 such as ``1.1``; empty where RFC
    2034 knows no enhanced code: the greeting, HELO and EHLO, and 3xx. ``text``: lines joined by a line feed."""

    code: int
    detail: str
    text: str
    wire: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        enhanced = f"{self.code // 100}.{self.detail} " if self.detail else ""
        lines = self.text.split("\n")
        marks = ["-"] * (len(lines) - 1) + [" "]
        wire = "".join(f"{self.code}{mark}{enhanced}{line}\r\n" for mark, line in zip(marks, lines, strict=True))
        object.__setattr__(self, "wire", wire.encode("ascii"))

    def __str__(self) -> str:
        return self.wire.decode("ascii").rstrip("\r\n").replace("\r\n", "\n")

    @property
    def is_permanent(self) -> bool:
        return self.code >= 500


OK = SmtpReply(250, "0.0", "OK")
BYE = SmtpReply(221, "0.0", "Bye")
SENDER_OK = SmtpReply(250, "1.0", "Sender accepted")
RECIPIENT_OK = SmtpReply(250, "1.5", "Recipient accepted")
CANNOT_VERIFY = SmtpReply(252, "1.5", "Addresses are not verified; send the mail")
START_MAIL = SmtpReply(354, "", "End data with <CR><LF>.<CR><LF>")
START_TLS = SmtpReply(220, "0.0", "Ready to start TLS")

# Line and verb (RFC 5321 section 4.2.4: 500 for what cannot be a command, 502 for a known one that is not offered).
LINE_TOO_LONG = SmtpReply(500, "5.2", "Command line too long")
BAD_LINE = SmtpReply(500, "5.2", "A command is one line of text that ends with CR LF")
UNKNOWN_COMMAND = SmtpReply(500, "5.1", "Command not recognized")
NOT_OFFERED = SmtpReply(502, "5.1", "Command not offered")
NO_CHUNKING = SmtpReply(521, "5.1", "CHUNKING is not offered")
NO_ARGUMENT = SmtpReply(501, "5.4", "This command takes no argument")
NEEDS_ARGUMENT = SmtpReply(501, "5.4", "This command needs an argument")
BAD_NAME = SmtpReply(501, "5.4", "Give your domain name or address literal")
MAIL_SYNTAX = SmtpReply(501, "5.4", "Syntax: MAIL FROM:<address>")
RCPT_SYNTAX = SmtpReply(501, "5.4", "Syntax: RCPT TO:<address>")
BAD_PARAMETER = SmtpReply(501, "5.4", "Parameter malformed or given twice")
UNKNOWN_PARAMETER = SmtpReply(555, "5.4", "Parameter not recognized")
BAD_REVERSE_PATH = SmtpReply(553, "1.7", "Sender address malformed")
BAD_FORWARD_PATH = SmtpReply(553, "1.3", "Recipient address malformed")
NEEDS_SMTPUTF8 = SmtpReply(553, "6.7", "A non-ASCII address needs SMTPUTF8")
NEEDS_HELLO = SmtpReply(503, "5.1", "Introduce yourself first")
NESTED_MAIL = SmtpReply(503, "5.1", "Sender already given")
NEEDS_MAIL = SmtpReply(503, "5.1", "Give the sender first")
NEEDS_RCPT = SmtpReply(503, "5.1", "Give a recipient first")

# AUTH (RFC 4954 section 6). One reply for a name that nobody has and a secret that is wrong.
LOGGED_IN = SmtpReply(235, "7.0", "Authentication succeeded")
NOT_LOGGED_IN = SmtpReply(535, "7.8", "Name or password wrong")
TOO_MANY_LOGINS = SmtpReply(454, "7.0", "Too many attempts; try again later")
LOGIN_UNAVAILABLE = SmtpReply(454, "7.0", "Authentication not available now; try again later")
NEEDS_LOGIN = SmtpReply(530, "7.0", "Authentication required")
NEEDS_TLS = SmtpReply(538, "7.11", "Encryption required for authentication")
UNKNOWN_MECHANISM = SmtpReply(504, "5.4", "Mechanism not offered")
LOGIN_SYNTAX = SmtpReply(501, "5.2", "Cannot decode the response")
LOGIN_CANCELLED = SmtpReply(501, "5.0", "Authentication cancelled")
LOGIN_ACTIVE = SmtpReply(503, "5.1", "Already authenticated")
LOGIN_WITHIN_MAIL = SmtpReply(503, "5.1", "Not within a mail transaction")

# Policy.
NO_RELAY = SmtpReply(550, "7.1", "We do not relay")
NO_MAILBOX = SmtpReply(550, "1.1", "No such mailbox here")
TOO_MANY_RECIPIENTS = SmtpReply(452, "5.3", "Too many recipients for one mail")
TOO_LARGE = SmtpReply(552, "3.4", "Mail is larger than we take")
HEADER_TOO_LARGE = SmtpReply(552, "3.4", "Header is larger than we take")
BARE_CR_LF_NUL = SmtpReply(550, "5.2", "Mail holds a bare CR, a bare LF or a NUL")
LOOP = SmtpReply(554, "4.6", "Too many Received fields: the mail is going in circles")
TLS_ACTIVE = SmtpReply(503, "5.1", "TLS is active already")
TLS_UNAVAILABLE = SmtpReply(454, "7.0", "TLS not available now")
SENDER_TOO_FAST = SmtpReply(450, "7.1", "Too many mails from your address; try again later")
FORGED = SmtpReply(
    550, "7.1", "Nothing proves the author, and the owner of the domain asks to refuse such mail (DMARC)"
)
SENDER_REFUSED = SmtpReply(550, "7.1", "Mail from this sender is not taken here")

# Our own trouble: always 4xx, the sender keeps the mail and tries again.
LOCAL_ERROR = SmtpReply(451, "3.0", "Trouble here; try again later")
NO_SPACE = SmtpReply(452, "3.1", "Not enough storage now; try again later")
BACKLOG = SmtpReply(451, "3.2", "Not taking mail for the moment; try again later")

# The end of a connection.
SHUTTING_DOWN = SmtpReply(421, "3.2", "Service is being restarted; try again soon")
TOO_MANY_CONNECTIONS = SmtpReply(421, "7.0", "Too many connections; try again later")
TIMED_OUT = SmtpReply(421, "4.2", "Time is up")
TOO_MANY_ERRORS = SmtpReply(421, "7.0", "Too many errors")
TOO_MUCH_JUNK = SmtpReply(421, "7.0", "Too many commands that do nothing")
NOT_HTTP = SmtpReply(421, "7.0", "This is a mail server")
SPOKE_TOO_EARLY = SmtpReply(554, "5.0", "Wait for the reply before you go on")


def challenge(text: str) -> SmtpReply:
    """A step of a SASL exchange: what to answer, in base64."""
    return SmtpReply(334, "", base64.b64encode(text.encode("ascii")).decode("ascii"))


@lru_cache(maxsize=16)
def greeting(hostname: str, *, lmtp: bool) -> SmtpReply:
    return SmtpReply(220, "", f"{hostname} {'LMTP' if lmtp else 'ESMTP'}")


@lru_cache(maxsize=16)
def hello(hostname: str, extensions: tuple[str, ...]) -> SmtpReply:
    """The answer to HELO (no extensions), EHLO or LHLO."""
    return SmtpReply(250, "", "\n".join((hostname, *extensions)))


def accepted(receipt: str) -> SmtpReply:
    return SmtpReply(250, "0.0", f"Accepted as {receipt}")


def help_text(verbs: Iterable[str]) -> SmtpReply:
    return SmtpReply(214, "0.0", f"Commands: {' '.join(verbs)}")
