"""Waves of similar mails as the system remembers them, and what people do with one: make its tickets incidents of one problem."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.desk.actions import Desk, DeskError
from gateway.desk.incidents import link
from gateway.store.schema import settings
from gateway.store.tickets import ticket_row
from gateway.threading.model import Status

KEY = "surges"
"""Of ``settings``: when waves were looked for last, and the latest of them."""

_KEPT, _MOST_TICKETS, _MOST_WORDS = 20, 2_000, 30


@dataclass(frozen=True, slots=True)
class Wave:
    """``problem``: the ticket of which the others are incidents; None: nobody decided."""

    id: int
    began_at: datetime
    last_at: datetime
    words: tuple[str, ...]
    tickets: tuple[int, ...]
    problem: int | None = None

    def written(self) -> dict[str, Any]:
        return asdict(self) | {"began_at": self.began_at.isoformat(), "last_at": self.last_at.isoformat()}


@dataclass(frozen=True, slots=True)
class Remembered:
    looked_at: datetime | None = None
    waves: tuple[Wave, ...] = ()  # the latest first

    def with_wave(self, wave: Wave) -> "Remembered":
        """The wave, new or changed, in its place."""
        wave = replace(wave, tickets=wave.tickets[:_MOST_TICKETS], words=wave.words[:_MOST_WORDS])
        others = [one for one in self.waves if one.id != wave.id]
        return replace(self, waves=tuple(sorted((wave, *others), key=lambda one: -one.id))[:_KEPT])


def remembered(connection: Connection, *, lock: bool = False) -> Remembered:
    """``lock``: kept from other nodes until the transaction ends, also where nothing was remembered before."""
    query = select(settings.c.value).where(settings.c.key == KEY)
    if lock:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(settings).values(key=KEY, value={}).on_conflict_do_nothing())
    value = connection.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if value is None:
        return Remembered()
    looked_at = value.get("looked_at")
    return Remembered(
        datetime.fromisoformat(looked_at) if looked_at else None, tuple(_wave(one) for one in value.get("waves", ()))
    )


def remember(connection: Connection, what: Remembered) -> None:
    """Write it; the caller has it locked."""
    value = {
        "looked_at": what.looked_at.isoformat() if what.looked_at else None,
        "waves": [wave.written() for wave in what.waves],
    }
    connection.execute(update(settings).where(settings.c.key == KEY).values(value=value))


def make_problem(desk: Desk, number: int, agent: int) -> tuple[int, list[int]]:
    """Make the first open ticket of a wave the problem, and its other open ones incidents; the problem and the incidents.

    Solving the problem then solves them all, and each customer is told in their own thread. Tickets that come to the wave later
    become incidents by themselves. DeskError where there is no such wave, or nothing left to link.
    """
    with desk.database.read() as connection:
        wave = next((one for one in remembered(connection).waves if one.id == number), None)
        if wave is None:
            raise DeskError(f"there is no wave {number}")
        open_ones = [ticket for ticket in wave.tickets if _is_open(connection, ticket)]
    problem = wave.problem or next(iter(open_ones), None)
    if problem is None:
        raise DeskError("none of its tickets is open any more")
    linked = []
    for ticket in open_ones:
        if ticket == problem:
            continue
        try:
            link(desk, ticket, problem, agent)
        except DeskError:
            continue  # it has incidents of its own, or was solved this moment: it stays what it is
        linked.append(ticket)
    with desk.database.write() as connection:
        kept = remembered(connection, lock=True)
        now_kept = next((one for one in kept.waves if one.id == number), None)
        if now_kept is not None:
            remember(connection, kept.with_wave(replace(now_kept, problem=problem)))
    return problem, linked


def _is_open(connection: Connection, number: int) -> bool:
    row = ticket_row(connection, number)
    done = (Status.SOLVED.value, Status.CLOSED.value)
    return row is not None and row.merged_into is None and row.problem_id is None and row.status not in done


def _wave(value: Mapping[str, Any]) -> Wave:
    return Wave(
        value["id"],
        datetime.fromisoformat(value["began_at"]),
        datetime.fromisoformat(value["last_at"]),
        tuple(value["words"]),
        tuple(value["tickets"]),
        value.get("problem"),
    )
