"""The web view over a real socket, on top of an office with a real pipeline; and a small browser without scripts."""

import asyncio
import http.client
import os
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from html import unescape
from urllib.parse import urlencode

from gateway.store.agents import create_agent, set_password
from gateway.store.passwords import hash_password
from gateway.store.sessions import start_session
from gateway.web.app import make_app, serve
from gateway.web.services import Services, template_loader
from tests.support.office import TestOffice

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)


def services(office: TestOffice) -> Services:
    return Services(
        database=office.database,
        blobs=office.journal.blobs,
        desk=office.desk,
        configuration=lambda: office.office.configuration,
        keyring=lambda: office.office.keyring,
        clock=lambda: office.now,
        entropy=os.urandom,
        free_bytes=lambda: 10**11,
        templates=template_loader(),
        zone=timezone(timedelta(hours=9)),
    )


@contextmanager
def running(given: Services) -> Iterator[int]:
    """Serve in a thread; gives the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(serve([listening], make_app(given), stop)), daemon=True
    )
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        assert not thread.is_alive(), "the server did not stop"
        loop.close()
        listening.close()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    cookies: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.text)
        assert found, "the page has no form"
        return unescape(found[1])


@dataclass
class Browser:
    """Keeps cookies, follows nothing by itself."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = dict(self.headers)
            if self.cookies:
                sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body=body, headers={**sent, **(headers or {})})
            response = connection.getresponse()
            received = response.getheaders()
            set_cookies = tuple(value for name, value in received if name.lower() == "set-cookie")
            for cookie in set_cookies:
                name, _, rest = cookie.partition("=")
                value = rest.partition(";")[0].strip('"')
                if "max-age=0" in cookie.lower() or not value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = value
            return Answer(
                response.status, {name.lower(): value for name, value in received}, response.read(), set_cookies
            )
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, fields: Mapping[str, object], **headers: str) -> Answer:
        return self.ask(
            "POST",
            path,
            urlencode(fields),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    def log_in(self, address: str, password: str = PASSWORD) -> Answer:
        form = self.get("/login")
        return self.post("/login", {"csrf": form.csrf(), "address": address, "password": password})


def add_agent(office: TestOffice, address: str, *, role: str = "agent", language: str = "en", name: str = "") -> int:
    """An agent with ``PASSWORD``."""
    with office.database.write() as connection:
        agent = create_agent(connection, address=address, name=name, role=role, language=language, now=office.now)
        set_password(connection, agent.id, HASH, one_time=False)
    return agent.id


def logged_in(office: TestOffice, port: int, agent: int) -> tuple[Browser, str]:
    """A browser with a session, without the wait for a password hash; and its form token."""
    token, csrf = os.urandom(32).hex(), os.urandom(24).hex()
    with office.database.write() as connection:
        start_session(connection, agent, token=token, csrf=csrf, now=office.now, peer="127.0.0.1", user_agent="tests")
    return Browser(port, cookies={"gateway": token}), csrf
