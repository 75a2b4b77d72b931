import os
from collections.abc import Callable
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
  - {id: example, name: Example Support, addresses: [support@example.com], time_zone: Asia/Seoul%s}
trust: {verify: false, unverified: forwarded}
%s
"""


class House(TestOffice):
    """A gateway whose files one writes, with everything that follows from events and from time."""

    __test__ = False
    folder: Path
    automaton: Automaton

    def take_over(self, gateway: str = "", brand: str = "", **files: str) -> None:
        """Put these files into force; ``gateway`` and ``brand`` are more settings of gateway.yaml and of its brand."""
        written = {"gateway": GATEWAY % (f", {brand}" if brand else "", gateway), **files}
        for name, text in written.items():
            (self.folder / f"{name}.yaml").write_text(text, "utf-8")
        self.reload()

    def reload(self) -> None:
        """Put what stands in the files into force."""
        loaded = load_all(self.folder / "gateway.yaml", {"GATEWAY__DATA_DIR": str(self.folder)})
        self.office = Office(loaded, KEYRING, os.urandom)

    def follow(self) -> None:
        self.automaton.once()

    def write(self, text: str = "The lamp does not light up.", **of_mail: str) -> int:
        return int(self.take(mail(text, **of_mail)).ticket_id)

    def say(self, number: int, text: str, **of_mail: object) -> int:
        """The requester answers; the number of the ticket on which it ends."""
        address = self.reply_to(number)
        raw = mail(text, **{"to": address, "subject": "Re: Lamp", **of_mail})  # type: ignore[arg-type]
        return int(self.take(raw, to=(address,)).ticket_id)

    def kinds(self, number: int) -> list[str]:
        return [event.kind for event in self.events(number)]


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path) -> House:
    made = House(sqlite_database, tmp_path)
    made.folder = tmp_path
    made.automaton = Automaton(sqlite_database, lambda: made.office, lambda: made.now)
    with sqlite_database.write() as connection:
        create_agent(connection, address="lee@example.com", name="Lee", role="agent", language="ko", now=NOW)
    made.take_over()
    return made


@pytest.fixture
def ruled(house: House) -> Callable[..., House]:
    """``ruled(teams=...)``: the house with these files in force."""

    def take_over(**files: str) -> House:
        house.take_over(**files)
        return house

    return take_over
