"""Mails leave over a real socket, whatever happens around the worker."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from gateway.clockwork import return_lost_mail
from gateway.store.database import Database
from gateway.store.outbox import State
from tests.delivery.conftest import IMPATIENT, QUICK, quick
from tests.support.databases import PostgresqlServer
from tests.support.outgoing import configuration, events_of, mail, make_ticket, row, sending, store
from tests.support.smarthost import Smarthost
from tests.support.waiting import wait_until


def test_a_queued_mail_arrives(database: Database) -> None:
    first, second = mail(), mail(reverse_path="")
    with (
        Smarthost() as smarthost,
        sending(database, configuration(smarthost=smarthost.address, tls="none"), pace=QUICK),
    ):
        numbers = store(database, first, second)
        wait_until(lambda: [row(database, number).state for number in numbers] == [State.SENT] * 2)
    taken = {taken.message_id: taken for taken in smarthost.taken}
    assert taken[first.message_id].raw == first.raw
    assert taken[first.message_id].reverse_path == first.reverse_path
    assert taken[first.message_id].forward_paths == (first.recipient,)
    assert taken[second.message_id].reverse_path == ""
    sent = row(database, numbers[0])
    assert (sent.attempts, sent.last_reply[:3], sent.lease_owner) == (1, "250", None)
    assert sent.finished_at is not None


def test_a_bell_is_faster_than_the_poll(sqlite_database: Database) -> None:
    with Smarthost() as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(sqlite_database, settings, pace=quick(poll=30)) as delivery:
            store(sqlite_database, mail())
            delivery.wake()
            smarthost.wait_for(lambda: smarthost.count == 1, timeout=5)
            store(sqlite_database, mail())
            delivery.wake()
            smarthost.wait_for(lambda: smarthost.count == 2, timeout=5)


def test_connections_are_used_again_and_never_too_many(database: Database) -> None:
    with Smarthost() as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none", connections=2)
        store(database, *(mail() for _ in range(120)))
        with sending(database, settings, pace=quick(stalled=5)):
            smarthost.wait_for(lambda: smarthost.count == 120)
    assert smarthost.most_connections <= 2
    assert smarthost.connections <= 4
    assert len({taken.message_id for taken in smarthost.taken}) == 120


def test_large_and_small_mail(database: Database) -> None:
    large = mail(raw=mail().raw + b"." + b"x" * 70 + b"\r\n" + (b"y" * 76 + b"\r\n") * 40_000)
    with (
        Smarthost() as smarthost,
        sending(database, configuration(smarthost=smarthost.address, tls="none"), pace=QUICK),
    ):
        store(database, large, mail())
        smarthost.wait_for(lambda: smarthost.count == 2)
    assert large.raw in [taken.raw for taken in smarthost.taken]


def test_mail_waits_until_a_smarthost_is_set(database: Database) -> None:
    settings = [configuration()]
    numbers = store(database, mail(), mail(), mail(hold_reason="budget"))
    with Smarthost() as smarthost, sending(database, lambda: settings[-1], pace=QUICK):
        wait_until(lambda: row(database, numbers[0]).state == State.HELD)
        assert row(database, numbers[1]).hold_reason == "no_smarthost"
        settings.append(configuration(smarthost=smarthost.address, tls="none"))
        wait_until(lambda: [row(database, n).state for n in numbers] == [State.SENT, State.SENT, State.HELD])
        # A pipeline that has not yet read the new configuration:
        (late,) = store(database, mail(hold_reason="no_smarthost"))
        wait_until(lambda: row(database, late).state == State.SENT)
    assert row(database, numbers[0]).hold_reason is None
    assert row(database, numbers[2]).hold_reason == "budget"
    assert smarthost.count == 3


def test_a_new_smarthost_is_used_at_once(sqlite_database: Database) -> None:
    with Smarthost() as old, Smarthost() as new:
        settings = [configuration(smarthost=old.address, tls="none")]
        with sending(sqlite_database, lambda: settings[-1], pace=QUICK):
            store(sqlite_database, mail())
            old.wait_for(lambda: old.count == 1)
            settings.append(configuration(smarthost=new.address, tls="none"))
            store(sqlite_database, mail())
            new.wait_for(lambda: new.count == 1)
            old.wait_for(lambda: old.open_connections == 0)


def test_an_outage_costs_no_mail_and_raises_one_alarm(database: Database) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]  # bound, not listening: connections are refused
        numbers = store(database, *(mail() for _ in range(20)))
        settings = configuration(smarthost=f"127.0.0.1:{port}", tls="none")
        worker = sending(
            database,
            settings,
            pace=QUICK,
            patience=IMPATIENT,
            rest_after=lambda _failures, _dice: timedelta(seconds=0.05),
        )
        with worker:
            wait_until(lambda: any(event.kind == "alarm" for event in events_of(database, None)))
            waiting = wait_until(lambda: [row(database, n) for n in numbers if row(database, n).last_reply])
            assert "Connect call failed" in waiting[0].last_reply
            assert all(row(database, n).attempts <= 2 for n in numbers)
            reserved.close()
            with Smarthost(port=port) as smarthost:
                smarthost.wait_for(lambda: smarthost.count == 20)
                wait_until(lambda: len(events_of(database, None)) == 2)
    raised, over = events_of(database, None)
    assert (raised.data["alarm"], raised.data["over"]) == ("smarthost_unusable", False)
    assert over.data["over"] is True


def test_what_is_refused_for_our_settings_fails_no_mail(sqlite_database: Database) -> None:
    ticket = make_ticket(sqlite_database)
    with Smarthost(mode="530-mail") as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        (number,) = store(sqlite_database, mail(ticket_id=ticket))
        with sending(sqlite_database, settings, pace=QUICK):
            wait_until(lambda: row(sqlite_database, number).last_reply)
            wait_until(lambda: row(sqlite_database, number).state == State.QUEUED)
    assert row(sqlite_database, number).last_reply.startswith("530")
    assert events_of(sqlite_database, ticket) == []


def test_too_late_is_given_up(database: Database) -> None:
    ticket = make_ticket(database)
    soon = datetime.now(UTC) + timedelta(minutes=3)
    with (
        Smarthost() as smarthost,
        sending(database, configuration(smarthost=smarthost.address, tls="none"), pace=QUICK),
    ):
        (number,) = store(database, mail("4xx-rcpt@customer.test", ticket_id=ticket, expires_at=soon))
        wait_until(lambda: row(database, number).state == State.FAILED)
    (event,) = events_of(database, ticket)
    assert (event.data["reason"], event.data["reply"][:3]) == ("expired", "450")


def test_stopping_gives_mail_back(sqlite_database: Database) -> None:
    with Smarthost() as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none", connections=1)
        hanging, *others = store(sqlite_database, mail("hang@customer.test"), *(mail() for _ in range(10)))
        with sending(sqlite_database, settings, pace=quick(stalled=30, grace=0.2)):
            smarthost.wait_for(lambda: smarthost.attempts["hang@customer.test"] == 1)
    for number in others:
        given_back = row(sqlite_database, number)
        assert (given_back.state, given_back.attempts) == (State.QUEUED, 0)
        assert given_back.next_attempt_at <= datetime.now(UTC)
    cut_off = row(sqlite_database, hanging)
    assert (cut_off.state, cut_off.attempts) == (State.SENDING, 1)
    assert cut_off.next_attempt_at > datetime.now(UTC) + timedelta(minutes=4)


@contextmanager
def other_node(url: str, smarthost: Smarthost) -> Iterator[subprocess.Popen[bytes]]:
    """A delivery in a process of its own, which is killed at the end."""
    program = Path(__file__).parent.parent / "support" / "deliver.py"
    node = subprocess.Popen([sys.executable, str(program), url, smarthost.address])
    try:
        yield node
    finally:
        node.kill()
        node.wait()


def has_begun(smarthost: Smarthost) -> bool:
    return any(line == "DATA" for _, line in smarthost.commands)


def in_ten_minutes() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=10)


def test_killed_in_the_middle_the_same_mail_goes_again(database: Database, database_url: str) -> None:
    outgoing = mail("hang-eod@customer.test")
    with Smarthost(misbehave=1) as smarthost:
        (number,) = store(database, outgoing)
        with other_node(database_url, smarthost):
            smarthost.wait_for(lambda: has_begun(smarthost), timeout=20)
        assert row(database, number).state == State.SENDING
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(database, settings, pace=QUICK):
            wait_until(lambda: row(database, number).state == State.QUEUED)  # its holder is known to be dead
        assert row(database, number).next_attempt_at > datetime.now(UTC) + timedelta(minutes=4)
        assert smarthost.count == 0
        with sending(database, settings, pace=QUICK, clock=in_ten_minutes):
            wait_until(lambda: row(database, number).state == State.SENT)
    (taken,) = smarthost.taken
    assert taken.raw == outgoing.raw
    assert row(database, number).attempts == 2


def test_a_node_that_slept_does_not_write_late(database: Database, database_url: str) -> None:
    with Smarthost(misbehave=1) as smarthost:
        (number,) = store(database, mail("hang-eod@customer.test"))
        with other_node(database_url, smarthost) as sleeper:
            smarthost.wait_for(lambda: has_begun(smarthost), timeout=20)
            with database.write():  # on SQLite a node that sleeps in the middle of writing would stop everybody
                sleeper.send_signal(signal.SIGSTOP)
                wait_until(lambda: Path(f"/proc/{sleeper.pid}/stat").read_text().split()[2] == "T")
            assert return_lost_mail(database, in_ten_minutes()) == 1
            settings = configuration(smarthost=smarthost.address, tls="none")
            with sending(database, settings, pace=QUICK, clock=in_ten_minutes):
                wait_until(lambda: row(database, number).state == State.SENT)
            settled = row(database, number)
            sleeper.send_signal(signal.SIGCONT)
            smarthost.wait_for(lambda: smarthost.open_connections == 0)  # it has given up, and tried to say so
            store(database, mail("ok@customer.test"))
            smarthost.wait_for(lambda: smarthost.count == 2)  # it works on
            assert row(database, number) == settled
    assert settled.unconfirmed == 0


def test_a_database_that_goes_away_doubles_no_mail(postgresql: PostgresqlServer) -> None:
    with postgresql.create() as url, Smarthost(slow_pause=0.005) as smarthost:
        name = url.rpartition("/")[2].partition("?")[0]
        database = Database(url)
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(database, settings, pace=QUICK):
            (number,) = store(database, mail("slow@customer.test"))
            smarthost.wait_for(lambda: has_begun(smarthost))
            postgresql.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            postgresql.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            smarthost.wait_for(lambda: smarthost.count == 1)
            with pytest.raises(OperationalError):
                row(database, number)
            time.sleep(0.2)  # the outcome is there, and there is nobody to take it
            postgresql.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            wait_until(lambda: _state_if_reachable(database, number) == State.SENT)
            store(database, mail())
            smarthost.wait_for(lambda: smarthost.count == 2)
        assert smarthost.attempts["slow@customer.test"] == 1
        database.dispose()


def _state_if_reachable(database: Database, number: int | None) -> str:
    try:
        return str(row(database, number).state)
    except OperationalError:
        return ""


def test_addresses_beyond_ascii(sqlite_database: Database) -> None:
    ticket = make_ticket(sqlite_database)
    recipient = "김@customer.test"
    with (
        Smarthost() as smarthost,
        sending(sqlite_database, configuration(smarthost=smarthost.address, tls="none"), pace=QUICK),
    ):
        store(sqlite_database, mail(recipient))
        smarthost.wait_for(lambda: smarthost.count == 1)
    assert smarthost.taken[0].forward_paths == (recipient,)
    assert "SMTPUTF8" in smarthost.taken[0].options
    with Smarthost(extensions=("8BITMIME",)) as smarthost:
        settings = configuration(smarthost=smarthost.address, tls="none")
        with sending(sqlite_database, settings, pace=QUICK):
            (number,) = store(sqlite_database, mail(recipient, ticket_id=ticket))
            wait_until(lambda: row(sqlite_database, number).state == State.FAILED)
    (event,) = events_of(sqlite_database, ticket)
    assert (event.data["reason"], event.data["to"]) == ("not_ascii", recipient)
    assert "SMTPUTF8" in event.data["explanation"]
    assert smarthost.count == 0
