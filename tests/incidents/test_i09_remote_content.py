"""I-9, remote content and what style sheets give away: a mail that is read tells nobody, not even by a name that is looked up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.mail.read import read
from gateway.store.database import Database
from gateway.store.schema import messages
from tests.support.accepted import NOW, accepted
from tests.support.hostile_mail import mail_of_one_part, vectors
from tests.support.office import TestOffice
from tests.support.watched_browser import Watched, looked_up, watched_browser
from tests.support.web import logged_in, running, services
from tests.web.conftest import Web, hire

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("xss")]

FORMS = vectors("remote_vectors.txt")


@pytest.fixture
def fetching(sqlite_database: Database, tmp_path: Path) -> Iterator[Web]:
    """Each form as the HTML of a mail."""
    office = TestOffice(sqlite_database, tmp_path, limits={"enabled": False})
    agent, newcomer = hire(office)
    office.journal.append(
        [
            accepted(
                mail_of_one_part("text/html; charset=utf-8", f"<p>seen</p>{form}".encode(), number, office.now),
                at=office.now,
            )
            for number, form in enumerate(FORMS)
        ]
    )
    office.work()
    with running(services(office)) as port:
        yield Web(office, port, agent, newcomer, 1)


def look(web: Web, watched: Watched) -> list[int]:
    browser, _ = logged_in(web.office, web.port, web.office.agent)
    watched.context.add_cookies([{"name": "gateway", "value": browser.cookies["gateway"], "url": watched.home}])
    return [row.id for row in web.office.rows(messages) if row.html is not None]


def test_reading_a_mail_asks_nobody(fetching: Web, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    with watched_browser(fetching.port, log) as watched:
        numbers = look(fetching, watched)
        assert len(numbers) == len(FORMS) >= 40
        assert watched.open_frames([f"/messages/{number}/html" for number in numbers], settle=0.5) == len(numbers)
        for ticket in (1, len(FORMS) // 2, len(FORMS)):  # as an agent sees them, unfolded
            watched.open(f"/tickets/{ticket}")
            watched.page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
            watched.page.locator("iframe").first.scroll_into_view_if_needed()
        watched.page.wait_for_timeout(300)
        assert watched.harm == {}
    assert looked_up(log, "evil.example") == [], "in Chromium's own log of its network"


def test_without_the_sanitiser_and_the_policy_they_do(
    fetching: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch itself."""
    monkeypatch.setattr("gateway.web.pages.mail.FRAME_POLICY", "img-src *")
    monkeypatch.setattr("gateway.web.pages.mail.message_html", lambda _, number: FORMS[number])
    log = tmp_path / "net.json"
    with watched_browser(fetching.port, log) as watched:
        look(fetching, watched)
        watched.open_frames([f"/messages/{number}/html" for number in range(len(FORMS))], settle=0.8)
        asked = len(watched.proxied)
    assert asked > 5, "hosts are asked once each by CONNECT: the proxy lets none through"
    named = looked_up(log, "evil.example")
    assert len([line for line in named if "https://" in line]) > 25, named


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_no_address_survives(number: int) -> None:
    """Whatever browser shows it later: the HTML names nobody to ask. Links that a person clicks stay links."""
    message = read(mail_of_one_part("text/html; charset=utf-8", FORMS[number].encode(), number, NOW))
    html = message.html or ""
    assert "evil.example" not in html.replace('<a href="https://evil.example/60"', "").replace(
        "cid:https://evil.example", ""
    )
    assert "url(" not in html.lower()


def test_what_was_taken_out_is_counted() -> None:
    html = "<img src=https://evil.example/a.png width=600><img src=https://evil.example/p.gif width=1 height=1>"
    message = read(mail_of_one_part("text/html; charset=utf-8", html.encode(), 1, NOW))
    assert (message.remote_content, message.tracking_pixels) == (2, 1)
