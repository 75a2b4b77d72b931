"""Addresses that get no automatic mail: their owner, or an admin, said so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.mail.address import address_key
from gateway.store.outbox import State
from gateway.store.outbox_control import hold
from gateway.store.schema import outbox, silences
from gateway.store.tickets import GATEWAY

SILENCED = "silenced"
"""Why mail to such an address is held."""

_IS_SILENCED = select(silences.c.address_key).where(
    silences.c.address_key == bindparam("key"), silences.c.until > bindparam("now")
)


@dataclass(frozen=True, slots=True)
class Silence:
    """One address, why it is silent, and until when."""

    address: str
    how: str  # link, reply, admin
    actor: str
    ticket: int | None
    since: datetime
    until: datetime


def is_silenced(connection: Connection, address: str, now: datetime) -> bool:
    return connection.execute(_IS_SILENCED, {"key": address_key(address), "now": now}).first() is not None


def silence(connection: Connection, new: Silence) -> bool:
    """Keep the address silent until then, and hold automatic mail to it that waits. False where it was silent already."""
    key = address_key(new.address)
    before = connection.execute(select(silences.c.until).where(silences.c.address_key == key)).scalar_one_or_none()
    connection.execute(delete(silences).where(silences.c.address_key == key))
    connection.execute(
        insert(silences),
        {
            "address_key": key,
            "address": new.address[:320],
            "how": new.how,
            "actor": new.actor[:320],
            "ticket_id": new.ticket,
            "since": new.since,
            "until": new.until if before is None else max(new.until, before),
        },
    )
    waiting = outbox.c.recipient_key == key, outbox.c.automatic
    for row in connection.execute(select(outbox.c.id).where(*waiting, outbox.c.state == State.QUEUED)).scalars().all():
        hold(connection, row, now=new.since, actor=GATEWAY, reason=SILENCED)
    connection.execute(update(outbox).where(*waiting, outbox.c.state == State.HELD).values(hold_reason=SILENCED))
    return before is None or before <= new.since


def unsilence(connection: Connection, address: str) -> bool:
    """Let the address have automatic mail again; what was held meanwhile stays held. False where it was not silent."""
    return connection.execute(delete(silences).where(silences.c.address_key == address_key(address))).rowcount > 0


def list_silences(connection: Connection, now: datetime, *, limit: int = 500) -> Sequence[Silence]:
    """Those that hold now, newest first."""
    rows = connection.execute(
        select(silences).where(silences.c.until > now).order_by(silences.c.since.desc()).limit(limit)
    )
    return tuple(Silence(row.address, row.how, row.actor, row.ticket_id, row.since, row.until) for row in rows)
