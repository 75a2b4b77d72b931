"""What is kept no longer goes in small batches with a row in the audit log; what is kept for ever stays."""

from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.config.privacy import Retention
from gateway.store.audit import What, record, verify
from gateway.store.database import Database
from gateway.store.mail_views import message_source
from gateway.store.retention import BATCH, due, keep_periods
from gateway.store.schema import audit, events, journal, outbox, tickets
from gateway.threading.model import Status
from tests.support.accepted import mail
from tests.support.office import TestOffice

FOR_EVER = Retention(sent_mail_days=None)


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    """A closed ticket and an open one, each with an acknowledgement that was sent."""
    office = TestOffice(sqlite_database, tmp_path)
    for number in (1, 2):
        office.take(mail(f"Words of {number}.", subject=f"Lamp {number}", sender=f"h{number}@customer.example"))
    with office.database.write() as connection:
        connection.execute(update(outbox).values(state="sent", finished_at=office.now))
    office.desk.set_status(1, Status.SOLVED, office.agent)
    with office.database.write() as connection:
        connection.execute(update(outbox).where(outbox.c.state != "sent").values(state="sent", finished_at=office.now))
        connection.execute(update(tickets).where(tickets.c.id == 1).values(status="closed", closed_at=office.now))
    return office


def keep(office: TestOffice, settings: Retention) -> dict[str, int]:
    with office.database.read() as connection:
        found = due(connection, settings, office.now)
    assert keep_periods(office.database, settings, office.now) == sum(found.values())
    with office.database.read() as connection:
        assert sum(due(connection, settings, office.now).values()) == 0, "nothing is left, and nothing is done twice"
    assert keep_periods(office.database, settings, office.now) == 0
    return found


def test_everything_is_kept_for_ever_but_sent_bytes(office: TestOffice) -> None:
    office.later(days=91)
    assert keep(office, FOR_EVER) == {}
    sent = len(office.rows(outbox))
    assert keep(office, Retention()) == {"sent_mail_days": sent}
    assert all(row.raw == b"" for row in office.rows(outbox))
    assert "Words of 1." in office.messages(1)[0].text
    (row,) = office.rows(audit)
    assert (row.what, row.about, row.data["removed"]) == ("retention", "sent_mail_days", sent)


def test_young_mail_and_mail_that_waits_stays(office: TestOffice) -> None:
    with office.database.write() as connection:
        connection.execute(update(outbox).where(outbox.c.id == 1).values(state="queued", finished_at=None))
    office.later(days=89)
    assert keep(office, Retention()) == {"sent_mail_days": 0}
    office.later(days=2)
    keep(office, Retention())
    assert office.rows(outbox, outbox.c.id == 1)[0].raw != b""


def test_raw_mail_of_closed_tickets_goes_and_its_text_stays(office: TestOffice) -> None:
    settings = Retention(raw_mail_days=30, sent_mail_days=None)
    office.later(days=31)
    assert keep(office, settings) == {"raw_mail_days": 1}
    closed, still_open = office.rows(journal)
    assert (closed.raw, closed.fate) == (None, "opened")
    assert b"Words of 2." in still_open.raw
    assert "Words of 1." in office.messages(1)[0].text
    with office.database.read() as connection:
        assert message_source(connection, office.messages(1)[0].id) is None, "the page says that there is none"


def test_whole_tickets_go_and_the_ledger_stays(office: TestOffice) -> None:
    settings = Retention(ticket_days=365, events_days=400, sent_mail_days=None)
    office.later(days=366)
    assert keep(office, settings) == {"ticket_days": 1, "events_days": 0}
    assert office.ticket(1).subject == ""
    assert {row.text for row in office.messages(1)} == {""}
    assert "Words of 2." in office.messages(2)[0].text
    assert [row.fate for row in office.rows(journal)] == ["opened", "opened"]
    (row,) = office.rows(audit)
    assert len(row.data["hashes"]["1"]) == 64
    office.later(days=35)
    gone = keep(office, settings)["events_days"]
    assert gone > 0
    assert office.rows(events, events.c.ticket_id == 1) == []
    assert office.rows(events, events.c.ticket_id == 2)


def test_the_log_is_cut_so_that_it_still_verifies(office: TestOffice) -> None:
    with office.database.write() as connection:
        for number in range(BATCH + 20):
            record(connection, What.TICKET_VIEWED, f"ticket {number}", actor="a", origin="b", now=office.now)
    office.later(days=31)
    with office.database.write() as connection:
        record(connection, What.TICKET_VIEWED, "ticket 1", actor="a", origin="b", now=office.now)
    assert keep(office, Retention(audit_days=30, sent_mail_days=None)) == {"audit_days": BATCH + 20}
    assert [row.what for row in office.rows(audit)] == ["ticket_viewed", "retention"]
    with office.database.read() as connection:
        assert verify(connection).why == ""
