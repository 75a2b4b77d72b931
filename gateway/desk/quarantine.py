"""What people do with held mail: let it go, let it go and allow its sender, delete it, delete it and block its sender.

Each act works in transactions of a few mails, so that thousands can be dealt with while mail comes in; each mail leaves an event with
who did it. Mail that somebody else dealt with in between is passed over.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from gateway.mail.address import address_key
from gateway.rules.sender_lists import Action
from gateway.store import quarantine as store
from gateway.store.database import Database
from gateway.store.quarantine import Held, Selection
from gateway.store.sender_lists import ListError, add_entry
from gateway.store.tickets import Happened, add_events

BATCH = 100


class Act(StrEnum):
    """What is done with the mails that are meant. The values are the words of commands and forms."""

    RELEASE = "release"
    ALLOW = "allow"  # release, and the sender is not held for what it looks like from now on
    DELETE = "delete"
    BLOCK = "block"  # delete, and the sender is held from now on
    RESTORE = "restore"  # take a deletion back


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to."""

    mails: tuple[Held, ...]
    listed: tuple[str, ...] = ()  # senders that were put on a list now
    not_listed: tuple[str, ...] = ()  # sentences: who was not, and why


def act(
    database: Database,
    what: Act,
    selection: Selection,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    is_ours: Callable[[str], bool],
    on_progress: Callable[[int], None] = lambda _: None,
) -> Done:
    """Do it to all mails of the selection; ``on_progress`` hears how many more were dealt with after each transaction.

    ``reason`` goes to the sender's entry in the lists. Everything that was reported is durable, also when a later batch raises.
    """
    fate = store.DELETED if what is Act.RESTORE else store.HELD
    mails: list[Held] = []
    listed: list[str] = []
    problems: list[str] = []
    seen: set[str] = set()
    after = 0
    while True:
        with database.write() as connection:
            meant = store.matching(connection, selection, after=after, limit=BATCH, fate=fate)
            if not meant:
                return Done(tuple(mails), tuple(listed), tuple(problems))
            dealt_with = _carry_out(connection, what, [held.id for held in meant], actor, now)
            if what in (Act.ALLOW, Act.BLOCK):
                for held in dealt_with:
                    if (key := address_key(held.sender)) not in seen:
                        seen.add(key)
                        problem = _list(connection, what, held, actor, now, reason, is_ours)
                        (problems.append(problem) if problem else listed.append(held.sender))
        after = meant[-1].id
        mails += dealt_with
        on_progress(len(meant))


def _carry_out(connection: Connection, what: Act, ids: Collection[int], actor: str, now: datetime) -> list[Held]:
    match what:
        case Act.RELEASE | Act.ALLOW:
            done = store.release(connection, ids, actor=actor, now=now)
        case Act.DELETE | Act.BLOCK:
            done = store.delete(connection, ids, actor=actor, now=now)
        case Act.RESTORE:
            done = store.restore(connection, ids, now=now)
    note(connection, what, done, actor=actor, now=now)
    return done


def note(connection: Connection, what: Act, mails: Collection[Held], *, actor: str, now: datetime) -> None:
    """Leave an event for each of the mails."""
    add_events(connection, None, now, *(_told(what, held, actor) for held in mails))


def _told(what: Act, held: Held, actor: str) -> Happened:
    data = {"receipt": held.receipt, "cause": held.cause, "from": held.sender}
    match what:
        case Act.RELEASE | Act.ALLOW:
            return ("quarantine_released", actor, data)
        case Act.DELETE | Act.BLOCK:
            return ("quarantine_deleted", actor, data)
        case Act.RESTORE:
            return ("quarantine_restored", actor, data)


def _list(
    connection: Connection,
    what: Act,
    held: Held,
    actor: str,
    now: datetime,
    reason: str,
    is_ours: Callable[[str], bool],
) -> str | None:
    """Put the sender on the list; a sentence where that cannot be."""
    if not held.sender:
        return f"{held.receipt} names no sender to {what}"
    if is_ours(held.sender):
        return f"{held.sender} is one of our own addresses and is never listed"
    action = Action.ALLOW if what is Act.ALLOW else Action.BLOCK
    why = reason or f"{'released from' if what is Act.ALLOW else 'deleted in'} quarantine: {held.receipt}, {held.cause}"
    try:
        add_entry(connection, action, held.sender, reason=why, author=actor, now=now)
    except ListError as error:
        return f"{held.sender}: {error}"
    return None
