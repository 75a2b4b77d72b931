"""Mail that belongs elsewhere, now that it is read well: what moves, what is left to people, and that later mail follows."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from gateway.desk.join import decline
from gateway.journal import balance
from gateway.replay.accept import By, accept
from gateway.replay.model import Change
from gateway.replay.propose import Proposing
from gateway.replay.stored import Wanted
from gateway.store.schema import agents, events, journal, messages, outbox, thread_ids, tickets
from tests.replay.conftest import OPERATOR, Replayer
from tests.support.accepted import NOW, mail
from tests.support.office import TestOffice

LAMP = "lamp@customer.example"
AFTER = (("References", f"<{LAMP}>"),)


@pytest.fixture
def torn(replayer: Replayer) -> Replayer:
    """A reader lost the first mail's Message-ID, so the customer's next mail, which names it, opened a ticket of its own."""
    office = replayer.office
    office.take(mail("The lamp is dark.", message_id=LAMP))
    forget_ids(office)
    office.later(hours=1)
    assert office.take(mail("It is the red one.", message_id="red@customer.example", headers=AFTER)).ticket_id == 2
    office.later(hours=1)
    return replayer


def forget_ids(office: TestOffice) -> None:
    with office.database.write() as connection:
        connection.execute(delete(thread_ids).where(thread_ids.c.message_row == 1))
        connection.execute(update(messages).where(messages.c.id == 1).values(message_id=None))


def thread_of(replayer: Replayer, message: int) -> Change:
    return replayer.changes()[message]["thread"]


def test_an_answer_joins_its_ticket_and_what_follows_it_too(torn: Replayer) -> None:
    office = torn.office
    follow = office.take(mail("And it hums.", headers=(("In-Reply-To", "<red@customer.example>"),)))
    assert follow.ticket_id == 2
    found = torn.changes()
    assert [*found] == [1, 2, 3]
    assert [*found[1]] == ["ids"]
    for number in (2, 3):
        change = found[number]["thread"]
        assert change.becomes == {"outcome": "append", "ticket": 1}
        assert not change.refused
    sent = office.rows(outbox)
    unhandled = office.rows(events, ~events.c.handled)
    waiting = office.ticket(1).waiting_since
    torn.write()
    assert [row.id for row in office.messages(1) if row.direction == "in"] == [1, 2, 3]
    assert office.ticket(2).merged_into == 1
    assert office.ticket(1).waiting_since == waiting == NOW
    assert [row.fate for row in office.rows(journal)] == ["opened", "appended", "appended"]
    with office.database.read() as connection:
        assert balance(connection).adds_up
    assert office.rows(outbox) == sent
    assert office.rows(events, ~events.c.handled) == unhandled
    assert torn.changes() == {}
    office.later(hours=1)
    later = office.take(mail("Hello?", headers=(("In-Reply-To", "<red@customer.example>"),)))
    assert (later.fate, later.ticket_id) == ("appended", 1)


def test_a_move_can_be_undone_as_any_merge(torn: Replayer) -> None:
    torn.write()
    torn.office.desk.unmerge(2, torn.office.agent)
    assert torn.office.ticket(2).merged_into is None
    assert [row.id for row in torn.office.messages(2) if row.direction == "in"] == [2]
    refused = thread_of(torn, 2) if 2 in torn.changes() else None
    assert refused is None, "what a person decided after it is not proposed again"


def answered(office: TestOffice) -> None:
    office.desk.reply(2, office.agent, "Which one?")


def assigned(office: TestOffice) -> None:
    office.desk.assign(2, office.agent, office.agent)


def target_solved(office: TestOffice) -> None:
    office.desk.solve(1, office.agent)


def target_answered(office: TestOffice) -> None:
    office.desk.reply(1, office.agent, "Is the cable in?")


@pytest.mark.parametrize(
    ("worked", "why"),
    [
        (answered, "an agent has answered on ticket 2 since"),
        (target_answered, "an agent has answered on ticket 1 since"),
        (assigned, "people have worked on ticket 2 (assigned); if it is right: gateway tickets merge 2 1"),
        (target_solved, "ticket 1 is solved"),
    ],
)
def test_nothing_moves_where_people_have_worked(torn: Replayer, worked: Any, why: str) -> None:
    worked(torn.office)
    change = thread_of(torn, 2)
    assert change.becomes == {"outcome": "append", "ticket": 1}
    assert why in change.refused
    torn.write()
    assert [row.ticket_id for row in torn.office.rows(messages, messages.c.direction == "in")] == [1, 2]
    assert torn.office.ticket(2).merged_into is None
    assert [*torn.changes()] == [2]


def test_somebody_who_answers_between_look_and_write_is_heeded(torn: Replayer) -> None:
    looks = 0

    def again() -> Proposing:
        nonlocal looks
        looks += 1
        walk = torn.walk()
        if looks == 2:  # before the first transaction, after this mail was derived
            walk.on_mail = lambda _: None if walk.summed.mails < 2 else answered(torn.office)
        return walk

    _, written = accept(again, By(OPERATOR, torn.look()[1].digest, torn.office.now))
    assert written.overtaken == 1
    assert written.mails == 1, "the ids of the first mail alone"
    assert torn.office.ticket(2).merged_into is None


def test_a_strangers_request_becomes_a_customers_word(replayer: Replayer) -> None:
    """The reader had lost the author of a participant's mail, so it was kept as somebody else's."""
    office = replayer.office
    office.take(mail("The lamp is dark.", message_id=LAMP))
    office.later(hours=1)
    entry = office.take(mail("It is the red one.", headers=AFTER))
    assert entry.fate == "appended"
    with office.database.write() as connection:
        row = office.messages(1)[-1]
        trace = {**row.trace, "outcome": "join_request", "ticket": 1}
        connection.execute(
            update(messages).where(messages.c.id == row.id).values(kind="join_request", public=False, trace=trace)
        )
        connection.execute(update(journal).where(journal.c.id == entry.id).values(fate="join_request"))
        connection.execute(update(tickets).values(status="pending", waiting_since=None))
    assert replayer.write().mails == 1
    row = office.messages(1)[-1]
    assert (row.kind, row.public, row.trace["outcome"]) == ("mail", True, "append")
    assert (office.ticket(1).status, office.ticket(1).waiting_since) == ("open", row.created_at)
    assert replayer.changes() == {}


def test_a_mail_that_should_not_be_there_is_named_with_the_command_that_splits_it(replayer: Replayer) -> None:
    """A reader believed an id that the mail does not name."""
    office = replayer.office
    office.take(mail("The lamp is dark.", message_id=LAMP))
    office.later(hours=1)
    office.take(mail("My chair squeaks.", subject="Chair"))
    with office.database.write() as connection:
        trace = {**office.messages(2)[0].trace, "outcome": "append", "ticket": 1}
        connection.execute(update(messages).where(messages.c.id == 2).values(ticket_id=1, trace=trace))
        connection.execute(update(thread_ids).where(thread_ids.c.message_row == 2).values(ticket_id=1))
        connection.execute(update(events).where(events.c.ticket_id == 2).values(ticket_id=1))
        connection.execute(update(journal).where(journal.c.id == 2).values(ticket_id=1, fate="appended"))
    change = thread_of(replayer, 2)
    assert change.becomes["outcome"] == "open"
    assert "gateway tickets join split 2" in change.refused
    assert replayer.look()[1].digest == ""


def test_what_an_agent_decided_about_a_mail_stays(replayer: Replayer) -> None:
    office = replayer.office
    office.take(mail("The lamp is dark.", message_id=LAMP))
    office.later(hours=1)
    entry = office.take(
        mail("I know this lamp.", sender="Mia <mia@partner.example>", headers=AFTER), to=(office.reply_to(1),)
    )
    assert entry.fate == "join_request"
    office.later(hours=1)
    with office.database.write() as connection:
        decline(connection, 2, office.rows(agents)[0], now=office.now)
        trace = {**office.messages(1)[-1].trace, "outcome": "silent_event"}
        connection.execute(update(messages).where(messages.c.id == 2).values(trace=trace))
    assert "an agent decided where it is (join declined)" in thread_of(replayer, 2).refused
    assert office.messages(1)[-1].kind == "declined"


def test_a_part_of_the_mail_is_looked_at_as_if_the_rest_stood(torn: Replayer) -> None:
    """One mail alone, or those on a ticket: mends of others are not taken for granted."""
    torn.wanted = Wanted(ticket=2)
    assert torn.changes() == {}
    torn.wanted = Wanted(ticket=1)
    assert [*torn.changes()] == [1]
    torn.write()
    torn.wanted = Wanted(ticket=2)
    assert [*torn.changes()] == [2]
