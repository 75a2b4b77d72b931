"""Reading tickets and queues: the same answers on each engine, in a fixed number of queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import case, event

from gateway.store.database import Database
from gateway.store.schema import outbox, tickets
from gateway.store.view_model import VIEWS, Order, TicketFilter
from gateway.store.views import (
    count_views,
    find_message,
    find_ticket,
    list_outbox,
    list_quarantine,
    list_tickets,
    message_source,
    newest_message,
    queue_ages,
    ticket_page,
)
from gateway.threading.model import Status
from tests.support.accepted import mail
from tests.support.day import quarantine
from tests.support.office import TestOffice
from tests.support.web import add_agent


@pytest.fixture
def office(database: Database, tmp_path: Path) -> TestOffice:
    return TestOffice(database, tmp_path)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that run inside the block."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def fill(office: TestOffice, count: int) -> None:
    """Tickets 1 to ``count``, from three people, each a minute younger than the one before."""
    for number in range(1, count + 1):
        person = ("Hong <hong@customer.example>", "佐藤 <sato@customer.example>", "Maya <maya@studio.example>")[
            number % 3
        ]
        office.take(mail(f"Words of {number}.", sender=person, subject=f"Subject {number}"))
        office.later(minutes=1)


def numbers(office: TestOffice, wanted: TicketFilter, limit: int = 100) -> list[int]:
    with office.database.read() as connection:
        return [row.number for row in list_tickets(connection, wanted, limit=limit).rows]


def test_filters(office: TestOffice) -> None:
    fill(office, 6)
    colleague = add_agent(office, "lee@example.com", name="Lee")
    desk, me = office.desk, office.agent
    desk.assign(1, colleague, me)
    desk.team(2, "billing", me)
    desk.set_status(3, Status.PENDING, me)
    desk.solve(4, me)
    office.take(mail("질문", subject="상점 100% 할인", sender="홍 <HONG2@customer.example>"), to=("shop@example.com",))
    assert numbers(office, TicketFilter()) == [7, 4, 3, 2, 1, 6, 5]
    assert numbers(office, TicketFilter(statuses=(Status.SOLVED,))) == [4]
    assert numbers(office, TicketFilter(statuses=(Status.PENDING, Status.SOLVED))) == [4, 3]
    assert numbers(office, TicketFilter(assignee=colleague)) == [1]
    assert numbers(office, TicketFilter(unassigned=True, team="billing")) == [2]
    assert numbers(office, TicketFilter(brand="shop")) == [7]
    assert numbers(office, TicketFilter(search="할인")) == [7]
    assert numbers(office, TicketFilter(search="hong2@CUSTOMER")) == [7]
    assert numbers(office, TicketFilter(search="佐藤")) == [4, 1]
    assert numbers(office, TicketFilter(search="#5")) == [5]
    assert numbers(office, TicketFilter(search="100%")) == [7], "a percent sign is a letter"
    assert numbers(office, TicketFilter(search="Subject_1")) == []
    assert numbers(office, TicketFilter(search="\\")) == []
    waiting = TicketFilter(order=Order.WAITING)
    assert numbers(office, waiting) == [1, 2, 5, 6, 7], "longest first; what does not wait is left out"


def test_a_merged_ticket_is_found_by_searching_alone(office: TestOffice) -> None:
    fill(office, 2)
    office.desk.merge(2, 1, office.agent)
    assert numbers(office, TicketFilter()) == [1]
    assert numbers(office, TicketFilter(search="Subject 2")) == [2]
    with office.database.read() as connection:
        page = ticket_page(connection, 1)
        assert page is not None
        assert [message.text.strip() for message in page.messages] == ["Words of 1.", "Words of 2."]
        found = find_ticket(connection, 2)
        assert found is not None
        assert found.merged_into == 1


@pytest.mark.parametrize("order", list(Order))
def test_pages_join_without_gap_or_overlap(office: TestOffice, order: Order) -> None:
    fill(office, 11)
    with office.database.write() as connection:  # many of one instant: the number decides
        connection.execute(
            tickets.update().where(tickets.c.id < 8).values(updated_at=office.now, waiting_since=office.now)
        )
        connection.execute(
            tickets.update().values(due_at=case((tickets.c.id < 8, office.now), else_=office.now + timedelta(hours=1)))
        )
        connection.execute(tickets.update().where(tickets.c.id.in_((2, 5))).values(status="on_hold"))
    whole = numbers(office, TicketFilter(order=order))
    assert len(whole) == 11
    for size in (1, 2, 3, 5, 11):
        seen: list[int] = []
        before = None
        with office.database.read() as connection:
            while True:
                page = list_tickets(connection, TicketFilter(order=order), limit=size, before=before)
                seen += [row.number for row in page.rows]
                before = page.before
                if before is None:
                    break
        assert seen == whole, size
    with office.database.read() as connection, pytest.raises(ValueError, match="not the end of a page"):
        list_tickets(connection, before="yesterday")


def test_counts_belong_to_their_views(office: TestOffice) -> None:
    fill(office, 5)
    office.desk.assign(1, office.agent, office.agent)
    office.desk.solve(2, office.agent)
    office.desk.set_status(3, Status.PENDING, office.agent)
    with office.database.read() as connection:
        counts = count_views(connection, office.agent, office.now)
        for view in VIEWS:
            rows = list_tickets(connection, view.of(office.agent, office.now)).rows
            if view.id != "solved":
                assert getattr(counts, view.id) == len(rows), view.id
    assert (counts.unsolved, counts.unassigned, counts.mine, counts.waiting) == (4, 3, 1, 3)


def test_a_list_costs_the_same_however_long(office: TestOffice) -> None:
    fill(office, 9)
    costs = []
    for limit in (1, 9):
        with office.database.read() as connection, counted(office.database) as statements:
            list_tickets(connection, limit=limit)
        costs.append(len(statements))
    assert costs[0] == costs[1]
    assert costs[0] <= 4


def test_a_ticket_page_costs_the_same_however_long(office: TestOffice) -> None:
    fill(office, 1)
    costs = []
    for _ in range(2):
        with office.database.read() as connection, counted(office.database) as statements:
            ticket_page(connection, 1)
        costs.append(len(statements))
        for number in range(5):
            office.desk.reply(1, office.agent, f"Answer {number}.")
    assert costs[0] == costs[1]
    assert costs[0] <= 9


def test_the_page_of_a_ticket(office: TestOffice) -> None:
    fill(office, 1)
    office.desk.tag(1, office.agent, add=("램프", "bug"))
    office.desk.reply(1, office.agent, "Have you tried the switch?")
    office.take(mail("Yes.", sender="佐藤 <sato@customer.example>"), to=(office.reply_to(1),))
    office.take(mail("Another question.", sender="佐藤 <sato@customer.example>", subject="Other"))
    with office.database.read() as connection:
        page = ticket_page(connection, 1)
        assert page is not None
        assert (page.ticket.requester, page.ticket.requester_name) == ("sato@customer.example", "佐藤")
        assert page.ticket.tags == ("bug", "램프")
        assert page.ticket.assignee == "kim@example.com"
        first, answer, second = page.messages
        assert (first.direction, first.receipt is not None, first.trust) == ("in", True, "forwarded")
        assert first.trace["reason"]
        assert (first.to, first.cc, page.ticket.address) == (("support@example.com",), (), "support@example.com")
        assert [(copy.recipient, copy.state) for copy in answer.deliveries] == [("sato@customer.example", "held")]
        assert second.reply_text.strip() == "Yes."
        assert not second.deliveries
        assert [event.kind for event in page.events][:2] == ["created", "notice"]
        assert [(person.address, person.role) for person in page.participants] == [
            ("sato@customer.example", "requester")
        ]
        assert [other.number for other in page.others] == [2]
        assert not page.has_earlier
        newest = ticket_page(connection, 1, limit=1)
        assert newest is not None
        assert ([message.id for message in newest.messages], newest.has_earlier) == ([second.id], True)
        older = ticket_page(connection, 1, limit=5, before=second.id)
        assert older is not None
        assert ([message.id for message in older.messages], older.has_earlier) == ([first.id, answer.id], False)
        assert ticket_page(connection, 99) is None
        assert find_message(connection, answer.id) == answer
        assert newest_message(connection, 1) == second.id
        assert newest_message(connection, 99) == 0
        (row,) = list_tickets(connection, TicketFilter(search="#1")).rows
        assert row.preview == "Yes."
        came = message_source(connection, first.id)
        went = message_source(connection, answer.id)
        assert came is not None
        assert came.raw is not None
        assert b"Words of 1." in came.raw
        assert went is not None
        assert went.raw is not None
        assert went.digest is None


def test_queues(office: TestOffice) -> None:
    with office.database.read() as connection:
        empty = queue_ages(connection, office.now)
        assert (empty.pending, empty.oldest_pending_at, empty.outbox, empty.overdue_timers) == (0, None, {}, 0)
    fill(office, 3)
    first = quarantine(office, b"Subject: a\r\n\r\na")
    second = quarantine(office, b"Subject: b\r\n\r\nb")
    office.desk.solve(1, office.agent)
    with office.database.read() as connection:
        assert [row.id for row in list_quarantine(connection)] == [second, first]
        assert [row.id for row in list_quarantine(connection, before=second)] == [first]
        (row, *_) = list_quarantine(connection)
        assert (row.cause, row.crashes, row.forward_paths) == ("crashed", 3, ("support@example.com",))
        mails = list_outbox(connection)
        assert [mail.id for mail in mails] == sorted((mail.id for mail in mails), reverse=True)
        assert [mail.id for mail in list_outbox(connection, limit=1, before=mails[1].id)] == [mails[2].id]
        assert {mail.ticket for mail in list_outbox(connection, ticket=2)} == {2}
        assert list_outbox(connection, state="sent") == ()
        ages = queue_ages(connection, office.now + timedelta(days=5))
        assert (ages.quarantined, ages.overdue_timers) == (2, 1)
        assert ages.outbox == {"held": 4}
        assert ages.oldest_held_at == min(mail.created_at for mail in mails)
    with office.database.write() as connection:
        connection.execute(outbox.update().values(state="queued"))
    with office.database.read() as connection:
        assert queue_ages(connection, office.now).oldest_queued_at == min(mail.created_at for mail in mails)
