"""A gateway between journal and outbox, with files as an admin writes them, and its web view where a test asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lifecycle.conftest import House, house
from tests.support.web import Answer, Browser, add_agent, logged_in, running, services

__all__ = ["House", "house"]


@dataclass(frozen=True)
class Visitor:
    """Somebody who is logged in."""

    browser: Browser
    csrf: str

    def get(self, path: str) -> Answer:
        return self.browser.get(path)

    def post(self, path: str, **fields: object) -> Answer:
        return self.browser.post(path, {"csrf": self.csrf, **fields})


@dataclass(frozen=True)
class Web:
    house: House
    port: int

    def visitor(self, agent: int | None = None) -> Visitor:
        """The admin Kim unless said otherwise."""
        return Visitor(*logged_in(self.house, self.port, self.house.agent if agent is None else agent))

    def newcomer(self, address: str, **of_agent: str) -> Visitor:
        return self.visitor(add_agent(self.house, address, **of_agent))


@pytest.fixture
def web(house: House) -> Iterator[Web]:
    with running(services(house)) as port:
        yield Web(house, port)
