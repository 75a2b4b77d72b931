"""Mail to one agent: signed reply address and Message-ID of the agent, rendered, composed, signed, and laid into the outbox.

The caller's transaction holds everything. What the policy or a budget forbids is an event on the ticket, as with mail to customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from gateway.delivery.signed import signed
from gateway.desk.automatic import stay_silent
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Person
from gateway.mail.address import address_key
from gateway.mail.masking import masked
from gateway.notify.agents import AgentNotice, write_to_agent
from gateway.notify.budgets import AutomaticMail, Recent, overspent, reach
from gateway.notify.headers import UnsendableAddress
from gateway.notify.notices import Addressee
from gateway.notify.policy import Intention, Suppression, why_never
from gateway.notify.render import NoticeError
from gateway.store.budget_lookup import automatic_to_person
from gateway.store.outbox import NO_SMARTHOST, OutgoingMail, enqueue
from gateway.store.schema import outbox
from gateway.store.tickets import add_events
from gateway.threading.agent_tokens import agent_address
from gateway.threading.model import NoticeKind
from gateway.threading.tokens import mint_message_id

TOKEN_DAYS = 90
_THREAD_LENGTH = 20


@dataclass(frozen=True, slots=True)
class AgentLetter:
    """One mail to one agent, before it is written."""

    notice: AgentNotice
    once_key: str  # begins with "agent:" and says what it is about
    internal: bool  # a reply to it stays internal
    parent: str | None = None  # of the agent's own, which it answers; None: it follows our last mail to the agent
    references: tuple[str, ...] = ()


def web_link(office: Office, path: str) -> str:
    """Where a page of the web view is found."""
    web = office.configuration.web
    base = web.base_url or (f"http://{web.listen[0]}" if web.listen else "")
    return f"{base.rstrip('/')}{path}" if base else ""


def replies_are_taken(office: Office) -> bool:
    """Can a mail be strongly verified at all: are signatures checked, or can agents log in to send?"""
    configuration = office.configuration
    return configuration.trust.verify or bool(configuration.smtp.submission or configuration.smtp.submissions)


_THREAD = (  # built once: see gateway.store.tickets
    select(outbox.c.message_id)
    .where(
        outbox.c.ticket_id == bindparam("ticket"),
        outbox.c.recipient_key == bindparam("recipient"),
        outbox.c.kind == NoticeKind.AGENT.value,
    )
    .order_by(outbox.c.id.desc())
    .limit(_THREAD_LENGTH)
)


def post_to_agent(
    connection: Connection, office: Office, ticket: Heading, agent: Row[Any], letter: AgentLetter, *, now: datetime
) -> bool:
    """Write the letter and lay it into the outbox; False, with an event that says why, where nothing is sent."""
    silent = _why_silent(connection, office, ticket, agent, now)
    if silent is None:
        try:
            return _post(connection, office, ticket, agent, letter, now)
        except UnsendableAddress as error:
            silent = Suppression("invalid_recipient", str(error))
        except NoticeError as error:
            silent = Suppression("template", str(error))
    to = Person(0, 0, agent.address, agent.name, "agent", agent.language, undeliverable=False)
    add_events(connection, ticket.number, now, stay_silent(NoticeKind.AGENT, to, silent).event)
    return False


def _why_silent(
    connection: Connection, office: Office, ticket: Heading, agent: Row[Any], now: datetime
) -> Suppression | None:
    intention = Intention(
        kind=NoticeKind.AGENT,
        ticket=ticket.number,
        subject=ticket.subject,
        recipient=agent.address,
        known_person=True,
        acknowledge=True,
        undeliverable=False,
        incoming=None,
    )
    never = why_never(intention, is_ours=office.addresses.is_ours)
    if never is not None or not office.configuration.limits.enabled:
        return never
    budgets = office.configuration.budgets
    window = reach(budgets)
    rows = automatic_to_person(connection, agent.address, since=now - window.person, limit=window.person_rows)
    recent = Recent(
        to_person=tuple(AutomaticMail(row.at, NoticeKind(row.kind), row.ticket, row.subject) for row in rows)
    )
    spent = overspent(NoticeKind.AGENT, ticket.number, ticket.subject, recent, budgets, now)
    return None if spent is None else Suppression(*spent)


def _post(
    connection: Connection, office: Office, ticket: Heading, agent: Row[Any], letter: AgentLetter, now: datetime
) -> bool:
    configuration = office.configuration
    brand = office.addresses.brand(ticket.brand)
    before = _thread(connection, ticket.number, agent.address)
    parent = letter.parent or (before[-1] if before else None)
    finished = write_to_agent(
        masked(letter.notice, configuration.privacy.mask),
        Addressee(
            address=agent.address,
            reply_to=agent_address(
                office.keyring,
                local=configuration.reply_local,
                domain=configuration.reply_domain,
                ticket=ticket.number,
                agent=agent.id,
                internal=letter.internal,
                expires=now.astimezone(UTC).date() + timedelta(days=TOKEN_DAYS),
            ),
            message_id=mint_message_id(
                office.keyring,
                ticket=ticket.number,
                participant=agent.id,
                kind=NoticeKind.AGENT,
                nonce=office.entropy(8),
                domain=configuration.reply_domain,
            ),
            in_reply_to=parent,
            references=(*before, *(one for one in letter.references if one not in before)),
        ),
        name=agent.name,
        templates=office.templates,
        brand=brand,
        sender=ticket.address,
        language=agent.language,
        ticket=ticket.number,
        date=now,
    )
    rows = enqueue(
        connection,
        [
            OutgoingMail(
                kind=NoticeKind.AGENT.value,
                once_key=letter.once_key,
                recipient=finished.recipient,
                reverse_path=finished.reverse_path,
                message_id=finished.message_id,
                subject=finished.subject,
                raw=signed(finished.raw, brand.dkim, now),
                created_at=now,
                expires_at=now + timedelta(hours=configuration.outbound.notice_lifetime_hours),
                automatic=True,
                ticket_id=ticket.number,
                hold_reason=None if configuration.outbound.smarthost else NO_SMARTHOST,
            )
        ],
    )
    return rows[0] is not None


def _thread(connection: Connection, ticket: int, address: str) -> tuple[str, ...]:
    """Our earlier mails to the agent about the ticket, oldest first: in the agent's mailbox a ticket is one thread."""
    asked = {"ticket": ticket, "recipient": address_key(address)}
    rows: Sequence[str] = connection.execute(_THREAD, asked).scalars().all()
    return tuple(reversed(rows))
