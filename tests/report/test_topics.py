"""What customers write about, counted beside the time before."""

from datetime import timedelta
from pathlib import Path

from gateway.automation.worker import Automaton
from gateway.desk.ticket_model import set_fields, set_type
from gateway.report.topics import FILLED, Topic, Topics, topics
from gateway.store.database import Database
from tests.automation.conftest import House
from tests.support.office import TestOffice
from tests.support.web import logged_in, running, services

FIELDS = """\
fields:
  - {id: order, type: text}
  - {id: colours, type: choices, choices: [red, blue]}
  - {id: gift, type: yes_no}
  - {id: category, type: tree, tree: {Delivery: [Late, Lost], Payment: [Card]}}
  - {id: nobody, type: text}
"""


def lived_in(database: Database, folder: Path) -> House:
    """A week with one ticket, and one with two."""
    office = TestOffice(database, folder)
    house = House(office, Automaton(database, lambda: office.office, lambda: office.now), folder)
    house.take_over(fields=FIELDS)
    written = (
        (["late"], "incident", {"category": "Delivery > Late", "gift": "no"}),
        (["late", "angry"], "", {"category": "Delivery > Lost", "order": "A-1", "colours": "red, blue"}),
        (["late"], "question", {"category": "Payment", "gift": "yes", "order": "B-2"}),
    )
    for number, (tags, kind, values) in enumerate(written, 1):
        house.write(message_id=f"{number}@customer.example", sender=f"{number}@customer.example")
        office.desk.tag(number, office.agent, add=tags)
        set_type(office.desk, number, kind, office.agent)
        set_fields(office.desk, number, values, office.agent)
        office.later(days=7 if number == 1 else 1)
    return house


def found(house: House, most: int | None = None) -> Topics:
    office = house.office
    with office.database.read() as connection:
        return topics(connection, office.office, office.now - timedelta(days=7), office.now, most=most)


def test_tags_types_and_fields_beside_the_time_before(database: Database, tmp_path: Path) -> None:
    house = lived_in(database, tmp_path)
    told = found(house)
    assert (told.tickets, told.before, told.unused) == (2, 1, ("nobody",))
    assert told.topics == (
        Topic("field:category", "Delivery", 1, 1),
        Topic("field:category", "Payment", 1, 0),
        Topic("field:colours", "blue", 1, 0),
        Topic("field:colours", "red", 1, 0),
        Topic("field:gift", "yes", 1, 0),
        Topic("field:gift", "no", 0, 1),
        Topic("field:order", FILLED, 2, 0),
        Topic("tag", "late", 2, 1),
        Topic("tag", "angry", 1, 0),
        Topic("type", "question", 1, 0),
        Topic("type", "incident", 0, 1),
    )
    assert found(house, most=1).tickets == 1
    house.office.desk.merge(2, 3, house.office.agent)
    assert found(house).tickets == 1, "a merged ticket is counted where it is now"


def test_on_the_page(sqlite_database: Database, tmp_path: Path) -> None:
    house = lived_in(sqlite_database, tmp_path)
    with running(services(house.office)) as port:
        page = logged_in(house.office, port, house.office.agent)[0].get("/reports?days=7")
    assert page.status == 200
    assert "What customers write about" in page.text
    assert "Fields that no ticket of this time has: nobody" in page.text
