"""A running web view: one office with a day's mail that tests only look at, and small fresh ones that they may change."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.store.agents import set_password
from gateway.store.database import Database
from gateway.store.schema import messages
from tests.support.accepted import mail
from tests.support.databases import SqliteFiles
from tests.support.day import live_through, quarantine
from tests.support.office import TestOffice
from tests.support.web import HASH, Browser, add_agent, logged_in, running, services


@dataclass(frozen=True)
class Web:
    office: TestOffice
    port: int
    agent: int  # of role agent
    newcomer: int  # must change a one-time password
    quarantined: int = 0  # journal id

    def browser(self, agent: int | None = None) -> tuple[Browser, str]:
        """A browser that is logged in (as the admin unless said otherwise), and its form token."""
        return logged_in(self.office, self.port, self.office.agent if agent is None else agent)

    def stranger(self) -> Browser:
        return Browser(self.port)

    def formatted_message(self) -> tuple[int, str]:
        """A mail with an HTML body, and the part of its attachment."""
        row = next(row for row in self.office.rows(messages, messages.c.html.is_not(None)) if row.attachments)
        return row.id, row.attachments[0]["part"]


def hire(office: TestOffice) -> tuple[int, int]:
    """An agent, and an admin with a one-time password."""
    agent = add_agent(office, "haruka@example.com", name="小林 遥", language="ja")
    newcomer = add_agent(office, "new@example.com", name="New", role="admin")
    with office.database.write() as connection:
        set_password(connection, newcomer, HASH, one_time=True)
        set_password(connection, office.agent, HASH, one_time=False)
    return agent, newcomer


@pytest.fixture(scope="session")
def web(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """For looking at: whoever changes something puts it back. What differs between engines is tested in tests/store."""
    directory = tmp_path_factory.mktemp("web")
    database = Database(sqlite_files.create(directory))
    office = TestOffice(database, directory)
    agent, newcomer = hire(office)
    live_through(office, agent)
    number = quarantine(office, b"From: x@shop.example\r\nSubject: odd\r\n\r\nodd\r\n")
    with running(services(office)) as port:
        yield Web(office, port, agent, newcomer, number)
    database.dispose()


@pytest.fixture
def small(sqlite_database: Database, tmp_path: Path) -> Iterator[Web]:
    """For changing: one ticket, from Hong, about a lamp."""
    office = TestOffice(sqlite_database, tmp_path)
    agent, newcomer = hire(office)
    office.take(mail(sender="Hong <hong@customer.example>"))
    with running(services(office)) as port:
        yield Web(office, port, agent, newcomer)
