"""Answers that came by mail and wait for their author's word, released on the web."""

from sqlalchemy import select

from gateway.desk.actions import Desk, DeskError, Sent, acting_agent
from gateway.desk.agent_mail_in import DRAFT, adopt_draft
from gateway.desk.within import Within
from gateway.store.schema import messages


def send_draft(desk: Desk, ticket: int, message: int, agent: int) -> Sent:
    """Send the draft as its author's answer. DeskError where it waits no more, or for somebody else than its author."""
    with desk.database.write() as connection:
        who = acting_agent(connection, agent)
        draft = connection.execute(
            select(messages).where(messages.c.id == message, messages.c.ticket_id == ticket, messages.c.kind == DRAFT)
        ).first()
        if draft is None:
            raise DeskError("this answer does not wait any more")
        if draft.agent_id != who.id:
            raise DeskError(f"only its author can send it: {draft.author_name or draft.author}")
        sent = Desk(Within(connection), desk.office, desk.now).reply(ticket, agent, draft.reply_text)
        adopt_draft(connection, sent.message, draft)
    desk.on_outgoing()
    return sent
