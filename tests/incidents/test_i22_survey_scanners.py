"""Incident I-22: scanners fetch every link of a survey. Not one of their fetches is a vote; a person's click is, once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from gateway.automation.worker import Automaton
from gateway.store.database import Database
from gateway.store.schema import contacts, ratings
from gateway.threading.model import Status
from gateway.threading.not_me import mint_not_me
from gateway.threading.survey_tokens import NO_SURVEYS, SurveyToken, mint_survey
from gateway.threading.tokens import mint_token
from tests.support.accepted import mail
from tests.support.need import need
from tests.support.notices import body, parsed
from tests.support.office import KEYRING, TestOffice
from tests.support.web import Browser, add_agent, logged_in, running, services
from tests.web.test_matrix import fingerprint

pytestmark = pytest.mark.xdist_group("weapon")

WORDS = {
    "en": ("The lamp is broken.", "How did we do?", "Very satisfied", "Send my answer", "It took too long"),
    "ko": ("조명이 켜지지 않습니다.", "상담은 만족스러우셨나요?", "매우 만족", "답변 보내기", "답변이 늦었습니다"),
    "ja": ("ランプが点灯しません。", "対応はいかがでしたか", "とても満足", "回答を送信", "対応に時間がかかった"),
}


@dataclass(frozen=True)
class Place:
    office: TestOffice
    automaton: Automaton
    port: int

    @property
    def browser(self) -> Browser:
        return Browser(self.port)

    def ask(self, text: str = "The lamp is broken.", sender: str = "Kim <kim@v.test>") -> int:
        """A ticket that was answered, solved, and is asked about; its number."""
        row = self.office.take(mail(text, sender=sender, subject=text), reverse_path="x@v.test")
        number = int(row.ticket_id)
        self.office.desk.reply(number, self.office.agent, "Done.", status=Status.SOLVED)
        self.automaton.once()
        self.office.later(days=1)
        self.automaton.once()
        assert self.office.outbox("csat")[-1].ticket_id == number
        return number

    def urls(self) -> list[str]:
        """Every path of ours in the last survey: text, HTML and header."""
        raw = self.office.outbox("csat")[-1].raw
        everything = body(raw, "plain") + body(raw, "html") + parsed(raw)["List-Unsubscribe"]
        return sorted(set(re.findall(r"https://desk\.example\.com(/[a-z-]+/[a-z2-7]{40}(?:\?choice=\d)?)", everything)))

    def page(self) -> str:
        return next(path.partition("?")[0] for path in self.urls() if path.startswith("/rate/"))

    def stop(self) -> str:
        return next(path for path in self.urls() if path.startswith("/no-surveys/"))

    def rating(self) -> Any:
        with self.office.database.read() as connection:
            return connection.execute(select(ratings)).one_or_none()

    def declined(self) -> int:
        with self.office.database.read() as connection:
            rows = connection.execute(select(contacts.c.id).where(contacts.c.no_surveys_at.is_not(None))).all()
        return len(rows)


@pytest.fixture
def place(sqlite_database: Database, tmp_path: Path) -> Iterator[Place]:
    office = TestOffice(
        sqlite_database,
        tmp_path,
        web={"base_url": "https://desk.example.com"},
        csat={"enabled": True, "person_days": 0},
    )
    automaton = Automaton(office.database, lambda: office.office, lambda: office.now)
    with running(services(office)) as port:
        yield Place(office, automaton, port)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(need("chromium")), args=["--no-sandbox"])
        yield browser
        browser.close()


def test_two_hundred_fetches_are_no_vote(place: Place) -> None:
    place.ask()
    urls = place.urls()
    assert len(urls) == 6, "five answers, and the way out"
    before = fingerprint(place)  # type: ignore[arg-type]
    fetched = 0
    for path in urls:
        for method in ("GET", "HEAD", "OPTIONS"):
            for _ in range(12):
                answer = place.browser.ask(method, path)
                assert answer.status == (405 if method == "OPTIONS" else 200)
                assert answer.cookies == ()
                fetched += 1
    assert fetched >= 200
    assert fingerprint(place) == before  # type: ignore[arg-type]
    assert place.rating() is None
    assert place.declined() == 0


@pytest.mark.real
def test_a_browser_that_runs_scripts_is_no_vote_and_a_click_is(place: Place, chromium: Chromium) -> None:
    place.ask()
    before = fingerprint(place)  # type: ignore[arg-type]
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in place.urls():
        page.goto(f"http://127.0.0.1:{place.port}{path}")
        page.mouse.move(100, 100)
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(700)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, "readable on a telephone"
    assert fingerprint(place) == before  # type: ignore[arg-type]

    page.goto(f"http://127.0.0.1:{place.port}{place.page()}?choice=4")
    assert page.get_by_label("4 Satisfied").is_checked()
    page.get_by_label("2 Dissatisfied").check()
    page.get_by_label("what was it").select_option(label="It took too long")
    page.get_by_label("Anything else").fill("Three days.\nThat is long.")
    page.get_by_role("button", name="Send my answer").click()
    page.wait_for_selector("[role=status]")
    page.reload()
    assert all(url.startswith(f"http://127.0.0.1:{place.port}/") for url in asked)
    page.close()
    rating = place.rating()
    assert (rating.value, rating.reason, rating.comment, rating.via) == (
        2,
        "slow",
        "Three days.\nThat is long.",
        "page",
    )
    assert len(place.office.events_of_kind("rated")) == 1


@pytest.mark.parametrize("language", WORDS)
def test_the_page_speaks_the_customers_language(place: Place, language: str) -> None:
    text, title, best, button, reason = WORDS[language]
    place.ask(text)
    answer = place.browser.get(f"{place.page()}?choice=5", Accept_Language="fr")
    assert f'<html lang="{language}">' in answer.text
    assert title in answer.text
    assert re.search(rf'value="5" required checked> <b>5</b> <span>{best}</span>', answer.text)
    assert f"{button}</button>" in answer.text
    assert f">{reason}</option>" in answer.text
    assert "<script" not in answer.text
    assert "kim@v.test" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    stop = place.browser.get(place.stop()).text
    assert f'<html lang="{language}">' in stop
    assert "k…@v.test" in stop


def test_a_post_counts_and_its_replay_changes_nothing_more(place: Place) -> None:
    place.ask()
    form = {"value": "5", "comment": "Quick!"}
    answer = place.browser.post(place.page(), form)
    assert (answer.status, answer.headers["location"]) == (303, place.page())
    after = fingerprint(place)  # type: ignore[arg-type]
    for _ in range(5):
        assert place.browser.post(place.page(), form).status == 303
    assert fingerprint(place) == after  # type: ignore[arg-type]
    shown = place.browser.get(place.page()).text
    assert "Your answer: Very satisfied" in shown
    assert "Quick!" not in shown, "whoever the mail is passed on to reads no comment"
    assert place.browser.post(place.page(), {"value": "1"}).status == 303
    assert (place.rating().value, place.rating().comment) == (1, "Quick!")


@pytest.mark.parametrize("value", ["", "0", "6", "x", "-1", "5.5", "5' OR 1=1", "9" * 30])
def test_only_offered_answers_count(place: Place, value: str) -> None:
    place.ask()
    assert place.browser.post(place.page(), {"value": value}).status == 400
    assert place.browser.post(place.page(), {"value": "3", "reason": "none of these"}).status == 400
    assert place.rating() is None


def test_after_the_window_the_page_says_so_and_takes_nothing(place: Place) -> None:
    place.ask()
    page = place.page()
    place.office.later(days=28, seconds=1)
    assert "is over" in place.browser.get(page).text
    answer = place.browser.post(page, {"value": "5"})
    assert (answer.status, "is over" in answer.text) == (200, True)
    assert place.rating() is None
    place.office.later(days=2)
    assert place.browser.get(page).status == 404


def test_our_own_people_do_not_rate(place: Place) -> None:
    place.ask()
    agent = add_agent(place.office, "lee@example.com")
    browser, csrf = logged_in(place.office, place.port, agent)
    browser.cookies = {"__Host-gateway": browser.cookies["gateway"]}  # its name where browsers reach us by https
    assert browser.get(place.page()).status == 200
    assert browser.post(place.page(), {"value": "5", "csrf": csrf}).status == 403
    assert place.rating() is None


def test_a_forged_token_is_like_any_path_that_leads_nowhere(place: Place) -> None:
    number = place.ask()
    good = place.page().rpartition("/")[2]
    (day, participant) = (place.office.now.date(), place.office.outbox("csat")[-1].participant_id)
    nowhere = place.browser.get("/nothing")
    stop = mint_survey(KEYRING, SurveyToken(number, participant, NO_SURVEYS), expires=day)
    forged = (
        mint_token(KEYRING, ticket=number, participant=participant, expires=day),
        mint_not_me(KEYRING, ticket=number, participant=participant, expires=day),
        mint_survey(KEYRING, SurveyToken(number, participant + 1, 0), expires=day),
        mint_survey(KEYRING, SurveyToken(number + 1, participant, 0), expires=day),
        stop,
        good[:-1] + ("a" if good[-1] != "a" else "b"),
        good.upper(),
        good[:-1],
        f"{good}a",
        "x",
        "%00",
    )
    before = fingerprint(place)  # type: ignore[arg-type]
    for token in forged:
        for answer in (place.browser.get(f"/rate/{token}"), place.browser.post(f"/rate/{token}", {"value": "5"})):
            assert (answer.status, answer.body) == (404, nowhere.body), token
    for answer in (place.browser.get(f"/no-surveys/{good}"), place.browser.post(f"/no-surveys/{good}", {})):
        assert (answer.status, answer.body) == (404, nowhere.body), "a rating link ends no surveys"
    assert fingerprint(place) == before  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
        ),
    ],
)
def test_mail_programs_end_surveys_with_one_post(place: Place, kind: str, sent: bytes) -> None:
    """RFC 8058: no cookie, no redirect, either kind of form."""
    number = place.ask()
    for _ in range(2):
        answer = place.browser.ask("POST", place.stop(), sent, {"Content-Type": kind})
        assert answer.status == 200
        assert "You will get no more surveys" in answer.text
    assert place.declined() == 1
    assert len(place.office.events_of_kind("no_surveys")) == 1
    row = place.office.take(mail("Another", sender="kim@v.test", subject="Another"), reverse_path="kim@v.test")
    place.office.desk.reply(int(row.ticket_id), place.office.agent, "Done.", status=Status.SOLVED)
    place.automaton.once()
    place.office.later(days=1)
    place.automaton.once()
    assert [row.ticket_id for row in place.office.outbox("csat")] == [number]
    assert place.browser.post(place.page(), {"value": "5"}).status == 303, "the answer to this one still counts"
