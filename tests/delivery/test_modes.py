"""Each way in which a smarthost can misbehave, and what it makes of the mail."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.delivery.worker import Pace
from gateway.store.database import Database
from gateway.store.outbox import State
from tests.delivery.conftest import IMPATIENT, QUICK
from tests.support.outgoing import configuration, events_of, mail, make_ticket, row, sending, store
from tests.support.smarthost import Smarthost
from tests.support.waiting import wait_until

LATER = {
    "4xx-rcpt": "450 4.2.1",
    "4xx-data": "451 4.3.0",
    "4xx-eod": "451 4.3.0",
    "421-mid": "421 4.3.2",
    "drop-rcpt": "",
    "drop-data": "",
    "hang": "Timed out",
    "garbage": "no SMTP reply",
    "endless-reply": "no SMTP reply",
    "many-lines": "more than 100 lines",
}
NEVER = {"5xx-rcpt": "no_such_mailbox", "5xx-data": "content", "5xx-eod": "refused"}
UNCONFIRMED = ("drop-before-eod-reply", "drop-after-eod-reply", "hang-eod")


@pytest.mark.parametrize("mode", LATER)
def test_a_passing_fault_is_tried_again_later(database: Database, mode: str) -> None:
    settings = None
    with Smarthost() as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(database, settings, pace=QUICK, patience=IMPATIENT):
            number, other = store(database, mail(f"{mode}@customer.test"), mail())
            wait_until(lambda: row(database, number).last_reply and row(database, number).state == State.QUEUED)
            wait_until(lambda: row(database, other).state == State.SENT)
    deferred = row(database, number)
    assert LATER[mode] in deferred.last_reply
    assert (deferred.attempts, deferred.unconfirmed) == (1, 0)
    wait = deferred.next_attempt_at - datetime.now(UTC)
    assert timedelta(minutes=4) < wait < timedelta(minutes=7)


@pytest.mark.parametrize("mode", NEVER)
def test_a_refusal_is_an_event_on_the_ticket(database: Database, mode: str) -> None:
    ticket = make_ticket(database)
    recipient = f"{mode}@customer.test"
    with Smarthost() as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(database, settings, pace=QUICK, patience=IMPATIENT):
            number, other = store(database, mail(recipient, ticket_id=ticket), mail(ticket_id=ticket))
            wait_until(lambda: row(database, number).state == State.FAILED)
            wait_until(lambda: row(database, other).state == State.SENT)
    (event,) = events_of(database, ticket)
    assert (event.kind, event.actor) == ("delivery_failed", "gateway")
    assert event.data["to"] == recipient
    assert event.data["reason"] == NEVER[mode]
    assert event.data["reply"].startswith("55")
    assert event.data["explanation"].endswith(".")
    failed = row(database, number)
    assert failed.finished_at is not None
    assert failed.next_attempt_at is None
    assert smarthost.attempts[recipient] == 1


@pytest.mark.parametrize("mode", UNCONFIRMED)
def test_a_lost_reply_after_data_waits_long(database: Database, mode: str) -> None:
    with Smarthost() as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(database, settings, pace=QUICK, patience=IMPATIENT):
            (number,) = store(database, mail(f"{mode}@customer.test"))
            wait_until(lambda: row(database, number).unconfirmed == 1)
    deferred = row(database, number)
    assert deferred.state == State.QUEUED
    assert deferred.next_attempt_at - datetime.now(UTC) > timedelta(minutes=55)


def test_after_a_lost_reply_the_same_mail_goes_once_more(database: Database) -> None:
    outgoing = mail("drop-after-eod-reply@customer.test")
    with Smarthost(misbehave=1) as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(database, settings, pace=QUICK):
            (number,) = store(database, outgoing)
            wait_until(lambda: row(database, number).unconfirmed == 1)
        with sending(database, settings, pace=QUICK, clock=lambda: datetime.now(UTC) + timedelta(hours=2)):
            wait_until(lambda: row(database, number).state == State.SENT)
    first, second = smarthost.taken
    assert first.octets == second.octets
    assert first.message_id == second.message_id == outgoing.message_id
    assert second.raw == outgoing.raw


def test_twice_unconfirmed_is_given_up_and_said(database: Database) -> None:
    ticket = make_ticket(database)
    with Smarthost() as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        (number,) = store(database, mail("drop-after-eod-reply@customer.test", ticket_id=ticket))
        with sending(database, settings, pace=QUICK):
            wait_until(lambda: row(database, number).unconfirmed == 1)
        with sending(database, settings, pace=QUICK, clock=lambda: datetime.now(UTC) + timedelta(hours=2)):
            wait_until(lambda: row(database, number).state == State.FAILED)
    assert len(smarthost.taken) == 2
    (event,) = events_of(database, ticket)
    assert event.data["reason"] == "unconfirmed"


def test_a_slow_smarthost_is_waited_for(database: Database) -> None:
    with Smarthost(slow_pause=0.003) as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(database, settings, pace=QUICK):
            (number,) = store(database, mail("slow@customer.test"))
            wait_until(lambda: row(database, number).state == State.SENT)


@pytest.mark.parametrize(("mode", "state"), [("4xx-mail", State.QUEUED), ("5xx-mail", State.FAILED)])
def test_the_reply_to_mail_counts_for_the_mail(sqlite_database: Database, mode: str, state: State) -> None:
    with Smarthost(mode=mode) as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(sqlite_database, settings, pace=QUICK):
            (number,) = store(sqlite_database, mail())
            wait_until(lambda: row(sqlite_database, number).last_reply)
            wait_until(lambda: row(sqlite_database, number).state == state)


def test_hanging_recipients_hold_up_nobody_else(database: Database) -> None:
    hanging = [mail(f"hang@customer{number}.test") for number in range(20)]
    with Smarthost() as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none", connections=4)
        with sending(database, settings, pace=Pace(stalled=0.2, grace=0.2)):  # with the real patience of minutes
            store(database, *hanging)
            smarthost.wait_for(lambda: sum(smarthost.attempts.values()) >= 4)
            store(database, mail("ok@customer.test"))
            smarthost.wait_for(lambda: smarthost.count == 1)
