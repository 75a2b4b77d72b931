"""A conversation with canaries wherever a person can leave words, and a look for them in every table."""

import os

from sqlalchemy import insert, select, update

from gateway.rules.sender_lists import Action
from gateway.store import schema
from gateway.store.quarantine import HELD
from gateway.store.schema import (
    contacts,
    events,
    journal,
    login_failures,
    outbox,
    personal_macros,
    personal_views,
    quarantine,
    ratings,
    sender_counts,
    sender_lists,
    sender_mutes,
    settings,
    silences,
    surveys,
    ticket_tags,
    tickets,
    webhook_calls,
)
from tests.support.accepted import accepted, mail
from tests.support.office import TestOffice

CANARY = "xyzzyhong"
HONG = f"{CANARY}@canary-customer.example"
OTHER = "lee@other.example"


def converse(office: TestOffice) -> tuple[int, int]:
    """A conversation with canaries wherever a person can leave words, and somebody else's; the two tickets."""
    other = int(
        office.take(
            mail("Other people's words.", sender=f"Lee <{OTHER}>", subject="Other"), reverse_path=OTHER
        ).ticket_id
    )
    first = mail(
        f"{CANARY} says the lamp is broken. " * 3,
        sender=f"{CANARY} Hong <{HONG}>",
        subject=f"{CANARY} lamp",
        message_id=f"{CANARY}.1@canary-customer.example",
        headers=(("X-Note", CANARY),),
    )
    ticket = int(office.take(first, reverse_path=HONG).ticket_id)
    big = mail(f"{CANARY} once more\r\n" * 3000, sender=f"{CANARY} <{HONG}>", subject=f"Re: {CANARY} lamp")
    office.journal.blobs.put(big)
    record = accepted(big, at=office.now, reverse_path=HONG, to=(office.reply_to(ticket),), in_blob=True)
    office.journal.append([record])
    office.work()
    os.utime(office.journal.blobs.path(record.digest), (1, 1))
    office.desk.reply(ticket, office.agent, f"Dear {CANARY}, we send a new one.")
    office.desk.note(ticket, office.agent, f"{CANARY} is angry")
    office.desk.tag(ticket, office.agent, add=["vip"], remove=[])
    office.desk.note(other, office.agent, f"see {HONG}")
    held = office.take(mail("x", sender=f"{CANARY} <{HONG}>", subject=f"{CANARY} held"), reverse_path=HONG)
    with office.database.write() as connection:
        connection.execute(
            update(journal).where(journal.c.id == held.id).values(fate=HELD, cause="held_by_rule", last_error=CANARY)
        )
        connection.execute(
            insert(quarantine).values(
                journal_id=held.id, author=HONG, author_key=HONG, subject=CANARY, preview=CANARY, released_from=[]
            )
        )
        connection.execute(
            update(outbox).where(outbox.c.kind == "ack").values(state="sent", last_reply=f"250 {HONG} ok")
        )
        connection.execute(
            insert(events).values(
                ticket_id=other, at=office.now, kind="odd", actor=HONG, data={"to": HONG.upper(), "list": [HONG]}
            )
        )
        connection.execute(
            insert(events).values(at=office.now, kind="alarm", actor="gateway", data={"why": f"too much from {HONG}"})
        )
        connection.execute(insert(login_failures).values(key=f"agent:{HONG}", at=office.now))
        connection.execute(insert(sender_counts).values(sender=f"{HONG} dkim", minute=1, mails=3))
        connection.execute(
            insert(sender_mutes).values(sender=f"{HONG} dkim", until=office.now, reason="loop", why=f"{HONG} loops")
        )
        connection.execute(
            insert(sender_lists).values(
                action=Action.BLOCK.value,
                kind="address",
                value=HONG,
                reason=f"{HONG} spams",
                author="kim@example.com",
                created_at=office.now,
            )
        )
        connection.execute(
            insert(silences).values(
                address_key=HONG,
                address=HONG,
                how="link",
                actor=HONG,
                ticket_id=ticket,
                since=office.now,
                until=office.now,
            )
        )
        connection.execute(insert(settings).values(key="test", value={"last": HONG}))
        connection.execute(update(tickets).where(tickets.c.id == ticket).values(fields={"name": CANARY}))
        connection.execute(
            update(contacts)
            .where(contacts.c.address_key == HONG)
            .values(undeliverable_reason=f"<{HONG}>: no such user")
        )
        contact = connection.execute(select(contacts.c.id).where(contacts.c.address_key == HONG)).scalar_one()
        connection.execute(insert(surveys).values(ticket_id=ticket, message_id=f"{CANARY}.2@reply.example.com"))
        for number in (ticket, other):  # they may rate what somebody else asked about
            connection.execute(
                insert(ratings).values(
                    ticket_id=number,
                    contact_id=contact,
                    value=1,
                    scale=5,
                    score=0.0,
                    comment=f"{CANARY} waited long",
                    via="page",
                    given_at=office.now,
                    changed_at=office.now,
                    history=[{"comment": CANARY}],
                )
            )
        connection.execute(
            insert(webhook_calls).values(
                webhook="shop",
                rule="tell",
                ticket_id=ticket,
                key="k",
                payload={"ticket": {"requester": HONG, "text": CANARY}},
                state="waiting",
                created_at=office.now,
                next_attempt_at=office.now,
            )
        )
        connection.execute(
            insert(personal_views).values(
                agent_id=office.agent, name="Mine", definition={"query": HONG}, created_at=office.now
            )
        )
        connection.execute(
            insert(personal_macros).values(
                agent_id=office.agent, title=f"For {HONG}", definition={"title": HONG}, created_at=office.now
            )
        )
        connection.execute(insert(ticket_tags).values(ticket_id=other, tag=HONG))
    return ticket, other


def canaries(office: TestOffice) -> list[str]:
    """Every row with one of them."""
    with office.database.read() as connection:
        rows = [
            (table.name, tuple(row))
            for table in schema.metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    return [f"{name} {row!r:.300}" for name, row in rows if CANARY in repr(row).lower()]
