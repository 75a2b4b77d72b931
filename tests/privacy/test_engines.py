"""The same on every database that the gateway runs on: the chain, redaction, retention."""

from pathlib import Path

from gateway.config.privacy import Retention
from gateway.desk.redacting import redact
from gateway.store.audit import verify
from gateway.store.database import Database
from gateway.store.redaction import plan_person
from gateway.store.retention import due, keep_periods
from gateway.store.schema import audit
from tests.support.canaries import HONG, canaries, converse
from tests.support.office import TestOffice


def test_redaction_and_retention_on_every_database(database: Database, tmp_path: Path) -> None:
    office = TestOffice(database, tmp_path, outbound={"smarthost": "127.0.0.1:2526"})
    converse(office)
    redact(
        database,
        office.journal.blobs,
        lambda connection: plan_person(connection, HONG),
        actor="kim@example.com",
        origin="192.0.2.9",
        why="asked",
        now=office.now,
    )
    assert canaries(office) == []
    office.later(days=400)
    settings = Retention(raw_mail_days=1, ticket_days=1, events_days=1)
    with database.read() as connection:
        over = due(connection, settings, office.now)
    assert keep_periods(database, settings, office.now) == sum(over.values())
    with database.read() as connection:
        assert verify(connection).why == ""
    assert office.rows(audit)[0].what == "redacted"
