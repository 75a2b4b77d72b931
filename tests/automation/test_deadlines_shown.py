"""Deadlines where people look: the list and the ticket page in three languages, by the rows that automation keeps."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from gateway.automation.worker import Automaton
from gateway.clockwork import close_solved_tickets
from gateway.store.database import Database
from gateway.store.promise_views import PromiseState, promises_of
from gateway.store.schema import agents
from gateway.threading.model import Status
from gateway.web.pages.promises import deadline
from tests.automation.conftest import House
from tests.support.accepted import mail
from tests.support.office import TestOffice
from tests.support.web import logged_in, running, services

CALENDARS = "calendars: [{id: office, time_zone: Asia/Seoul, hours: {mon-fri: 09:00-18:00}}]\n"
SLA = """\
policies:
  - id: standard
    calendar: office
    targets:
      urgent: {first_reply: 1h}
      any: {first_reply: 8h 30m, next_reply: 2h, resolution: 20h}
"""
LANGUAGES = pytest.mark.parametrize("language", ["en", "ko", "ja"])
ZONED = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - {id: example, name: Example Support, addresses: [support@example.com], time_zone: Asia/Seoul}
trust: {verify: false}
"""


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path) -> House:
    """Pages are the same on each engine."""
    office = TestOffice(sqlite_database, tmp_path)
    return House(office, Automaton(sqlite_database, lambda: office.office, lambda: office.now), tmp_path)


@pytest.fixture
def promising(house: House) -> House:
    """Three tickets: 1 may take long, 2 is answered, 3 is urgent. It is Thursday, 11:00 in Seoul."""
    house.take_over(calendars=CALENDARS, sla=SLA, gateway=ZONED)
    house.office.later(hours=-7)
    for number in range(3):
        house.write(f"Words of {number}.", subject=f"Subject {number}", message_id=f"m{number}@customer.example")
    house.follow()
    house.office.later(minutes=30)
    house.office.desk.reply(2, house.office.agent, "Try this.", status=Status.PENDING)
    house.office.desk.priority(3, "urgent", house.office.agent)
    house.follow()
    return house


def looked_at(house: House, path: str, language: str) -> str:
    with house.office.database.write() as connection:
        connection.execute(update(agents).values(language=language))
    with running(services(house.office)) as port:
        browser, _ = logged_in(house.office, port, house.office.agent)
        text = browser.get(path).text
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@LANGUAGES
def test_the_list_says_what_is_left_and_what_is_late(promising: House, language: str) -> None:
    promising.office.later(minutes=50)  # 20 minutes late; eight hours and ten minutes of which a night lies between
    with running(services(promising.office)) as port:
        browser, _ = logged_in(promising.office, port, promising.office.agent)
        plain = browser.get("/tickets?view=all&sort=due")
    shown = looked_at(promising, "/tickets?view=all&sort=due", language)
    late, left, name = {
        "en": ("20 min late", "22 h 10 min left", "By deadline"),
        "ko": ("20분 지남", "22시간 10분 남음", "기한순"),
        "ja": ("20分超過", "あと22時間 10分", "期限順"),
    }[language]
    assert name in shown
    assert shown.index(late) < shown.index(left), "the nearest deadline first"
    assert "Subject 1" not in shown, "the answered one was promised nothing that runs"
    assert 'class="due due-late"' in plain.text
    assert 'title="Due 2026-03-06 10:30 (Asia/Seoul)"' in plain.text, "the moment in the brand's zone"
    usual = looked_at(promising, "/tickets?view=all", language)
    assert "Subject 1" in usual
    assert late in usual


@LANGUAGES
def test_the_page_of_a_ticket_says_each_promise(promising: House, language: str) -> None:
    promising.office.later(minutes=50)
    shown = {number: looked_at(promising, f"/tickets/{number}", language) for number in (1, 2, 3)}
    running_, late, kept, paused = {
        "en": (
            "The first answer Running 22 h 10 min left · due 2026-03-06 10:30 8 h 30 min in the business hours of “office”",
            "The first answer Late 20 min late · was due 2026-03-05 12:00",
            "The first answer Kept 8 h 30 min in the business hours of “office” · 30 min used",
            "The solution Paused 20 h in the business hours of “office” · 30 min used",
        ),
        "ko": (
            "첫 답변 진행 중 22시간 10분 남음 · 기한 2026-03-06 10:30 “office” 업무 시간 기준 8시간 30분",
            "첫 답변 기한 초과 20분 지남 · 기한은 2026-03-05 12:00",
            "첫 답변 지킴 “office” 업무 시간 기준 8시간 30분 · 30분 사용",
            "해결 일시 중지 “office” 업무 시간 기준 20시간 · 30분 사용",
        ),
        "ja": (
            "最初の回答 進行中 あと22時間 10分 · 期限 2026-03-06 10:30 「office」の営業時間で8時間 30分",
            "最初の回答 期限超過 20分超過 · 期限は2026-03-05 12:00",
            "最初の回答 達成 「office」の営業時間で8時間 30分 · 30分経過",
            "解決 一時停止中 「office」の営業時間で20時間 · 30分経過",
        ),
    }[language]
    assert running_ in shown[1]
    assert kept in shown[2]
    assert paused in shown[2]
    assert late in shown[3]
    assert all("Asia/Seoul" in page for page in shown.values())


def test_a_ticket_without_promises_says_nothing_of_them(house: House) -> None:
    house.take_over()
    house.write()
    house.follow()
    assert "Promises" not in looked_at(house, "/tickets/1", "en")
    assert "By deadline" not in looked_at(house, "/tickets", "en")


def test_merged_solved_and_closed_tickets_have_nothing_that_runs(promising: House) -> None:
    office = promising.office
    office.desk.merge(1, 3, office.agent)
    office.desk.solve(2, office.agent)
    promising.follow()
    office.later(days=9)
    assert close_solved_tickets(office.database, office.now) == 1
    promising.follow()
    assert office.ticket(2).status == "closed"
    assert [office.ticket(number).due_at is None for number in (1, 2, 3)] == [True, True, False]
    with office.database.read() as connection:
        promised = promises_of(connection, [1, 2, 3])
    assert promised[1] == ()
    assert {row.state(office.now) for row in promised[2]} == {PromiseState.MET}
    assert not office.events(1, "sla_breached")
    assert not office.events(2, "sla_breached")
    assert office.events(3, "sla_breached"), "the one that is left is late"


def test_mail_that_is_only_learnt_from_promises_nothing_until_somebody_really_writes(promising: House) -> None:
    office = promising.office
    number = int(office.take(mail("An old letter.", message_id="old@customer.example"), shadow=True).ticket_id)
    promising.follow()
    office.later(days=3)
    promising.follow()
    assert office.ticket(number).due_at is None
    assert not office.events(number, "sla_breached")
    promising.reply(number, "I still wait.")
    promising.follow()
    assert office.ticket(number).due_at is not None


def test_a_deadline_is_told_in_two_units_at_most_and_late_at_once() -> None:
    now = datetime(2026, 3, 5, 9, tzinfo=UTC)
    lefts = (
        timedelta(seconds=1),
        timedelta(seconds=-1),
        timedelta(days=3, hours=5, minutes=7),
        timedelta(hours=47),
    )
    told = [deadline(now + left, now, ZoneInfo("UTC"), "en") for left in lefts]
    assert [one.text for one in told] == ["1 min left", "1 min late", "3 d 5 h left", "47 h left"]
    assert [one.tone for one in told] == ["near", "late", "calm", "calm"]
