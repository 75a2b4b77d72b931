"""What a customer's word on a ticket that we think is done means: thanks, a reason to open it again, or a matter of its own."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.desk.office import Office
from gateway.mail.model import Kind, Message
from gateway.mail.thanks import is_thanks
from gateway.notify.headers import reply_subject
from gateway.pipeline.stages import Understood
from gateway.store.schema import outbox
from gateway.store.tickets import NewMessage, ticket_row
from gateway.threading.model import Decision, Outcome, Status

_DONE = (Status.SOLVED.value, Status.CLOSED.value)


def as_the_team_wishes(connection: Connection, understood: Understood, decision: Decision, office: Office) -> Decision:
    """The decision as ``reply_to_solved`` of the ticket's team, else of its brand, changes it.

    ``reopen`` opens closed tickets again too, for as long as their reply addresses count; ``follow_up`` makes a linked ticket at once.
    Thanks never do either: they go to the ticket itself.
    """
    if decision.outcome not in (Outcome.APPEND, Outcome.FOLLOW_UP) or decision.ticket is None:
        return decision
    ticket = ticket_row(connection, decision.ticket)
    if ticket is None or ticket.status not in _DONE:
        return decision
    mode, where = _mode(office, ticket)
    if decision.outcome is Outcome.FOLLOW_UP and mode == "reopen":
        reason = f"{decision.reason.partition('; ')[0]}; ticket {ticket.id} is closed, and {where} opens it again"
        return replace(decision, outcome=Outcome.APPEND, reason=reason)
    if (
        decision.outcome is Outcome.APPEND
        and mode == "follow_up"
        and not _thanks(connection, understood.message, ticket)
    ):
        reason = f"{decision.reason}; ticket {ticket.id} is solved, and {where} wants a new one that is linked to it"
        return replace(decision, outcome=Outcome.FOLLOW_UP, reason=reason)
    return decision


def _mode(office: Office, ticket: Row[Any]) -> tuple[str | None, str]:
    """``reply_to_solved`` and who says so."""
    team = next((team for team in office.loaded.side.teams.teams if team.id == ticket.team), None)
    if team is not None and team.reply_to_solved is not None:
        return team.reply_to_solved, f"`reply_to_solved: {team.reply_to_solved}` of the team {team.id}"
    mode = office.addresses.brand(ticket.brand).reply_to_solved
    return mode, f"`reply_to_solved: {mode}` of the brand {ticket.brand}"


def keeps_it_solved(connection: Connection, understood: Understood, ticket: Row[Any], new: NewMessage) -> str | None:
    """Why this mail, a participant's word on the ticket, leaves it as it is; None where it does not.

    In doubt somebody has to read it: any file but a logo that comes with each of the sender's mails, a subject of their own, or one
    sentence that is not known to be thanks.
    """
    files = [file for file in new.attachments if not (file.inline and file.sha256 in new.signature_images)]
    if ticket.status not in _DONE or files or not _thanks(connection, understood.message, ticket):
        return None
    return f"the ticket is {ticket.status}, and the mail says nothing but thanks"


def _thanks(connection: Connection, message: Message, ticket: Row[Any]) -> bool:
    if message.auto.kind is not Kind.HUMAN or message.author is None:
        return False
    if not is_thanks(message.reply_text, author_name=message.author.name):
        return False
    return reply_subject(message.subject or "") in _subjects(connection, ticket)


def _subjects(connection: Connection, ticket: Row[Any]) -> set[str]:
    """Subjects that say nothing new: the ticket's, and those of our mails about it."""
    ours = connection.execute(select(outbox.c.subject).where(outbox.c.ticket_id == ticket.id).distinct().limit(50))
    return {reply_subject(subject) for subject in ("", ticket.subject, *ours.scalars())}
