import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.automation.worker import Automaton
from gateway.config.load import load_all
from gateway.desk.office import Office
from gateway.store.agents import create_agent
from gateway.store.database import Database
from tests.support.accepted import NOW, mail
from tests.support.office import KEYRING, TestOffice

GATEWAY = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - {id: example, name: Example Support, addresses: [support@example.com]}
trust: {verify: false}
"""


@dataclass
class House:
    """A gateway with rules, promises and teams as an admin writes them, on each engine."""

    office: TestOffice
    automaton: Automaton
    folder: Path

    def take_over(self, **files: str) -> None:
        """Write these files (``rules``, ``sla`` ...) beside the configuration and put it into force."""
        for name, text in {"gateway": GATEWAY, **files}.items():
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


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    office = TestOffice(database, tmp_path)
    with database.write() as connection:
        create_agent(connection, address="lee@example.com", name="Lee", role="agent", language="en", now=NOW)
    return House(office, Automaton(database, lambda: office.office, lambda: office.now), tmp_path)


@pytest.fixture
def ruled(house: House) -> Callable[..., House]:
    """``ruled(rules=...)``: the house with these files in force."""

    def take_over(**files: str) -> House:
        house.take_over(**files)
        return house

    return take_over


ON_EACH_ENGINE = ("test_worker.py", "test_ticks_by_index.py", "test_assigning_at_once.py")
"""Where SQL, locks or several nodes matter. What is decided above them is the same on both engines, and is tried on SQLite."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the second engine out where it would only cost time; tests of two nodes keep it."""
    here = Path(__file__).parent
    left_out = [
        item
        for item in items
        if item.path.parent == here
        and item.path.name not in ON_EACH_ENGINE
        and "[postgresql" in item.name
        and "two_nodes" not in item.name
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
