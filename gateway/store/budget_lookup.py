"""How much automatic mail was written lately: rows for ``gateway.notify.budgets``, without its types (the store knows no notices)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, exists, func, literal_column, not_, select

from gateway.mail.address import address_key, domain_of
from gateway.store.schema import outbox, tickets

# Built once: see gateway.store.tickets. The literal lets the database use its partial index.
_TO_PERSON = (
    select(outbox.c.created_at, outbox.c.kind, outbox.c.ticket_id, tickets.c.subject)
    .join(tickets, tickets.c.id == outbox.c.ticket_id)
    .where(outbox.c.recipient_key == bindparam("key"), outbox.c.created_at > bindparam("since"), outbox.c.automatic)
    .order_by(outbox.c.created_at.desc())
    .limit(bindparam("most", type_=Integer))
)
_ANSWERED = select(
    exists().where(
        outbox.c.recipient_key == bindparam("key"),
        outbox.c.kind == literal_column("'answer'"),
        not_(outbox.c.automatic),  # those that rules send are nobody's word
    )
)
_TO_UNKNOWN = (
    select(outbox.c.created_at)
    .where(
        outbox.c.created_at > bindparam("since"), outbox.c.kind == literal_column("'ack'"), not_(outbox.c.known_sender)
    )
    .order_by(outbox.c.created_at.desc())
    .limit(bindparam("most", type_=Integer))
)
_GUARDED_ROWS = select(outbox.c.id).where(outbox.c.created_at > bindparam("since"), outbox.c.guarded)
_MOST = bindparam("most", type_=Integer)
_GUARDED = select(func.count()).select_from(_GUARDED_ROWS.limit(_MOST).subquery())
_GUARDED_IN_DOMAIN = select(func.count()).select_from(
    _GUARDED_ROWS.where(outbox.c.recipient_domain == bindparam("domain")).limit(_MOST).subquery()
)


@dataclass(frozen=True, slots=True)
class AutomaticRow:
    """One automatic mail in the outbox, whatever its state."""

    at: datetime
    kind: str
    ticket: int
    subject: str  # of the ticket


def automatic_to_person(connection: Connection, address: str, *, since: datetime, limit: int) -> list[AutomaticRow]:
    """Automatic mail to this address, newest first."""
    rows = connection.execute(_TO_PERSON, {"key": address_key(address), "since": since, "most": limit})
    return [AutomaticRow(row.created_at, row.kind, row.ticket_id, row.subject) for row in rows]


def was_answered(connection: Connection, address: str) -> bool:
    """Whether one of our people ever wrote to this address. Having written to us proves nothing: anybody writes in anybody's name."""
    return bool(connection.execute(_ANSWERED, {"key": address_key(address)}).scalar())


def acks_to_unknown(connection: Connection, *, since: datetime, limit: int) -> list[datetime]:
    """Times of acknowledgements to people whom we had not known, newest first."""
    return list(connection.execute(_TO_UNKNOWN, {"since": since, "most": limit}).scalars())


def guarded_in_all(connection: Connection, *, since: datetime, limit: int) -> int:
    """How many automatic mails went to addresses that nothing proved; ``limit`` stands for as many or more."""
    return int(connection.execute(_GUARDED, {"since": since, "most": limit}).scalar_one())


def guarded_in_domain(connection: Connection, address: str, *, since: datetime, limit: int) -> int:
    """The same for the domain of ``address`` alone."""
    values = {"domain": domain_of(address), "since": since, "most": limit}
    return int(connection.execute(_GUARDED_IN_DOMAIN, values).scalar_one())
