"""Answers and solutions that did not arrive."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gateway.clockwork import close_solved_tickets
from gateway.mail.dsn_reasons import Reason
from gateway.notify.undelivered_words import by_report, why_undelivered
from gateway.store.outbox_upkeep import expire
from gateway.store.schema import outbox, promises, timers
from gateway.threading.model import Status
from tests.lifecycle.conftest import House
from tests.support.notices import body

Ruled = Callable[..., House]
SLA = "policies: [{id: standard, targets: {any: {first_reply: 4h, next_reply: 2h}}}]"


def report(original: str, status: str = "5.1.1", said: str = "550 5.1.1 User unknown") -> bytes:
    action = "failed" if status.startswith("5") else "delayed"
    return (
        "From: MAILER-DAEMON@mx.customer.example\r\nTo: x@reply.example.com\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <b-{original}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n"
        f"Final-Recipient: rfc822; hong@customer.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {said}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{original}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def bounce(house: House, kind: str, **of_report: str) -> None:
    mail = house.outbox(kind)[-1]
    house.take(report(mail.message_id, **of_report), to=(mail.reverse_path,), reverse_path="")


def answered(house: House, status: Status) -> int:
    number = house.write()
    with house.database.read() as connection:
        lee = connection.exec_driver_sql("SELECT id FROM agents WHERE address = 'lee@example.com'").scalar_one()
    house.desk.assign(number, lee, house.agent)
    house.later(hours=1)
    house.desk.reply(number, house.agent, "Please switch it on.", status=status)
    house.follow()
    house.later(minutes=5)
    return number


@pytest.mark.parametrize("status", [Status.PENDING, Status.SOLVED, Status.OPEN])
def test_a_bounced_answer_returns_the_ticket_to_its_agent(house: House, status: Status) -> None:
    number = answered(house, status)
    wrote = house.messages(number)[0].created_at
    bounce(house, "answer")
    ticket = house.ticket(number)
    assert (ticket.status, ticket.waiting_since, ticket.solved_at) == ("open", wrote, None)
    assert house.rows(timers) == []
    (event,) = house.events(number, "undelivered")
    assert (event.data["to"], event.data["reason"]) == ("hong@customer.example", "no_such_address")
    mail = house.outbox("agent")[-1]
    told = body(mail.raw, "plain")
    assert mail.recipient == "lee@example.com"
    assert "보낸 메일이 도착하지 않았습니다: hong@customer.example, 존재하지 않는 주소입니다" in told


def test_told_twice_nothing_happens_twice(house: House) -> None:
    number = answered(house, Status.PENDING)
    bounce(house, "answer")
    told = len(house.outbox("agent"))
    bounce(house, "answer", said="550 5.1.1 No such user here")
    assert len(house.events(number, "undelivered")) == 1
    assert len(house.outbox("agent")) == told


def test_what_is_only_late_changes_nothing(house: House) -> None:
    number = answered(house, Status.PENDING)
    bounce(house, "answer", status="4.4.7", said="451 4.4.7 delayed")
    assert house.ticket(number).status == "pending"
    assert house.kinds(number)[-1] == "bounced"


def test_a_solution_that_bounced_opens_the_ticket_even_when_it_is_closed(house: House) -> None:
    number = answered(house, Status.PENDING)
    house.desk.solve(number, house.agent)
    house.later(days=5)
    close_solved_tickets(house.database, house.now)
    assert house.ticket(number).status == "closed"
    bounce(house, "resolution", status="5.2.2", said="552 5.2.2 Mailbox full")
    assert house.ticket(number).status == "open"
    assert house.events(number, "undelivered")[0].data["reason"] == "full"


def test_a_solution_that_bounces_late_finds_the_ticket_in_work(house: House) -> None:
    number = answered(house, Status.PENDING)
    house.desk.solve(number, house.agent)
    house.desk.reopen(number, house.agent)
    bounce(house, "resolution")
    assert not house.events(number, "undelivered")


def test_an_acknowledgement_that_bounces_gives_nothing_back(house: House) -> None:
    number = answered(house, Status.SOLVED)
    bounce(house, "ack")
    assert house.ticket(number).status == "solved"


def test_what_delivery_gave_up_comes_back_too(house: House) -> None:
    number = answered(house, Status.SOLVED)
    with house.database.write() as connection:
        connection.execute(update(outbox).where(outbox.c.kind == "answer").values(state="queued"))
        house.later(days=6)
        expire(connection, house.now)
    assert house.ticket(number).status == "solved"
    house.follow()
    assert house.ticket(number).status == "open"
    assert house.events(number, "undelivered")[0].data["reason"] == "unreachable"
    house.follow()
    assert len(house.events(number, "undelivered")) == 1


def clock(house: House, metric: str) -> object:
    with house.database.read() as connection:
        return connection.execute(
            select(promises).where(promises.c.metric == metric).order_by(promises.c.round.desc())
        ).first()


def test_the_promise_runs_as_if_the_answer_had_not_been_sent(ruled: Ruled) -> None:
    house = ruled(sla=SLA)
    number = answered(house, Status.PENDING)
    assert clock(house, "first_reply").stopped_at is not None  # type: ignore[attr-defined]
    bounce(house, "answer")
    house.follow()
    first = clock(house, "first_reply")
    assert (first.stopped_at, first.running) == (None, True)  # type: ignore[attr-defined]
    # An hour was spent before the answer; while the ticket waited for the customer the clock stood still.
    assert house.ticket(number).due_at == house.now + timedelta(hours=3)


def test_a_reply_that_opens_a_solved_ticket_starts_the_next_promise(ruled: Ruled) -> None:
    house = ruled(sla=SLA)
    number = answered(house, Status.SOLVED)
    house.say(number, "Still dark.")
    house.follow()
    assert house.ticket(number).due_at == house.now + timedelta(hours=2)


def test_a_copys_bounce_leaves_the_answer_said(ruled: Ruled) -> None:
    house = ruled(sla=SLA, gateway="participants: {from_copies: true}")
    house.write(headers=(("Cc", "cara@customer.example"),))  # type: ignore[arg-type]
    house.desk.reply(1, house.agent, "Please switch it on.")
    assert [mail.recipient for mail in house.outbox("answer")] == ["hong@customer.example", "cara@customer.example"]
    bounce(house, "answer")
    house.follow()
    assert house.ticket(1).status == "open", "somebody should know"
    assert clock(house, "first_reply").stopped_at is not None  # type: ignore[attr-defined]


def test_rules_hear_of_it(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: lost, on: bounced, then: {priority: high}}]")
    number = answered(house, Status.PENDING)
    bounce(house, "answer")
    house.follow()
    assert house.ticket(number).priority == "high"


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_every_reason_has_words(language: str) -> None:
    said = {why_undelivered(by_report(reason), language) for reason in Reason}
    assert len(said) == 11
    assert not any("_" in words for words in said)
