"""How much automatic mail one person, one ticket and the world have had, and whether there is room for more.

Pure counting over what the store looked up. ``reach`` says how far back and how many rows a look-up must go: no answer here
ever needs more, so the look-up stays cheap in a flood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.config.model import Budgets
from gateway.notify.headers import reply_subject
from gateway.threading.model import NoticeKind

_BY_RULES = (NoticeKind.REPLY, NoticeKind.ANSWER)
"""What rules answer: by a template, or by a macro in an agent's name. Answers that agents write are no automatic mail."""

SAME_SUBJECT_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AutomaticMail:
    """One automatic mail of ours in the outbox, in whatever state: a queued one counts like a sent one."""

    at: datetime  # when it was written (outbox.created_at), aware
    kind: NoticeKind
    ticket: int
    subject: str  # of the ticket that it is about, not of the mail itself


@dataclass(frozen=True, slots=True)
class Recent:
    """What the store found.

    ``to_person``: automatic mail to this address (key), newest first, within ``Reach.person`` and at most ``Reach.person_rows``.
    ``to_unknown``: times of acknowledgements to people we had not known before, of the whole system, newest first, within
    ``Reach.unknown`` and at most ``Reach.unknown_rows``; held ones count too, so acknowledgements stay held as long as a flood lasts.
    ``to_domain`` and ``to_unproven``: how many automatic mails went to addresses that nothing proves, in the recipient's domain
    and in all, within ``Reach.domain`` and ``Reach.unproven``; held ones count too.
    ``breaker_until``: the system's breaker was opened and stays so until then.
    """

    to_person: tuple[AutomaticMail, ...] = ()
    to_unknown: tuple[datetime, ...] = ()
    to_domain: int = 0
    to_unproven: int = 0
    breaker_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """The windows and row limits of the look-ups."""

    person: timedelta
    person_rows: int
    unknown: timedelta
    unknown_rows: int
    domain: timedelta
    domain_rows: int
    unproven: timedelta
    unproven_rows: int


def reach(budgets: Budgets) -> Reach:
    """How far the store must look so that every function below can tell."""
    ladders = (
        *budgets.acks_per_person,
        *budgets.replies_per_ticket,
        *budgets.automatic_per_ticket,
        *budgets.automatic_per_person,
    )
    count, minutes = budgets.acks_to_unknown
    domain_rows, domain_minutes = budgets.automatic_per_domain
    unproven_rows, unproven_minutes = budgets.automatic_in_all
    return Reach(
        person=max(SAME_SUBJECT_WINDOW, *(timedelta(minutes=window) for _, window in ladders)),
        # Nobody can get more than this in a day under the shipped ladders, so nothing is cut off. Under odd ones the oldest
        # rows may be, and then a budget errs towards one mail more, never towards silence.
        person_rows=sum(limit for limit, _ in ladders) + budgets.same_subject,
        unknown=timedelta(minutes=minutes),
        unknown_rows=count,
        domain=timedelta(minutes=domain_minutes),
        domain_rows=domain_rows,
        unproven=timedelta(minutes=unproven_minutes),
        unproven_rows=unproven_rows,
    )


def overspent(
    kind: NoticeKind, ticket: int, subject: str, recent: Recent, budgets: Budgets, now: datetime
) -> tuple[str, str] | None:
    """The first budget of this person that has no room for one more mail, as (reason id, sentence); None if all have."""
    mails = recent.to_person
    if kind is NoticeKind.ACK:
        acks = [mail for mail in mails if mail.kind is NoticeKind.ACK]
        if full := _used_up(acks, budgets.acks_per_person, now):
            return "acks_per_person", f"this address already got {full[0]} acknowledgements within {full[1]} minutes"
        wanted = reply_subject(subject)
        same = sum(now - mail.at < SAME_SUBJECT_WINDOW and reply_subject(mail.subject) == wanted for mail in acks)
        if same >= budgets.same_subject:
            return "same_subject", f"this address already got {same} acknowledgements for the same subject within a day"
    if kind in _BY_RULES:
        replies = [mail for mail in mails if mail.kind in _BY_RULES and mail.ticket == ticket]
        if full := _used_up(replies, budgets.replies_per_ticket, now):
            return "replies_per_ticket", f"rules already answered this ticket {full[0]} times within {full[1]} minutes"
    if full := _used_up([mail for mail in mails if mail.ticket == ticket], budgets.automatic_per_ticket, now):
        return "automatic_per_ticket", (
            f"this address already got {full[0]} automatic mails about this ticket within {full[1]} minutes"
        )
    if full := _used_up(mails, budgets.automatic_per_person, now):
        return "automatic_per_person", f"this address already got {full[0]} automatic mails within {full[1]} minutes"
    return None


def strangers_are_too_many(recent: Recent, budgets: Budgets, now: datetime) -> bool:
    """Have as many strangers as ``acks_to_unknown`` allows been acknowledged in its window?"""
    count, minutes = budgets.acks_to_unknown
    return sum(now - at < timedelta(minutes=minutes) for at in recent.to_unknown) >= count


def domain_is_full(recent: Recent, budgets: Budgets) -> bool:
    """Have unproven addresses of the recipient's domain had as much automatic mail as ``automatic_per_domain`` allows?"""
    return recent.to_domain >= budgets.automatic_per_domain[0]


def system_is_full(recent: Recent, budgets: Budgets) -> bool:
    """Have unproven addresses in all had as much automatic mail as ``automatic_in_all`` allows? Then the breaker opens."""
    return recent.to_unproven >= budgets.automatic_in_all[0]


def _used_up(
    mails: Sequence[AutomaticMail], ladder: Sequence[tuple[int, int]], now: datetime
) -> tuple[int, int] | None:
    """The first step of the ladder, (count, minutes), that has no room left."""
    for count, minutes in ladder:
        if sum(now - mail.at < timedelta(minutes=minutes) for mail in mails) >= count:
            return count, minutes
    return None
