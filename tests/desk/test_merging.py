"""A merge and its undoing: whatever the two tickets were, they are so again, and what came later stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.clockwork import close_solved_tickets
from gateway.desk.actions import DeskError
from gateway.desk.people import People
from gateway.desk.redacting import redact
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.redaction import plan_person
from gateway.store.schema import contacts, events, messages, participants, thread_ids, ticket_tags, tickets, timers
from gateway.threading.model import Status
from tests.support.accepted import mail
from tests.support.databases import SqliteFiles
from tests.support.office import TestOffice

LEE = "Lee <lee@customer.example>"


@pytest.fixture
def two(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    """Ticket 1 of Hong, and ticket 2 of Lee, who waits since an hour later."""
    office = TestOffice(sqlite_database, tmp_path)
    office.take(mail("The lamp does not light up."))
    return with_lee(office)


def with_lee(office: TestOffice) -> TestOffice:
    office.later(hours=1)
    office.take(mail("The bulb, too.", sender=LEE, subject="Bulb"))
    return office


def rows(office: TestOffice) -> dict[str, Any]:
    """Everything that a merge may touch, without the moment of the last change and the ids of timers."""
    found: dict[str, Any] = {}
    with office.database.read() as connection:
        for table in (tickets, participants, messages, thread_ids, ticket_tags, timers):
            left_out = {"updated_at"} | ({"id"} if table is timers else set())
            columns = [column for column in table.c if column.name not in left_out]
            found[table.name] = connection.execute(select(*columns).order_by(*columns[:2])).all()
    return found


def test_what_was_merged_is_as_it_was(office: TestOffice) -> None:
    two = with_lee(office)
    before = rows(two)
    two.desk.merge(2, 1, two.agent)
    assert rows(two) != before
    undone = two.desk.unmerge(2, two.agent)
    assert rows(two) == before
    assert (undone.source, undone.target, undone.messages, undone.left) == (2, 1, 1, ())
    for number in (1, 2):
        (event,) = two.events(number, "merge_undone")
        assert (event.data["source"], event.data["target"], event.actor) == (2, 1, "kim@example.com")
    assert [event.data["to"] for event in two.events(2, "status")] == ["closed", "new"]
    two.desk.merge(2, 1, two.agent)
    two.desk.unmerge(2, two.agent)
    assert rows(two) == before, "as often as one likes"


def test_reply_addresses_and_threads_lead_where_they_led(two: TestOffice) -> None:
    hong, lee = two.reply_to(1), two.reply_to(2)
    (bulb,) = two.messages(2)
    two.desk.merge(2, 1, two.agent)
    two.desk.unmerge(2, two.agent)
    for address, sender, ticket in ((hong, "Hong <hong@customer.example>", 1), (lee, LEE, 2)):
        row = two.take(mail("Any news?", sender=sender, to=address), to=(address,))
        assert (row.fate, row.ticket_id) == ("appended", ticket)
    answers = (("References", f"<{bulb.message_id}>"), ("In-Reply-To", f"<{bulb.message_id}>"))
    row = two.take(mail("And now?", sender=LEE, subject="Re: Bulb", headers=answers))
    assert (row.fate, row.ticket_id) == ("appended", 2)


def test_what_came_later_stays_and_whoever_got_mail_of_the_target_leaves_it(two: TestOffice) -> None:
    lee = two.reply_to(2)
    two.desk.merge(2, 1, two.agent)
    two.take(mail("Any news?", sender=LEE, to=lee), to=(lee,))
    two.desk.reply(1, two.agent, "Both are on their way.")
    two.later(hours=1)
    undone = two.desk.unmerge(2, two.agent)
    assert (undone.messages, undone.left) == (1, ("lee@customer.example",))
    assert [message.kind for message in two.messages(1)] == ["mail", "mail", "answer"]
    assert [message.subject for message in two.messages(2)] == ["Bulb"]
    assert two.ticket(1).waiting_since is None, "answered in the meantime"
    assert two.ticket(2).waiting_since is not None, "whoever waited before waits again"
    two.desk.reply(1, two.agent, "Hong, yours is there.")
    assert [row.recipient for row in two.outbox("answer")][2:] == ["hong@customer.example"]


def test_the_target_waits_for_its_own_customers_again(two: TestOffice) -> None:
    two.desk.reply(1, two.agent, "Try again.")
    two.desk.merge(2, 1, two.agent)
    assert two.ticket(1).waiting_since == two.messages(1)[1].created_at, "by what Lee wrote"
    two.later(hours=2)
    address = two.reply_to(1)
    two.take(mail("No.", to=address), to=(address,))
    two.desk.unmerge(2, two.agent)
    assert two.ticket(1).waiting_since == two.now, "since Hong wrote"


def test_a_solved_ticket_wakes_up_for_somebody_who_waits(two: TestOffice) -> None:
    two.desk.solve(1, two.agent)
    before = rows(two)
    two.desk.merge(2, 1, two.agent)
    assert (two.ticket(1).status, two.ticket(1).solved_at) == ("open", None)
    assert two.ticket(1).waiting_since == two.messages(1)[1].created_at
    two.desk.unmerge(2, two.agent)
    assert rows(two) == before, "solved again, and it closes when it would have closed"
    two.desk.merge(2, 1, two.agent)
    two.later(minutes=1)
    address = two.reply_to(1)
    two.take(mail("No.", to=address), to=(address,))
    two.desk.unmerge(2, two.agent)
    assert two.ticket(1).status == "open", "its own customer wrote since"


def test_a_mail_that_was_moved_on_stays_there(two: TestOffice) -> None:
    two.desk.merge(2, 1, two.agent)
    moved = two.messages(1)[-1]
    new = People(two.desk).split(moved.id, two.agent)
    assert two.desk.unmerge(2, two.agent).messages == 0
    assert [message.id for message in two.messages(new)] == [moved.id]


def test_merges_in_a_row_are_undone_from_the_last(two: TestOffice) -> None:
    two.take(mail("A third.", sender="Park <park@customer.example>"))
    before = rows(two)
    two.desk.merge(2, 1, two.agent)
    two.desk.merge(1, 3, two.agent)
    with pytest.raises(
        DeskError, match="ticket 1, of which 2 is a part, was merged into ticket 3 later; undo that first"
    ):
        two.desk.unmerge(2, two.agent)
    two.desk.unmerge(1, two.agent)
    two.desk.unmerge(2, two.agent)
    assert rows(two) == before


def test_what_makes_it_impossible_is_said(two: TestOffice) -> None:
    with pytest.raises(DeskError, match="there is no ticket 9"):
        two.desk.unmerge(9, two.agent)
    with pytest.raises(DeskError, match="ticket 2 was not merged"):
        two.desk.unmerge(2, two.agent)
    two.desk.merge(2, 1, two.agent)
    two.desk.solve(1, two.agent)
    two.later(days=5)
    close_solved_tickets(two.database, two.now)
    with pytest.raises(DeskError, match="ticket 1 is closed; reopen it first"):
        two.desk.unmerge(2, two.agent)
    two.desk.reopen(1, two.agent)
    with two.database.write() as connection:
        connection.execute(events.update().where(events.c.kind == "merged_into").values(data={"redacted": True}))
    with pytest.raises(DeskError, match="is not on record any more"):
        two.desk.unmerge(2, two.agent)
    assert two.ticket(2).merged_into == 1


def test_nothing_is_given_back_to_somebody_who_was_redacted(two: TestOffice, tmp_path: Path) -> None:
    two.desk.merge(2, 1, two.agent)
    redact(
        two.database,
        BlobStore(tmp_path / "blobs"),
        lambda connection: plan_person(connection, "lee@customer.example"),
        actor="kim@example.com",
        origin="cli",
        why="asked",
        now=two.now,
    )
    with pytest.raises(DeskError, match="the customer of ticket 2 was redacted; what is left of it stays in ticket 1"):
        two.desk.unmerge(2, two.agent)


# --- whatever the tickets were --------------------------------------------------------------------------------------------

ACTS = ("reply", "solve", "hold", "note", "tag", "priority", "write", "join", "leave", "own")


@pytest.fixture(scope="module")
def kept(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestOffice]:
    directory: Path = tmp_path_factory.mktemp("merging")
    database = Database(sqlite_files.create(directory))
    yield TestOffice(database, directory)
    database.dispose()


def act(office: TestOffice, number: int, what: str) -> None:
    desk, me = office.desk, office.agent
    office.later(minutes=1)
    match what:
        case "reply":
            desk.reply(number, me, "So it is.")
        case "solve":
            desk.set_status(number, Status.SOLVED, me)
        case "hold":
            desk.set_status(number, Status.ON_HOLD, me)
        case "own":
            desk.set_status(number, Status.PENDING, me, own="parts")
        case "note":
            desk.note(number, me, "Hm.")
        case "tag":
            desk.tag(number, me, add=("lamp",))
        case "priority":
            desk.priority(number, "high", me)
        case "write":
            address = office.reply_to(number)
            sender = people(office, number)[0]
            office.take(mail("And?", sender=sender, to=address), to=(address,))
        case "join":
            People(desk).add(number, "aunt@customer.example", me)
        case "leave":
            some = [row for row in office.rows(participants, participants.c.ticket_id == number) if row.role == "cc"]
            if some and some[0].revoked_at is None:
                People(desk).remove(number, some[0].id, me)


def people(office: TestOffice, number: int) -> list[str]:
    with office.database.read() as connection:
        query = select(contacts.c.address).join(participants, participants.c.contact_id == contacts.c.id)
        return list(
            connection.execute(query.where(participants.c.ticket_id == number).order_by(participants.c.id)).scalars()
        )


@given(
    ours=st.lists(st.sampled_from(ACTS), max_size=4),
    theirs=st.lists(st.sampled_from(ACTS), max_size=4),
    same=st.booleans(),
    others=st.integers(0, 1),
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merging_and_undoing_is_nothing(
    kept: TestOffice, ours: list[str], theirs: list[str], same: bool, others: int
) -> None:
    """Both tickets with any past, of one customer or of two, and a third that has nothing to do with them."""
    first = int(kept.take(mail("One.")).ticket_id)
    second = int(kept.take(mail("Two.", sender="Hong <hong@customer.example>" if same else LEE)).ticket_id)
    for number, acts in ((first, ours), (second, theirs)):
        for what in acts:
            act(kept, number, what)
    source, target = (first, second) if others else (second, first)
    before = rows(kept)
    kept.later(minutes=5)
    kept.desk.merge(source, target, kept.agent)
    assert kept.ticket(source).merged_into == target
    assert not kept.messages(source)
    kept.later(minutes=5)
    kept.desk.unmerge(source, kept.agent)
    assert rows(kept) == before
