"""May this automatic mail be sent? (RFC 3834 section 2; docs/notices.md)

One pure function holds the whole rule and says why. The caller records every refusal as an event on the ticket: a customer who
got no acknowledgement must find out the reason in one look. Answers of agents are not automatic and never come here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.config.model import Budgets
from gateway.mail.address import ascii_lower
from gateway.mail.model import Auto, Kind
from gateway.notify.budgets import Recent, domain_is_full, overspent, strangers_are_too_many, system_is_full
from gateway.notify.headers import UnsendableAddress, wire_address
from gateway.threading.model import NoticeKind, Proof, Trust
from gateway.threading.powers import Action, Power, Standing, ruling

BREAKER = "breaker"
"""The reason that opens the breaker of the whole system, and that is given while it is open."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The mail that an acknowledgement would answer."""

    auto: Auto
    null_reverse_path: bool
    trust: Trust
    proof: Proof = Proof.UNCHECKED
    sender: str = ""  # From, where that is not the recipient: a contact form's mail

    @property
    def speaks_for_others(self) -> bool:
        """May an exemption of the sender count? Not where the sender may be forged."""
        return self.sender != "" and self.trust >= Trust.WEAK

    @property
    def proves_recipient(self) -> bool:
        """Did we see for ourselves that whoever owns the address wrote? Then no answer to it can harm anybody else."""
        return self.proof is Proof.PASSED and self.trust >= Trust.FORWARDED


@dataclass(frozen=True, slots=True)
class Intention:
    """One automatic mail that could be sent."""

    kind: NoticeKind
    ticket: int
    subject: str  # of the ticket, for telling repetitions apart
    recipient: str
    known_person: bool  # one of our people wrote to this address before
    acknowledge: bool  # the brand's setting
    undeliverable: bool  # a hard bounce came from this address
    incoming: Incoming | None  # None where no mail is answered (a resolution)
    silenced: bool = False  # whoever has the address told us to stop, or an admin did
    exempt: bool = False  # the admin named the recipient: no budget counts
    vouched: bool = False  # the admin named who sent the mail in the recipient's name: a contact form

    @property
    def is_guarded(self) -> bool:
        """Could the recipient be somebody's victim? Then the budgets of domain and system count this mail."""
        if self.known_person or self.exempt or self.vouched:
            return False
        return self.incoming is None or not self.incoming.proves_recipient

    @property
    def is_doubtful(self) -> bool:
        """Should the recipient be told how to say that it was not them? Nobody answered them before, or nothing proves them."""
        return not self.known_person or (self.incoming is not None and not self.incoming.proves_recipient)

    @property
    def is_to_stranger(self) -> bool:
        """An acknowledgement to somebody about whom nothing at all was proven."""
        proof = self.incoming.proof if self.incoming is not None else Proof.UNCHECKED
        return self.kind is NoticeKind.ACK and self.is_guarded and proof is not Proof.PASSED


@dataclass(frozen=True, slots=True)
class Suppression:
    """The mail is not written. ``reason`` is a stable id for events and figures, ``sentence`` is for people."""

    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The mail is written, but waits in the outbox (``hold_reason = reason``) until an admin lets it go; raise an alarm."""

    reason: str
    sentence: str


def why_silent(
    intention: Intention, *, is_ours: Callable[[str], bool], recent: Recent, budgets: Budgets | None, now: datetime
) -> Suppression | Hold | None:
    """Why this automatic mail must not go out now; None means: send it.

    ``budgets`` None switches all counting off (``limits.enabled: false``); ``recent`` is not looked at then.
    """
    never = why_never(intention, is_ours=is_ours)
    if never is not None or budgets is None or intention.exempt:
        return never
    spent = overspent(intention.kind, intention.ticket, intention.subject, recent, budgets, now)
    if spent is not None:
        return Suppression(*spent)
    return _guarded(intention, recent, budgets, now) if intention.is_guarded else None


def _guarded(intention: Intention, recent: Recent, budgets: Budgets, now: datetime) -> Suppression | Hold | None:
    if recent.breaker_until is not None and now < recent.breaker_until:
        until = recent.breaker_until.isoformat(timespec="minutes")
        return Suppression(BREAKER, f"too much automatic mail to unproven addresses; the breaker is open until {until}")
    if domain_is_full(recent, budgets):
        count, minutes = budgets.automatic_per_domain
        domain = intention.recipient.rpartition("@")[2]
        return Suppression(
            "automatic_per_domain",
            f"unproven addresses at {domain} got {count} automatic mails within {minutes} minutes",
        )
    if system_is_full(recent, budgets):
        count, minutes = budgets.automatic_in_all
        return Suppression(BREAKER, f"unproven addresses got {count} automatic mails within {minutes} minutes")
    if intention.is_to_stranger and strangers_are_too_many(recent, budgets, now):
        count, minutes = budgets.acks_to_unknown
        return Hold("budget", f"{count} people whom we did not know were acknowledged within {minutes} minutes")
    return None


def why_never(intention: Intention, *, is_ours: Callable[[str], bool]) -> Suppression | None:
    """The reasons that need no look at what was sent before. None: it depends on the budgets alone."""
    if intention.kind is NoticeKind.ACK and not intention.acknowledge:
        return Suppression("brand_off", "the brand sends no acknowledgements")
    return _about_incoming(intention.incoming) or _about_recipient(intention, is_ours)


def _about_incoming(incoming: Incoming | None) -> Suppression | None:
    if incoming is None:
        return None
    if incoming.auto.kind is Kind.LIST:
        return Suppression("mailing_list", _because("the mail came through a mailing list", incoming.auto.reason))
    if incoming.auto.is_auto:
        return Suppression("machine_mail", _because("a machine wrote the mail", incoming.auto.reason))
    if incoming.auto.declines_replies:
        return Suppression(
            "declined", _because("the sender asked for no automatic reply", incoming.auto.declines_replies)
        )
    if incoming.null_reverse_path:
        return Suppression("null_reverse_path", "the mail has the null reverse-path <>, which is never answered")
    if incoming.proof is Proof.FAILED:
        return Suppression(
            "forged", "the owner of the domain in From says how its mail is known, and this is none of it"
        )
    is_open = incoming.proof in (Proof.UNPROVEN, Proof.UNKNOWN)  # a fixed text to whom nothing speaks against
    if ruling(Action.BE_ACKNOWLEDGED, Standing(incoming.trust, permitted=is_open)).power is Power.NOTHING:
        return Suppression("unverified", "nothing proves that the mail comes from the address in From")
    return None


def _because(sentence: str, evidence: str | None) -> str:
    return f"{sentence} ({evidence})" if evidence else sentence


def _about_recipient(intention: Intention, is_ours: Callable[[str], bool]) -> Suppression | None:
    address = intention.recipient
    try:
        wire_address(address)
    except UnsendableAddress as error:
        return Suppression("invalid_recipient", str(error))
    if is_ours(address):
        return Suppression("own_address", f"{address} is one of our own addresses")
    if is_nowhere(address):
        return Suppression("invalid_recipient", f"{address} is in a domain where no mail can arrive")
    if is_machine_address(address):
        return Suppression("never_answer", f"{address} is an address that machines use")
    if intention.silenced:
        return Suppression("silenced", f"whoever reads mail to {address} said that they did not write to us")
    if intention.undeliverable:
        return Suppression("undeliverable", f"mail to {address} came back before")
    return None


def is_nowhere(address: str) -> bool:
    """A domain that can have no mailbox on the Internet: not fully qualified, or reserved as invalid (RFC 2606, RFC 6761)."""
    domain = ascii_lower(address.rpartition("@")[2]).rstrip(".")
    top = domain.rpartition(".")[2]
    return "." not in domain or top in ("invalid", "localhost") or top.isdecimal()


# RFC 5321 section 4.5.1, RFC 2142, RFC 3834 section 2, RFC 5230 section 4.6, and what senders of machine mail really use.
_MACHINE_LOCAL = re.compile(
    r"mailer-daemon|postmaster|abuse|root|daemon|nobody|listserv|majordomo|mailman"
    r"|(?:.*[._+-])?(?:no|donot|do[._-]not)[._-]?reply.*"
    r"|bounces?(?:[._+=-].*)?|.*[._+-]bounces?|owner-.*|.*-owner|.*-request|.*-(?:un)?subscribe"
)


def is_machine_address(address: str) -> bool:
    """Does the local part say that nobody reads it, or that a program does?"""
    local = ascii_lower(address.rpartition("@")[0])
    return _MACHINE_LOCAL.fullmatch(local) is not None
