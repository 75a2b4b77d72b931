"""The commands of one session: what was said, what is known, what is answered. No sockets in here.

RFC 5321, 2033 (LMTP), 1870 (SIZE), 6152 (8BITMIME), 6531 (SMTPUTF8), 2920 (PIPELINING), 2034 (enhanced codes), 3207 (STARTTLS),
4954 (AUTH), 6409 (submission).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from gateway.config.model import Limits
from gateway.mail.address import address_key
from gateway.smtp import replies
from gateway.smtp.grammar import (
    LOCAL_OCTETS,
    OTHER_PROTOCOLS,
    Command,
    Path,
    is_helo_name,
    read_command,
    read_mail,
    read_mailbox,
    read_rcpt,
)
from gateway.smtp.replies import SmtpReply
from gateway.smtp.sasl import MECHANISMS


class Step(Enum):
    """What the session must do by itself, because it is more than an answer."""

    DATA = auto()
    STARTTLS = auto()
    QUIT = auto()


@dataclass(frozen=True, slots=True)
class HangUp:
    """Say this and close: whatever follows on the connection cannot be taken for commands."""

    reply: SmtpReply


@dataclass(frozen=True, slots=True)
class Login:
    """AUTH was said where it may be. ``initial``: the response that came with it, None where there was none."""

    mechanism: str  # a key of gateway.smtp.sasl.MECHANISMS
    initial: str | None


Answer = SmtpReply | Step | HangUp | Login


@dataclass(slots=True)
class Transaction:
    """What MAIL and RCPT said."""

    reverse_path: str  # "" is the null reverse-path
    smtputf8: bool
    announced: int  # octets by SIZE, 0 where unknown
    recipients: list[str] = field(default_factory=list)  # each mailbox once, as first written
    keys: set[str] = field(default_factory=set)
    accepted: int = 0  # RCPT commands that got 250, repeated ones too: LMTP answers each of them


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for this session. The two questions may raise; whoever calls the dialogue answers 451 then."""

    hostname: str
    is_lmtp: bool
    limits: Limits
    may_mail: Callable[[int], SmtpReply | None]  # octets announced -> why not now
    judge: Callable[[str], SmtpReply]  # the recipient
    is_submission: bool = False  # mail only from those who logged in
    may_send: Callable[[str], SmtpReply | None] = lambda _: None  # the reverse-path -> why nothing is taken from there


_JUNK = frozenset({"NOOP", "RSET", "VRFY", "EXPN", "HELP", "HELO", "EHLO", "LHLO"})


class Dialogue:
    """Reads one line after the other and answers each."""

    def __init__(self, rules: Rules, *, offers_starttls: bool, is_tls: bool = False) -> None:
        self.rules = rules
        self.is_tls = is_tls
        self.helo = ""
        self.authenticated_as = ""  # set by the session, once a login succeeded
        self.is_extended = False
        self.transaction: Transaction | None = None
        self._offers_starttls = offers_starttls

    @property
    def protocol(self) -> str:
        """``smtp``, ``esmtp`` or ``lmtp``, with an ``s`` inside TLS and an ``a`` after a login (RFC 3848)."""
        name = "lmtp" if self.rules.is_lmtp else "esmtp" if self.is_extended else "smtp"
        return name + "s" * self.is_tls + "a" * bool(self.authenticated_as)

    def reset(self) -> None:
        """Forget the transaction, not the introduction."""
        self.transaction = None

    def answer(self, line: bytes) -> Answer:
        """The reply to one command line (without CR LF). May raise what ``Rules``' questions raise; the state is whole then."""
        command = read_command(line)
        if command is None:
            return replies.BAD_LINE
        if command.verb in OTHER_PROTOCOLS:
            return HangUp(replies.NOT_HTTP)
        verb = _VERBS.get(command.verb)
        return replies.UNKNOWN_COMMAND if verb is None else verb(self, command)

    @staticmethod
    def is_junk(line: bytes) -> bool:
        """Whether a command moves no mail. HELO and its like count too: they reset, and cost as much."""
        return line[:4].upper().decode("ascii", "replace") in _JUNK

    def _hello(self, command: Command) -> SmtpReply:
        is_lhlo = command.verb == "LHLO"
        if is_lhlo != self.rules.is_lmtp:
            return replies.UNKNOWN_COMMAND
        if not is_helo_name(command.argument):
            return replies.BAD_NAME
        self.reset()
        self.helo = command.argument
        self.is_extended = command.verb != "HELO"
        return replies.hello(self.rules.hostname, self._extensions() if self.is_extended else ())

    def _extensions(self) -> tuple[str, ...]:
        starttls = ("STARTTLS",) if self._offers_starttls and not self.is_tls else ()
        login = (f"AUTH {' '.join(MECHANISMS)}",) if self._offers_login else ()
        return (
            "PIPELINING",
            f"SIZE {self.rules.limits.message_size}",
            "8BITMIME",
            "SMTPUTF8",
            *starttls,
            *login,
            "ENHANCEDSTATUSCODES",
        )

    @property
    def _offers_login(self) -> bool:
        return self.rules.is_submission and self.is_tls and not self.authenticated_as

    def _auth(self, command: Command) -> Answer:
        if not self.rules.is_submission:
            return replies.NOT_OFFERED
        if not self.is_tls:
            return replies.NEEDS_TLS
        if not self.is_extended:
            return replies.NEEDS_HELLO
        if self.authenticated_as:
            return replies.LOGIN_ACTIVE
        if self.transaction is not None:
            return replies.LOGIN_WITHIN_MAIL
        words = command.argument.split()
        if not 1 <= len(words) <= 2:
            return replies.LOGIN_SYNTAX if words else replies.NEEDS_ARGUMENT
        if words[0].upper() not in MECHANISMS:
            return replies.UNKNOWN_MECHANISM
        return Login(words[0].upper(), words[1] if len(words) == 2 else None)

    def _mail(self, command: Command) -> SmtpReply:
        if not self.helo:
            return replies.NEEDS_HELLO
        if self.rules.is_submission and not self.authenticated_as:
            return replies.NEEDS_LOGIN
        if self.transaction is not None:
            return replies.NESTED_MAIL
        path = read_mail(command.argument)
        if path is None:
            return replies.MAIL_SYNTAX
        if path.parameters is None or (path.parameters and not self.is_extended):
            return replies.BAD_PARAMETER
        refusal = _refuse_parameters(path.parameters)
        if refusal:
            return refusal
        address = "" if path.address == "" else read_mailbox(path.address)
        if address is None:
            return replies.BAD_REVERSE_PATH
        smtputf8 = "SMTPUTF8" in path.parameters
        if not address.isascii() and not smtputf8:
            return replies.NEEDS_SMTPUTF8
        announced = int(path.parameters.get("SIZE") or 0)
        if announced > self.rules.limits.message_size:
            return replies.TOO_LARGE
        refusal = self.rules.may_mail(announced)
        if refusal is None and not self.authenticated_as:
            refusal = self.rules.may_send(address)
        if refusal:
            return refusal
        self.transaction = Transaction(address, smtputf8, announced)
        return replies.SENDER_OK

    def _rcpt(self, command: Command) -> SmtpReply:
        if not self.helo:
            return replies.NEEDS_HELLO
        if self.transaction is None:
            return replies.NEEDS_MAIL
        path = read_rcpt(command.argument)
        if path is None:
            return replies.RCPT_SYNTAX
        if path.parameters is None:
            return replies.BAD_PARAMETER
        if path.parameters:
            return replies.UNKNOWN_PARAMETER if self.is_extended else replies.BAD_PARAMETER
        address = _forward_mailbox(path)
        if address is None:
            return replies.BAD_FORWARD_PATH
        if not address.isascii() and not self.transaction.smtputf8:
            return replies.NEEDS_SMTPUTF8
        if self.transaction.accepted >= self.rules.limits.recipients:
            return replies.TOO_MANY_RECIPIENTS
        reply = self.rules.judge(address)
        if reply.code == 250:
            self._add_recipient(self.transaction, address)
        return reply

    @staticmethod
    def _add_recipient(transaction: Transaction, address: str) -> None:
        transaction.accepted += 1
        key = address_key(address)
        if key not in transaction.keys:
            transaction.keys.add(key)
            transaction.recipients.append(address)

    def _data(self, command: Command) -> Answer:
        if command.argument:
            return replies.NO_ARGUMENT
        if not self.helo:
            return replies.NEEDS_HELLO
        if self.transaction is None:
            return replies.NEEDS_MAIL
        return Step.DATA if self.transaction.recipients else replies.NEEDS_RCPT

    def _starttls(self, command: Command) -> Answer:
        if command.argument:
            return replies.NO_ARGUMENT
        if self.is_tls:
            return replies.TLS_ACTIVE
        return Step.STARTTLS if self._offers_starttls else replies.NOT_OFFERED

    def _rset(self, command: Command) -> SmtpReply:
        if command.argument:
            return replies.NO_ARGUMENT
        self.reset()
        return replies.OK

    def _quit(self, command: Command) -> Answer:
        return replies.NO_ARGUMENT if command.argument else Step.QUIT

    def _noop(self, _command: Command) -> SmtpReply:
        return replies.OK

    def _help(self, _command: Command) -> SmtpReply:
        hidden = {"HELO", "EHLO"} if self.rules.is_lmtp else {"LHLO"}
        if not self._offers_starttls:
            hidden.add("STARTTLS")
        return replies.help_text(verb for verb in _OFFERED if verb not in hidden)

    def _vrfy(self, command: Command) -> SmtpReply:
        return replies.CANNOT_VERIFY if command.argument else replies.NEEDS_ARGUMENT

    def _bdat(self, _command: Command) -> HangUp:
        """CHUNKING is not announced. The octets behind BDAT are a mail; read as commands they would be smuggled ones."""
        return HangUp(replies.NO_CHUNKING)

    def _not_offered(self, _command: Command) -> SmtpReply:
        return replies.NOT_OFFERED


def _forward_mailbox(path: Path) -> str | None:
    """``postmaster`` is the one mailbox that needs no domain (RFC 5321 section 4.1.1.3)."""
    if path.address.lower() == "postmaster":
        return path.address
    return read_mailbox(path.address, local_octets=LOCAL_OCTETS)


def _refuse_parameters(parameters: Mapping[str, str | None]) -> SmtpReply | None:
    """What is wrong with the parameters of MAIL."""
    for name, value in parameters.items():
        match name:
            case "SIZE":
                is_right = value is not None and value.isascii() and value.isdigit() and len(value) <= 20
            case "BODY":
                is_right = value is not None and value.upper() in ("7BIT", "8BITMIME")
            case "SMTPUTF8":
                is_right = value is None
            case _:
                return replies.UNKNOWN_PARAMETER
        if not is_right:
            return replies.BAD_PARAMETER
    return None


_VERBS: dict[str, Callable[[Dialogue, Command], Answer]] = {
    "HELO": Dialogue._hello,
    "EHLO": Dialogue._hello,
    "LHLO": Dialogue._hello,
    "MAIL": Dialogue._mail,
    "RCPT": Dialogue._rcpt,
    "DATA": Dialogue._data,
    "RSET": Dialogue._rset,
    "NOOP": Dialogue._noop,
    "QUIT": Dialogue._quit,
    "VRFY": Dialogue._vrfy,
    "HELP": Dialogue._help,
    "STARTTLS": Dialogue._starttls,
}
_OFFERED = tuple(_VERBS)
_VERBS |= {
    "EXPN": Dialogue._not_offered,
    "AUTH": Dialogue._auth,
    "BDAT": Dialogue._bdat,
    "TURN": Dialogue._not_offered,
    "ETRN": Dialogue._not_offered,
    "SEND": Dialogue._not_offered,
    "SOML": Dialogue._not_offered,
    "SAML": Dialogue._not_offered,
}
