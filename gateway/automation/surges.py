"""Look for waves of similar mails once a minute: tag their tickets, tell the admins, and add what comes later."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from gateway.desk.agent_notices import tell_of_rule
from gateway.desk.office import Office
from gateway.desk.surges import Remembered, Wave, remember, remembered
from gateway.mail.address import address_key
from gateway.rules.surges import Opened, Surge, belongs, find_surge, words_of
from gateway.store.schema import agents, contacts, messages, tickets
from gateway.store.tickets import GATEWAY, add_events, add_tags, change_ticket, ticket_row
from gateway.threading.model import Status

EVERY = timedelta(minutes=1)
_EARLIER = 500  # tickets to compare with
_RECENT = 1_000
_TOLD = {
    "en": "Many similar mails: {people} people wrote of the same within {minutes} minutes ({words}).",
    "ko": "비슷한 메일이 몰리고 있습니다. {minutes}분 동안 {people}명이 같은 내용으로 문의했습니다({words}).",
    "ja": "似た内容のメールが集中しています。{minutes}分間に{people}名から同じ内容の問い合わせがありました（{words}）。",
}


def is_due(connection: Connection, office: Office, now: datetime) -> bool:
    """Costs nothing where it is not switched on."""
    if not office.configuration.surge.enabled:
        return False
    looked_at = remembered(connection).looked_at
    return looked_at is None or now - looked_at >= EVERY


def look(connection: Connection, office: Office, now: datetime) -> tuple[int, bool]:
    """Look now, if nobody else does; how many tickets came to a wave, and whether mail goes out."""
    kept = remembered(connection, lock=True)
    if kept.looked_at is not None and now - kept.looked_at < EVERY:
        return 0, False
    kept = replace(kept, looked_at=now)
    settings = office.configuration.surge
    since = now - timedelta(minutes=settings.minutes)
    recent = [_opened(row) for row in _tickets(connection, tickets.c.created_at >= since, _RECENT)]
    came, outgoing = 0, False
    wave = _running(kept, now, timedelta(minutes=settings.quiet_minutes))
    if wave is not None:
        came, wave = _add(connection, office, wave, recent, now)
        kept = kept.with_wave(wave)
    elif len({one.by for one in recent}) >= settings.people:
        earlier = [words_of(_text(row)) for row in _tickets(connection, tickets.c.created_at < since, _EARLIER)]
        found = find_surge(recent, earlier, settings.people)
        if found is not None:
            number = max((one.id for one in kept.waves), default=0) + 1
            wave = Wave(number, now, now, found.words, ())
            came, wave = _add(connection, office, wave, recent, now)
            kept = kept.with_wave(wave)
            outgoing = _tell(connection, office, wave, found, recent, now)
    remember(connection, kept)
    return came, outgoing


def _running(kept: Remembered, now: datetime, quiet: timedelta) -> Wave | None:
    return next((wave for wave in kept.waves[:1] if now - wave.last_at < quiet), None)


def _add(
    connection: Connection, office: Office, wave: Wave, recent: Sequence[Opened], now: datetime
) -> tuple[int, Wave]:
    """Tickets of these that belong to the wave and are not known of it yet."""
    known = set(wave.tickets)
    new = [one.number for one in recent if one.number not in known and belongs(one.words, wave.words)]
    for number in sorted(new):
        row = ticket_row(connection, number, lock=True)
        if row is None or row.merged_into is not None:
            continue
        tag = office.configuration.surge.tag
        add_tags(connection, number, [tag])
        told = {"wave": wave.id, "words": list(wave.words[:8])}
        add_events(connection, number, now, ("surge", GATEWAY, told))
        add_events(connection, number, now, ("tags", GATEWAY, {"added": [tag], "removed": []}))
        if wave.problem is not None:
            _link(connection, row, wave.problem, now)
    if not new:
        return 0, wave
    return len(new), replace(wave, last_at=now, tickets=tuple(sorted((*wave.tickets, *new))))


def _link(connection: Connection, row: Row[Any], problem: int, now: datetime) -> None:
    """Make the ticket an incident of the wave's problem, if that is still one and open."""
    cause = ticket_row(connection, problem, lock=True)
    done = (Status.SOLVED.value, Status.CLOSED.value)
    if cause is None or cause.merged_into is not None or cause.status in done or row.problem_id is not None:
        return
    if row.id == problem or row.status in done:
        return
    change_ticket(connection, row.id, now, problem_id=problem, type="incident")
    add_events(connection, row.id, now, ("problem_linked", GATEWAY, {"problem": problem}))
    add_events(connection, problem, now, ("incident_linked", GATEWAY, {"incident": row.id}))


def _tell(
    connection: Connection, office: Office, wave: Wave, found: Surge, recent: Sequence[Opened], now: datetime
) -> bool:
    """The admins, each in their language, by a mail about the wave's first ticket."""
    people = len({one.by for one in recent if one.number in found.tickets})
    admins = connection.execute(select(agents).where(agents.c.active, agents.c.role == "admin")).all()
    outgoing = False
    for admin in admins:
        text = _TOLD.get(admin.language, _TOLD["en"]).format(
            people=people, minutes=office.configuration.surge.minutes, words=", ".join(found.words[:5])
        )
        outgoing |= tell_of_rule(connection, office, wave.tickets[0], [admin], text, f"surge:{wave.id}", now)
    return outgoing


def _tickets(connection: Connection, condition: Any, limit: int) -> list[Row[Any]]:
    """The latest of these tickets with the words of the mail that opened each."""
    first = (
        select(func.min(messages.c.id))
        .where(messages.c.ticket_id == tickets.c.id, messages.c.direction == "in", messages.c.kind == "mail")
        .correlate(tickets)
        .scalar_subquery()
    )
    query = (
        select(tickets.c.id, tickets.c.subject, contacts.c.address.label("requester"), messages.c.reply_text)
        .join(contacts, contacts.c.id == tickets.c.requester_id)
        .join(messages, messages.c.id == first)
        .where(condition, tickets.c.merged_into.is_(None))
        .order_by(tickets.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query))


def _opened(row: Row[Any]) -> Opened:
    return Opened(row.id, address_key(row.requester), words_of(_text(row)))


def _text(row: Row[Any]) -> str:
    return f"{row.subject}\n{row.reply_text}"
