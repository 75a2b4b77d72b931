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
    ``Reach.unknown`` and at most ``Reach.unknown_rows``; held ones count too, so the breaker stays open as long as a flood lasts.
    """

    to_person: tuple[AutomaticMail, ...] = ()
    to_unknown: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """The windows and row limits of the two look-ups."""

    person: timedelta
    person_rows: int
    unknown: timedelta
    unknown_rows: int


def reach(budgets: Budgets) -> Reach:
    """How far the store must look so that ``overspent`` and ``breaker_is_open`` can tell."""
    ladders = (*budgets.acks_per_person, *budgets.automatic_per_ticket, *budgets.automatic_per_person)
    count, minutes = budgets.acks_to_unknown
    return Reach(
        person=max(SAME_SUBJECT_WINDOW, *(timedelta(minutes=window) for _, window in ladders)),
        # Nobody can get more than this in a day under the shipped ladders, so nothing is cut off. Under odd ones the oldest
        # rows may be, and then a budget errs towards one mail more, never towards silence.
        person_rows=sum(limit for limit, _ in ladders) + budgets.same_subject,
        unknown=timedelta(minutes=minutes),
        unknown_rows=count,
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
    if full := _used_up([mail for mail in mails if mail.ticket == ticket], budgets.automatic_per_ticket, now):
        return "automatic_per_ticket", (
            f"this address already got {full[0]} automatic mails about this ticket within {full[1]} minutes"
        )
    if full := _used_up(mails, budgets.automatic_per_person, now):
        return "automatic_per_person", f"this address already got {full[0]} automatic mails within {full[1]} minutes"
    return None


def breaker_is_open(recent: Recent, budgets: Budgets, now: datetime) -> bool:
    """Have as many strangers as ``acks_to_unknown`` allows been acknowledged in its window?"""
    count, minutes = budgets.acks_to_unknown
    return sum(now - at < timedelta(minutes=minutes) for at in recent.to_unknown) >= count


def _used_up(
    mails: Sequence[AutomaticMail], ladder: Sequence[tuple[int, int]], now: datetime
) -> tuple[int, int] | None:
    """The first step of the ladder, (count, minutes), that has no room left."""
    for count, minutes in ladder:
        if sum(now - mail.at < timedelta(minutes=minutes) for mail in mails) >= count:
            return count, minutes
    return None
