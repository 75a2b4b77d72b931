"""An office whose agents log in at an OpenID Connect provider."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from gateway.config.model import Web as WebSettings
from gateway.store.database import Database
from gateway.store.schema import agent_identities, agents, login_failures, sessions
from tests.support.databases import SqliteFiles
from tests.support.office import TestOffice
from tests.support.oidc_provider import Lies, Provider
from tests.support.web import Answer, Browser, add_agent, running, services


@dataclass
class Company:
    """An office whose agents log in at the provider."""

    office: TestOffice
    provider: Provider
    port: int
    agent: int  # lee@example.com; there is kim@partner.example too

    def begin_anew(self) -> None:
        """Honest people, no links, no sessions, and accounts as they come."""
        self.office.now = datetime.now(UTC)
        self.provider.lies = Lies()
        self.provider.user("sub-lee", email="lee@example.com", email_verified=True)
        self.provider.asked.clear()
        with self.office.database.write() as connection:
            for table in (agent_identities, sessions, login_failures):
                connection.execute(table.delete())
            connection.execute(agents.update().values(active=True))

    def begin(self) -> tuple[Browser, str]:
        """A browser that has just been sent to the provider, and where to."""
        browser = Browser(self.port)
        answer = browser.get("/login/oidc?next=/tickets")
        assert answer.status == 303, answer.text
        return browser, answer.headers["location"]

    def log_in(self, subject: str) -> tuple[Browser, Answer]:
        browser, address = self.begin()
        return browser, come_back(browser, self.provider.log_in(address, subject))

    def links(self) -> list[tuple[int, str]]:
        return [(row.agent_id, row.subject) for row in self.office.rows(agent_identities)]

    def refused(self, answer: Answer, browser: Browser) -> None:
        """Nobody got in, and nothing of it is remembered."""
        assert answer.status == 403, answer.text
        assert "gateway" not in browser.cookies
        assert self.office.rows(sessions) == []
        assert self.links() == []


def come_back(browser: Browser, address: str) -> Answer:
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


@contextmanager
def oidc_company(files: SqliteFiles, directory: Path, provider: Provider) -> Iterator[Company]:
    database = Database(files.create(directory))
    settings = {
        "base_url": "http://127.0.0.1",  # the provider sends browsers there; tests follow by themselves
        "oidc": {
            "issuer": provider.issuer,
            "client_id": "desk",
            "client_secret": "s3cret/ +",
            "label": "Keycloak",
            "trusted_domains": ["example.com"],
        },
    }
    office = TestOffice(database, directory, web=WebSettings.model_validate(settings))
    office.now = datetime.now(UTC)  # the provider has the clock of the world
    agent = add_agent(office, "lee@example.com", name="Lee")
    add_agent(office, "kim@partner.example", name="Partner")
    with running(services(office)) as port:
        yield Company(office, provider, port, agent)
    database.dispose()
