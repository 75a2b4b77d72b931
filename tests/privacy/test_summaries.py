"""Numbers that nobody may see in the mails that name many tickets at once: the day's summary, and promises that are about to break."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.automation.worker import Automaton
from gateway.desk.daily import send_summaries
from gateway.desk.promise_mail import MOST
from gateway.store.database import Database
from gateway.store.notifications import set_notifications
from gateway.store.schema import contacts, tickets
from tests.automation.conftest import House
from tests.automation.test_promise_storm import promised
from tests.support.office import TestOffice

CARD, HIDDEN = "4111111111111111", "411111******1111"


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path) -> House:
    """Late promises on tickets with a card number for a subject, of a customer who is called like one."""
    office = TestOffice(sqlite_database, tmp_path)
    house = House(office, Automaton(sqlite_database, lambda: office.office, lambda: office.now), tmp_path)
    promised(house, MOST + 3)
    with office.database.write() as connection:
        connection.execute(update(tickets).values(subject=f"Card {CARD}"))
        connection.execute(update(contacts).values(name=f"Lee {CARD}"))
    return house


def words(raw: bytes) -> str:
    message = message_from_bytes(raw, policy=policy.default)
    parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join((str(message["Subject"]), *parts))


def test_the_summary_of_promises(house: House) -> None:
    house.office.later(days=2)
    house.follow()
    house.office.later(minutes=15)
    house.follow()
    (told,) = [row for row in house.office.outbox("agent") if row.once_key.startswith("promise-summary:")]
    assert f"Card {HIDDEN}" in words(told.raw)
    assert not any(CARD in words(row.raw) for row in house.office.outbox("agent"))


def test_the_summary_of_the_day(house: House) -> None:
    office = house.office
    with office.database.write() as connection:
        set_notifications(connection, office.agent, ("daily",))
    send_summaries(office.database, office.office, office.now)
    office.later(days=1)
    assert send_summaries(office.database, office.office, office.now) == 1
    (told,) = [row for row in office.outbox("agent") if "daily" in row.once_key]
    assert f"Card {HIDDEN}" in words(told.raw)
    assert f"Lee {HIDDEN}" in words(told.raw)
    assert CARD not in words(told.raw)
