"""The week in figures by mail."""

from datetime import timedelta

import pytest

from gateway.report.weekly import send_weeks, week_before
from gateway.store.notifications import set_notifications
from gateway.threading.model import Status
from tests.behaviours.conftest import House
from tests.support.notices import assert_clean, body, parsed
from tests.support.web import add_agent

TEAMS = "teams: [{id: support}, {id: billing}]"
RULES = """\
rules:
  - {name: Everything, then: {team: support}}
  - {name: Invoices, when: {subject: invoice}, then: {team: billing}}
"""
WORDS = {
    "en": ("The week from 2026-03-02: 3 tickets", "New tickets: 3 (0)", "Of these without an answer so far: 1",
           "half within 2 h, nine of ten within 2 h (not known)", "Solved: 1, of these by one answer: 1; opened again: 0", "support: 2"),
    "ko": ("2026-03-02부터 한 주: 티켓 3건", "새 티켓: 3건 (0건)", "아직 답변하지 않은 티켓: 1건",
           "절반이 2시간 이내, 90%가 2시간 이내 (값 없음)", "해결 1건, 그중 답변 한 번으로 해결 1건", "support: 2"),
    "ja": ("2026-03-02 からの1週間：チケット 3 件", "新規チケット：3 件（0 件）", "うち未回答：1 件",
           "半数が 2時間 以内、90%が 2時間 以内（値なし）", "解決 1 件、うち1回の回答で解決 1 件", "support: 2"),
}  # fmt: skip


def lived_in(house: House) -> None:
    """Thursday, 5 March: three tickets, two of them answered after two hours, one of these solved."""
    house.take_over(rules=RULES, teams=TEAMS)
    for subject in ("Lamp", "Invoice", "Bulb"):
        house.write(subject=subject, sender=f"{subject}@customer.example")
    house.later(hours=2)
    house.desk.reply(1, house.agent, "Turn it on.", status=Status.SOLVED)
    house.desk.reply(2, house.agent, "Here it is.")


def wants_it(house: House, agent: int) -> None:
    with house.database.write() as connection:
        set_notifications(connection, agent, ["weekly"])


def sends(house: House) -> int:
    return send_weeks(house.database, house.office, house.now)


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_on_monday_morning_in_the_admins_language(house: House, language: str) -> None:
    lived_in(house)
    admin = add_agent(house, "boss@example.com", name="Boss", role="admin", language=language)
    sends(house)  # nobody asked for it
    wants_it(house, admin)
    assert sends(house) == 0, "nothing happened in the week before"
    house.later(days=3, hours=11, minutes=59)  # Monday, 7:59 in Seoul
    assert sends(house) == 0
    house.later(minutes=1)
    assert (sends(house), sends(house)) == (1, 0)
    (sent,) = [row for row in house.outbox("agent") if row.recipient == "boss@example.com"]
    assert_clean(sent.raw)
    subject, *lines = WORDS[language]
    assert subject in str(parsed(sent.raw)["Subject"])
    for line in lines:
        assert line in body(sent.raw, "plain")
        assert line in body(sent.raw, "html")


def test_only_admins_and_once_after_a_long_downtime(house: House) -> None:
    lived_in(house)
    wants_it(house, add_agent(house, "agent@example.com"))
    wants_it(house, house.agent)
    assert sends(house) == 0, "whoever asks for it begins with the next week"
    house.later(days=5)
    assert sends(house) == 1
    house.write(subject="Late")
    house.later(days=30)
    house.write(subject="Last")
    house.later(days=7)
    assert sends(house) == 1
    assert {row.recipient for row in house.outbox("agent")} == {"kim@example.com"}


def test_the_figures_are_those_of_the_report(house: House) -> None:
    lived_in(house)
    with house.database.read() as connection:
        week = week_before(
            connection, house.office, (house.now + timedelta(days=4)).date(), house.office.calendars["always"].zone
        )
    assert (week.tickets, week.unanswered, week.solved, week.one_touch) == (3, 1, 1, 1)
    assert (week.first_reply.median, week.first_reply.p90, week.first_reply.median_before) == (7200, 7200, None)
    assert week.teams == (("support", 2), ("billing", 1))
    assert (week.ratings, week.satisfaction) == (0, None), "nobody was asked"
