"""Rates over customers whom the question reached: accepted, and not bounced within three days."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from gateway.report.csat import csat, latest_ratings
from gateway.report.metrics import exposition
from gateway.store.database import Database
from gateway.store.outbox import OutgoingMail, enqueue
from gateway.store.schema import outbox, participants, ratings, surveys
from gateway.store.tickets import add_events, add_participant, create_ticket, ensure_contact
from tests.support.accepted import NOW

UNTIL = NOW + timedelta(days=10)


def survey(connection: Any, key: str, *, state: str = "sent", value: int | None = None, days: float = 1) -> int:
    """One ticket with a survey that was asked ``days`` after NOW, and sent at once."""
    at = NOW + timedelta(days=days)
    contact = ensure_contact(connection, f"{key}@v.test", name=key, language="en", now=at)
    number = create_ticket(
        connection,
        brand="example",
        address="support@example.com",
        subject=key,
        requester=contact.id,
        language="en",
        now=at,
    )
    person = add_participant(connection, number, contact.id, "requester", at)
    mail = OutgoingMail(
        kind="csat", once_key=f"csat:{number}", recipient=contact.address, reverse_path="", message_id=f"{key}@r.test",
        subject="How", raw=b"Subject: How\r\n\r\nHow?\r\n", created_at=at, expires_at=at + timedelta(days=1), automatic=True,
        ticket_id=number, participant_id=person,
    )  # fmt: skip
    enqueue(connection, [mail])
    connection.execute(
        update(outbox)
        .where(outbox.c.ticket_id == number)
        .values(state=state, finished_at=at if state != "queued" else None)
    )
    connection.execute(
        insert(surveys).values(
            ticket_id=number, solved_at=at, asked_at=at, ends_at=at, participant_id=person, contact_id=contact.id,
            scale=5, message_id=mail.message_id,
        )
    )  # fmt: skip
    if value is not None:
        connection.execute(
            insert(ratings).values(
                ticket_id=number, contact_id=contact.id, value=value, scale=5, score=(value - 1) / 4, via="page",
                reason="slow" if value < 3 else "", given_at=at, changed_at=at, history=[],
            )
        )  # fmt: skip
    return number


def bounce(connection: Any, number: int, *, days: float, hard: bool = True, status: str = "5.1.1") -> None:
    data = {"notice": "csat", "hard": hard, "status": status}
    add_events(connection, number, NOW + timedelta(days=days), ("bounced", "gateway", data), handled=True)


@pytest.fixture
def counted(database: Database) -> Database:
    with database.write() as connection:
        survey(connection, "five", value=5)
        survey(connection, "four", value=4)
        survey(connection, "three", value=3)
        survey(connection, "one", value=1)
        survey(connection, "silent")
        survey(connection, "queued", state="queued")
        survey(connection, "held", state="held")
        survey(connection, "failed", state="failed")
        bounce(connection, survey(connection, "bounced"), days=2)
        bounce(connection, survey(connection, "late"), days=4.5)
        bounce(connection, survey(connection, "delayed"), days=2, hard=False, status="4.4.7")
        bounce(connection, survey(connection, "odd", value=5), days=1.1)
        survey(connection, "before", value=1, days=-1)
        skipped = survey(connection, "skipped", days=-2)
        connection.execute(
            update(surveys)
            .where(surveys.c.ticket_id == skipped)
            .values(asked_at=None, solved_at=NOW, skipped="no_surveys")
        )
    return database


def test_the_figures(counted: Database) -> None:
    with counted.read() as connection:
        found = csat(connection, since=NOW, until=UNTIL)
    assert (found.asked, found.waiting, found.failed, found.bounced) == (12, 2, 1, 1)
    assert found.reached == 8, "answered, silent, come back too late, only delayed, and answered although it came back"
    assert found.asked == found.reached + found.waiting + found.failed + found.bounced
    assert (found.answered, found.satisfied) == (5, 3)
    assert (found.response_rate, found.satisfaction, found.score) == (0.625, 0.6, 0.65)
    assert found.by_value == {"5/5": 2, "4/5": 1, "3/5": 1, "1/5": 1}
    assert found.by_reason == {"slow": 1}
    assert found.skipped == {"no_surveys": 1}


def test_nothing_is_divided_by_nothing(database: Database) -> None:
    with database.read() as connection:
        found = csat(connection, since=NOW, until=UNTIL)
    assert (found.asked, found.response_rate, found.satisfaction, found.score) == (0, None, None, None)


def test_the_latest_come_first(counted: Database) -> None:
    with counted.read() as connection:
        rows = latest_ratings(connection, limit=3)
    assert [row.subject for row in rows] == ["odd", "one", "three"]
    assert rows[1].address == "one@v.test"


def test_metrics(counted: Database) -> None:
    with counted.read() as connection:
        text = exposition(connection, UNTIL).decode()
        assert connection.execute(participants.select()).first() is not None
    assert 'gateway_surveys{state="asked"} 13.0' in text
    assert 'gateway_ratings{kind="satisfied"} 3.0' in text
    assert 'gateway_ratings{kind="dissatisfied"} 2.0' in text
