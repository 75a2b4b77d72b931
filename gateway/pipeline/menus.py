"""Mail that answers a menu with a number and says nothing else (docs/notices.md). Without menus nothing here is asked or looked up."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.desk.menus import Level, Offer, level_of, standing_offer, still_as_offered
from gateway.desk.office import Office
from gateway.journal import Entry
from gateway.mail.choice import Chosen, read_choice
from gateway.mail.model import Kind
from gateway.notify.notices import Acknowledgement
from gateway.pipeline.stages import Understood
from gateway.store.schema import outbox
from gateway.store.tickets import add_events, change_ticket, ticket_row
from gateway.threading.model import Decision, Outcome, Status, Step, TokenState

KIND = "choice"
"""What a message on the ticket is that chooses from a menu and says nothing else."""

_OPEN = (Status.NEW.value, Status.OPEN.value, Status.PENDING.value, Status.ON_HOLD.value)


@dataclass(frozen=True, slots=True)
class MenuAnswer(Decision):
    """The mail chooses from a menu. What comes of it is for ``gateway.automation`` to do."""

    offer: Offer | None = None
    number: int = 0


def offered_level(office: Office, by_rule: str | None, brand: str, language: str) -> Level | None:
    """What the acknowledgement of a new ticket offers: the menu that rules named, else the one of the settings."""
    menu = by_rule or office.configuration.acknowledgements.menu
    return level_of(office, menu, (), brand, language) if menu else None


def with_options(notice: Acknowledgement, level: Level | None) -> Acknowledgement:
    return replace(notice, options=level.options) if level is not None else notice


def kept_as_choice(
    connection: Connection, entry: Entry, understood: Understood, decision: Decision, office: Office
) -> Decision:
    """The same decision, or a choice from the menu. A number that is none is told in the steps, and people read the mail.

    That a verified participant wrote it was decided before: what is ``APPEND`` may write to the ticket (``gateway.threading.powers``).
    """
    message = understood.message
    if not office.menus or decision.outcome is not Outcome.APPEND or decision.ticket is None or entry.shadow:
        return decision
    name = message.author.name if message.author is not None else ""
    chosen = read_choice(message.reply_text, author_name=name) if message.auto.kind is Kind.HUMAN else None
    if chosen is None or any(not attachment.inline for attachment in message.attachments):
        return decision
    offer = standing_offer(connection, decision.ticket)
    if offer is None:
        return decision
    why = _why_not(connection, understood, decision, office, offer, chosen)
    what = f"answer {chosen.number}"
    if why:
        return replace(decision, steps=(*decision.steps, Step(what, "ignored", f"{why}: it is a mail for people")))
    menu, option = offer.level.menu, offer.level.options[chosen.number - 1]
    where = " > ".join(map(str, (*offer.level.path, chosen.number)))
    step = Step(what, "used", f"the mail chooses {option!r} ({where}) from the menu {menu!r} and says nothing else")
    return MenuAnswer(
        outcome=decision.outcome,
        ticket=decision.ticket,
        public=decision.public,
        reason=f"{decision.reason}; it answers the menu {menu!r}",
        steps=(*decision.steps, step),
        participant=decision.participant,
        hints=decision.hints,
        offer=offer,
        number=chosen.number,
    )


def _why_not(
    connection: Connection, understood: Understood, decision: Decision, office: Office, offer: Offer, chosen: Chosen
) -> str:
    """Why the number chooses nothing; "" where it does."""
    assert decision.ticket is not None
    if decision.participant != offer.participant:
        return "the menu was offered to somebody else"
    options = offer.level.options
    if not 1 <= chosen.number <= len(options):
        return f"the menu offers 1 to {len(options)}"
    if not chosen.is_for(options[chosen.number - 1]):
        return "other words than those of the choice stand beside it"
    ticket = ticket_row(connection, decision.ticket)
    if ticket is None or ticket.status not in _OPEN:
        return "the ticket is solved"
    if not still_as_offered(office, offer, ticket.brand):
        return "the menu has changed since it was offered"
    if not _answers(connection, understood, decision.ticket, offer):
        return "it answers another mail than the newest menu"
    return ""


def _answers(connection: Connection, understood: Understood, ticket: int, offer: Offer) -> bool:
    """Whether the mail is an answer to this very offer: by its Message-ID, or where that is lost, because it was our last word."""
    evidence = understood.evidence
    if evidence.own_ids:
        return evidence.own_ids[0].message_id == offer.message_id
    if not any(token.state is TokenState.VALID for token in evidence.tokens):
        return False
    mine = (outbox.c.ticket_id == ticket, outbox.c.participant_id == offer.participant)
    newest = select(outbox.c.message_id).where(*mine).order_by(outbox.c.id.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none() == offer.message_id


def take_choice(connection: Connection, decision: MenuAnswer, author: str, message_row: int, now: datetime) -> None:
    """Leave the choice for those who carry it out. Nobody of ours is told: nothing was asked."""
    offer = decision.offer
    assert offer is not None
    assert decision.ticket is not None
    path = [*offer.level.path, decision.number]
    label = offer.level.options[decision.number - 1]
    why = f"{offer.level.menu}: {' > '.join(map(str, path))}. {label}"
    data = {**offer.data(), "path": path, "label": label, "message": message_row, "why": why}
    add_events(connection, decision.ticket, now, ("menu_chosen", author, data))
    change_ticket(connection, decision.ticket, now)
