import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.automation.worker import Automaton
from gateway.config.load import load_all
from gateway.desk.office import Office
from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.office import KEYRING, TestOffice

GATEWAY = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - {id: example, name: Example Support, addresses: [support@example.com]}
trust: {verify: false}
"""
FIELDS = """\
fields:
  - {id: order, type: pattern, pattern: '[A-Z]{2}-[0-9]{6}', purpose: routing, label: {en: Order number, ko: 주문 번호}}
  - {id: amount, type: number, min: 0}
  - {id: parts, type: choices, choices: [lid, base, cable]}
  - {id: invoice_day, type: date, teams: [billing]}
  - id: category
    type: tree
    required: solve
    tree:
      Delivery: {Late: [Courier, Warehouse], Lost: }
      Payment: [Card, Bank transfer]
statuses:
  - {id: waiting-for-parts, category: on_hold, label: {ko: 부품 대기, ja: 部品待ち}}
  - {id: in-repair, category: open, sla: pause, waiting_on: third}
  - {id: refunded, category: solved}
matrix: {}
"""


@dataclass
class House:
    """A gateway with fields and statuses as an admin writes them."""

    office: TestOffice
    automaton: Automaton
    folder: Path

    def take_over(self, **files: str) -> None:
        """Write these files (``rules``, ``sla`` ...) beside the configuration and put it into force."""
        for name, text in {"gateway": GATEWAY, "fields": FIELDS, **files}.items():
            (self.folder / f"{name}.yaml").write_text(text, "utf-8")
        loaded = load_all(self.folder / "gateway.yaml", {"GATEWAY__DATA_DIR": str(self.folder)})
        self.office.office = Office(loaded, KEYRING, os.urandom)

    def follow(self) -> int:
        """Let everything follow from what happened and from time; how many tickets were looked at."""
        return self.automaton.once()[0]

    def write(self, text: str = "The lamp does not light up.", **of_mail: str) -> int:
        """A customer's first mail; the number of its ticket."""
        return int(self.office.take(mail(text, **of_mail)).ticket_id)  # type: ignore[arg-type]

    def reply(self, number: int, text: str = "Still dark.") -> None:
        address = self.office.reply_to(number)
        self.office.take(mail(text, to=address), to=(address,))

    def told(self, number: int, kind: str) -> list[dict[str, Any]]:
        """What the ticket's events of this kind say."""
        return [dict(event.data) for event in self.office.events(number, kind)]


def _house(database: Database, folder: Path) -> House:
    office = TestOffice(database, folder)
    house = House(office, Automaton(database, lambda: office.office, lambda: office.now), folder)
    house.take_over()
    return house


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path) -> House:
    return _house(sqlite_database, tmp_path)


@pytest.fixture
def house_everywhere(database: Database, tmp_path: Path) -> House:
    """The same on each engine."""
    return _house(database, tmp_path)
