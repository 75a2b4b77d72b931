"""Incident I-22: programs that fetch every link of a mail. Looking says nothing; the button does; the page is the customer's alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from gateway.store.database import Database
from gateway.store.schema import silences, ticket_tags
from gateway.threading.tokens import mint_token
from tests.support.accepted import mail
from tests.support.need import need
from tests.support.notices import body
from tests.support.office import KEYRING, TestOffice
from tests.support.web import Browser, running, services
from tests.web.test_matrix import fingerprint

pytestmark = pytest.mark.xdist_group("weapon")

KIM = "Kim <kim@v.test>"
WORDS = {
    "en": ("The lamp is broken.", "This was not me"),
    "ko": ("조명이 켜지지 않습니다.", "제가 보낸 게 아닙니다"),
    "ja": ("ランプが点灯しません。", "私ではありません"),
}


@dataclass(frozen=True)
class Place:
    office: TestOffice
    port: int

    @property
    def browser(self) -> Browser:
        return Browser(self.port)

    def link(self, number: int = -1) -> str:
        """The path of "this was not me" in an acknowledgement."""
        raw = self.office.outbox("ack")[number].raw
        in_text = re.findall(r"https://desk\.example\.com(/not-me/[a-z2-7]{40})", body(raw, "plain"))
        in_html = re.findall(r"https://desk\.example\.com(/not-me/[a-z2-7]{40})", body(raw, "html"))
        assert in_text == in_html[:1]
        assert len(in_text) == 1
        return str(in_text[0])


@pytest.fixture
def place(sqlite_database: Database, tmp_path: Path) -> Iterator[Place]:
    office = TestOffice(sqlite_database, tmp_path, web={"base_url": "https://desk.example.com"})
    office.take(mail(sender=KIM), reverse_path="kim@v.test")
    with running(services(office)) as port:
        yield Place(office, port)


def test_scanners_change_nothing(place: Place) -> None:
    path = place.link()
    before = fingerprint(place)  # type: ignore[arg-type]
    for method in ("GET", "HEAD", "OPTIONS"):
        for _ in range(20):
            answer = place.browser.ask(method, path)
            assert answer.status == (405 if method == "OPTIONS" else 200)
            assert answer.cookies == ()
    assert fingerprint(place) == before  # type: ignore[arg-type]


@pytest.mark.real
def test_a_browser_that_looks_changes_nothing_and_a_click_does(place: Place) -> None:
    path = place.link()
    before = fingerprint(place)  # type: ignore[arg-type]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(need("chromium")), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 360, "height": 640})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://127.0.0.1:{place.port}{path}")
        page.mouse.move(100, 100)
        page.wait_for_timeout(1000)
        assert fingerprint(place) == before  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, "readable on a telephone"
        page.get_by_role("button", name=WORDS["en"][1]).click()
        page.wait_for_selector("[role=status]")
        assert all(url.startswith(f"http://127.0.0.1:{place.port}/") for url in asked)
        chromium.close()
    (silence,) = _silences(place)
    assert (silence.address, silence.how) == ("kim@v.test", "link")


def _silences(place: Place) -> list[Any]:
    with place.office.database.read() as connection:
        return list(connection.execute(silences.select()))


@pytest.mark.parametrize("language", WORDS)
def test_the_page_speaks_the_recipients_language(place: Place, language: str) -> None:
    text, button = WORDS[language]
    place.office.later(hours=2)
    place.office.take(mail(text, sender="lee@v.test", subject=text), reverse_path="lee@v.test")
    answer = place.browser.get(place.link(), Accept_Language="fr")
    assert f'<html lang="{language}">' in answer.text
    assert f"{button}</button>" in answer.text
    assert "l…@v.test" in answer.text
    assert "lee@v.test" not in answer.text, "a mail that is passed on must not tell whose it was"
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_button_silences_the_address_and_marks_its_tickets(place: Place) -> None:
    office, path = place.office, place.link()
    office.take(mail("Another", sender=KIM, subject="Another"), reverse_path="kim@v.test")
    office.take(mail("Not theirs", sender="lee@v.test", subject="Lee"), reverse_path="lee@v.test")
    answer = place.browser.post(path, {})
    assert (answer.status, answer.headers["location"]) == (303, path)
    assert WORDS["en"][1] not in place.browser.get(path).text
    with office.database.read() as connection:
        tagged = sorted(row.ticket_id for row in connection.execute(ticket_tags.select()) if row.tag == "not-me")
    assert tagged == [1, 2]
    assert [event.data["how"] for event in office.events_of_kind("not_me")] == ["link", "link"]
    assert [event.data["reason"] for event in office.events(None, "alarm")] == ["not_me"]

    after = fingerprint(place)  # type: ignore[arg-type]
    for _ in range(3):
        assert place.browser.post(path, {"anything": "x"}).status == 303
    assert fingerprint(place) == after, "said again, it changes nothing more"  # type: ignore[arg-type]

    office.later(hours=30)
    office.take(mail("Once more", sender=KIM, subject="Once more"), reverse_path="kim@v.test")
    assert office.events_of_kind("suppressed")[-1].data["reason"] == "silenced"
    office.later(days=181)
    office.take(mail("Months later", sender=KIM, subject="Months later"), reverse_path="kim@v.test")
    assert office.outbox("ack")[-1].ticket_id == 5, "it ends by itself"


def test_a_forged_link_is_like_any_path_that_leads_nowhere(place: Place) -> None:
    good = place.link().rpartition("/")[2]
    reply = mint_token(KEYRING, ticket=1, participant=1, expires=place.office.now.date())
    nowhere = place.browser.get("/nothing")
    for token in (
        reply,
        good[:-1] + ("a" if good[-1] != "a" else "b"),
        good.upper(),
        good[:-1],
        good + "a",
        "x",
        "%00",
    ):
        for answer in (place.browser.get(f"/not-me/{token}"), place.browser.post(f"/not-me/{token}", {})):
            assert answer.status == 404
            assert answer.body == nowhere.body
    place.office.later(days=91)
    assert place.browser.get(f"/not-me/{good}").body == nowhere.body, "too old"
    assert _silences(place) == []


@pytest.mark.parametrize(
    ("reply", "silent"),
    [
        ("not me", True),
        ("This was not me!", True),
        ("It wasn't me.", True),
        ("제가 보낸 게 아닙니다", True),
        ("제가 보낸 메일이 아닙니다.", True),
        ("私ではありません", True),
        ("私ではありません。", True),
        ("身に覚えがありません。", True),
        ("It was not me who broke the lamp, it arrived like this.", False),
        ("없습니다", False),
        ("Thank you", False),
    ],
)
def test_an_answer_in_so_many_words(place: Place, reply: str, silent: bool) -> None:
    office = place.office
    row = office.take(mail(reply, sender=KIM, subject="Re: Lamp"), to=(office.reply_to(1),), reverse_path="kim@v.test")
    assert row.ticket_id == 1
    assert [it.how for it in _silences(place)] == (["reply"] if silent else [])


def test_words_count_no_more_once_somebody_answered(place: Place) -> None:
    office = place.office
    office.desk.reply(1, office.agent, "Who ordered the second lamp?")
    office.take(mail("Not me.", sender=KIM, subject="Re: Lamp"), to=(office.reply_to(1),), reverse_path="kim@v.test")
    assert _silences(place) == []


def test_a_mail_to_the_address_of_the_notice(sqlite_database: Database, tmp_path: Path) -> None:
    """Without a web address the notice names a mailbox of its own: a mail to it says it, whatever it says."""
    office = TestOffice(sqlite_database, tmp_path)
    office.take(mail(sender=KIM), reverse_path="kim@v.test")
    found = re.search(
        r"mailto:(reply\+[a-z2-7]{40}@reply\.example\.com)\?subject=not%20me", body(office.outbox()[0].raw, "html")
    )
    assert found is not None
    assert found[1] != office.reply_to(1)
    row = office.take(mail("", sender="Mum <other@v.test>", subject="not me"), to=(found[1],))
    assert (row.fate, row.ticket_id) == ("silent", 1)
    assert office.ticket(1).status == "new"
    assert [event.data["how"] for event in office.events(1, "not_me")] == ["reply"]
    forged = found[1].replace(found[1][10:12], "aa" if found[1][10:12] != "aa" else "bb")
    row = office.take(mail("", sender="Mum <other@v.test>", subject="not me"), to=(forged,))
    assert row.fate != "silent"
