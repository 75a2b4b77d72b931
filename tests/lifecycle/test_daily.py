"""Each agent's day in one mail."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from gateway.desk.daily import send_summaries
from gateway.notify.daily import Line, Summary, write_summary
from gateway.store.agents import find_agent
from gateway.store.notifications import NOTIFICATIONS, set_notifications
from gateway.threading.model import Status
from tests.lifecycle.conftest import House
from tests.support.notices import BRAND, NOW, assert_clean, body

SLA = "policies: [{id: standard, targets: {any: {first_reply: 4h}}}]"
MORNING = datetime(2026, 3, 5, 23, 0, tzinfo=UTC)  # 8:00 in Seoul


def lee(house: House, *told: str) -> int:
    with house.database.write() as connection:
        agent = find_agent(connection, "lee@example.com")
        assert agent is not None
        set_notifications(connection, agent.id, told)
        return agent.id


def tick(house: House) -> list[str]:
    """Run it; the texts of all summaries so far."""
    send_summaries(house.database, house.office, house.now)
    return [body(row.raw, "plain") for row in house.outbox("agent") if "daily" in row.once_key]


def test_once_a_day_in_the_agents_language_and_by_their_clock(house: House) -> None:
    house.take_over(sla=SLA)
    agent = lee(house, "daily")
    waiting, solved = (
        house.write(),
        house.write("Thanks in advance.", subject="Switch", message_id="s@customer.example"),
    )
    for number in (waiting, solved):
        house.desk.assign(number, agent, house.agent)
    house.desk.reply(solved, house.agent, "Done.", status=Status.SOLVED)
    house.follow()
    assert tick(house) == [], "the first look only begins to count"
    house.now = MORNING - timedelta(minutes=1)
    house.say(solved, "감사합니다.", subject="Re: Switch")
    assert tick(house) == []
    house.now = MORNING
    (said,) = tick(house)
    assert "오늘이 기한이거나 기한이 지난 티켓\n- #1 Lamp – Hong, 기한 2026년 3월 5일 22:00" in said
    assert "답변을 기다리는 티켓 (오래된 순)\n- #1 Lamp – Hong, 2026년 3월 5일 18:00부터" in said
    assert "감사 인사를 받은 티켓 (해결 상태 유지)\n- #2 Switch – Hong" in said
    house.later(hours=12)
    assert len(tick(house)) == 1
    house.later(hours=12)
    assert len(tick(house)) == 2
    house.later(days=7)
    assert len(tick(house)) == 3, "a week of downtime is one mail"


def test_only_for_who_asked_and_has_anything(house: House) -> None:
    agent = lee(house, *(name for name in NOTIFICATIONS if name != "daily"))
    house.desk.assign(house.write(), agent, house.agent)
    tick(house)
    house.now = MORNING
    assert tick(house) == []
    lee(house, "daily")
    house.desk.assign(1, None, house.agent)
    tick(house)
    house.later(days=1)
    assert tick(house) == [], "nothing in hand, nothing to say"


def test_the_clock_is_that_of_the_agents_calendar(house: House) -> None:
    house.take_over(
        calendars="calendars: [{id: london, time_zone: Europe/London, hours: {mon-sun: ['09:00-17:00']}}]",
        teams="agents: [{address: lee@example.com, calendar: london}]",
    )
    house.desk.assign(house.write(), lee(house, "daily"), house.agent)
    tick(house)
    house.now = MORNING
    assert tick(house) == []
    house.later(hours=9)
    assert len(tick(house)) == 1


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_the_mail_is_clean_and_escapes_strangers_words(language: str) -> None:
    lines = tuple(Line(number, "<b>Lamp</b>\r\nBcc: x@y.example", "Ann & Co", NOW) for number in range(1, 25))
    subject, raw = write_summary(
        Summary(24, lines, lines, lines[:1]),
        language=language,
        brand=BRAND,
        zone=UTC,
        to="lee@example.com",
        desk="https://desk.example.com",
        message_id="daily@reply.example.com",
        date=NOW,
    )
    assert_clean(raw)
    assert message_from_bytes(raw, policy=default)["Subject"] == subject
    assert "24" in subject
    html = body(raw, "html")
    assert "&lt;b&gt;Lamp" in html
    assert "<b>" not in html
    assert "#20 " in html
    assert "#21 " not in html
