"""Plays the agent of the demonstration: answers through the desk, and lets customers reply to the address in that answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import select

from gateway.demo.build import Addresses, Built, Thread, build
from gateway.demo.conversations import CONVERSATIONS, Answer, Conversation, Note
from gateway.demo.model import Mail
from gateway.demo.quoting import Quoted
from gateway.demo.send import HandedOver
from gateway.desk.actions import Desk
from gateway.mail.model import Kind
from gateway.mail.read import read
from gateway.store.mail_views import find_outbox_mail, list_outbox
from gateway.store.schema import journal
from gateway.threading.model import Status

PATIENCE_SECONDS = 20.0  # for the pipeline to bring one mail to its ticket


class Unanswered(Exception):
    """The conversation cannot go on; the text says why."""


@dataclass(frozen=True)
class Stage:
    """All that the conversations need. ``wait`` sleeps for that many seconds."""

    desk: Desk
    agent: int
    addresses: Addresses
    now: Callable[[], datetime]
    wait: Callable[[float], None]
    hand_over: Callable[[Built], HandedOver]
    run: str


def mails_of(conversations: tuple[Conversation, ...] = CONVERSATIONS) -> list[Mail]:
    """Every mail that the customers write back."""
    return [act for conversation in conversations for act in conversation.acts if isinstance(act, Mail)]


def knows(stage: Stage, receipt: str) -> bool:
    """Whether the store behind the stage is the one into which the mails went."""
    with stage.desk.database.read() as connection:
        return connection.execute(select(journal.c.id).where(journal.c.receipt == receipt)).first() is not None


def play(stage: Stage, conversation: Conversation, receipt: str) -> Iterator[HandedOver]:
    """Act on the ticket to which the mail of ``receipt`` came. Unanswered, or the desk's DeskError, where it cannot go on."""
    ticket = _ticket_of(stage, receipt)
    for act in conversation.acts:
        if isinstance(act, Note):
            stage.desk.note(ticket, stage.agent, act.text)
        elif isinstance(act, Answer):
            status = Status.SOLVED if act.solve else Status.PENDING
            stage.desk.reply(ticket, stage.agent, act.text, status=status)
        else:
            handed = stage.hand_over(_reply(stage, ticket, act))
            yield handed
            if handed.receipt is None:
                raise Unanswered(f"{act.name} was not accepted: {handed.error}")
            _ticket_of(stage, handed.receipt)


def _ticket_of(stage: Stage, receipt: str) -> int:
    """Wait for the pipeline; the ticket's number."""
    waited = 0.0
    while waited < PATIENCE_SECONDS:
        with stage.desk.database.read() as connection:
            row = connection.execute(
                select(journal.c.state, journal.c.fate, journal.c.ticket_id).where(journal.c.receipt == receipt)
            ).first()
        if row is not None and row.state == "settled":
            if row.ticket_id is None:
                raise Unanswered(f"the mail {receipt} is on no ticket: {row.fate}")
            return int(row.ticket_id)
        stage.wait(0.1)
        waited += 0.1
    raise Unanswered(f"the pipeline did not take up {receipt} within {PATIENCE_SECONDS:.0f} seconds; is it running?")


def _reply(stage: Stage, ticket: int, mail: Mail) -> Built:
    """The customer's program answers our latest answer: to its Reply-To. A mail system reports to its reverse-path."""
    with stage.desk.database.read() as connection:
        row = next((it for it in list_outbox(connection, ticket=ticket) if it.kind == "answer"), None)
        sent = None if row is None else find_outbox_mail(connection, row.id)
    if sent is None:
        raise Unanswered(f"ticket {ticket} has no answer in the outbox")
    ours = read(sent.raw)
    reply_to = ours.reply_to.address if ours.reply_to is not None else sent.row.reverse_path
    author = ours.author
    date = (ours.date or stage.now()).astimezone(timezone(timedelta(hours=mail.sender.zone)))
    thread = Thread(
        in_reply_to=sent.row.message_id,
        references=(*ours.references, sent.row.message_id),
        subject=ours.subject or "",
        quoted=Quoted(
            author=author.name if author else "",
            address=author.address if author else "",
            recipient=sent.row.to,
            date=date,
            subject=ours.subject or "",
            text=ours.text.strip(),
        ),
    )
    to = sent.row.reverse_path or reply_to if mail.kind is Kind.BOUNCE else reply_to
    return build(mail, stage.addresses, now=stage.now(), run=stage.run, thread=thread, to=(to,))
