"""Each starter as `gateway init` writes it, unchanged: a short day with mail in three languages, and what an admin would expect of it."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.automation.worker import Automaton
from gateway.cli.config import check, init
from gateway.config.load import Loaded, load_all
from gateway.config.macros import Macro
from gateway.config.share import share_path
from gateway.config.starter import STARTERS
from gateway.desk.office import Office
from gateway.store.agents import create_agent
from gateway.store.database import Database
from gateway.store.schema import agents, ticket_tags
from gateway.threading.model import Status
from tests.support.accepted import mail
from tests.support.gateways import Gateway
from tests.support.office import KEYRING, TestOffice

MORNING = datetime(2026, 3, 10, 2, tzinfo=UTC)  # Tuesday, 11:00 in Seoul and Tokyo
ENVIRON = {"GATEWAY__TRUST__VERIFY": "false"}  # no mail of a test can prove its sender by the world's DNS
LIST = (("List-Unsubscribe", "<https://ads.example/u>"),)


class Day:
    """A gateway with a starter, on a Tuesday morning."""

    def __init__(self, loaded: Loaded, database: Database, folder: Path) -> None:
        self.office = TestOffice(database, folder)
        self.office.now = MORNING
        self.office.office = Office(loaded, KEYRING, os.urandom)
        with database.write() as connection:
            self.admin = create_agent(
                connection, address="admin@example.com", name="Admin", role="admin", language="en", now=MORNING
            ).id
        self.automaton = Automaton(database, lambda: self.office.office, lambda: self.office.now)

    def comes(self, subject: str, text: str, sender: str = "hong@customer.example", **more: object) -> int:
        row = self.office.take(mail(text, subject=subject, sender=f"Hong <{sender}>", **more))  # type: ignore[arg-type]
        self.automaton.once()
        assert row.ticket_id is not None
        return int(row.ticket_id)

    def later(self, **span: float) -> None:
        self.office.later(**span)
        self.automaton.once()

    def answer(self, number: int, status: Status = Status.PENDING) -> None:
        self.office.desk.reply(number, self.admin, "Please try this.", status=status)
        self.automaton.once()

    def replies(self, number: int, text: str) -> None:
        address = self.office.reply_to(number)
        self.office.take(mail(text, to=address), to=(address,))
        self.automaton.once()

    def tags(self, number: int) -> set[str]:
        with self.office.database.read() as connection:
            found = select(ticket_tags.c.tag).where(ticket_tags.c.ticket_id == number)
            return set(connection.execute(found).scalars())

    def of(self, number: int) -> tuple[str | None, str, str | None]:
        """Team, priority, agent."""
        ticket = self.office.ticket(number)
        with self.office.database.read() as connection:
            found = select(agents.c.address).where(agents.c.id == ticket.assignee_id)
            return ticket.team, ticket.priority, connection.execute(found).scalar_one_or_none()

    def due_in(self, number: int) -> timedelta | None:
        due = self.office.ticket(number).due_at
        return None if due is None else due - self.office.now

    def notes(self, number: int) -> list[str]:
        return [one.text for one in self.office.messages(number) if one.direction == "note"]

    def acknowledged(self, number: int) -> bool:
        return any(one.ticket_id == number for one in self.office.outbox("ack"))

    def nothing_failed(self) -> bool:
        return not self.office.events_of_kind("rule_failed")


def written(name: str, folder: Path, *options: str) -> Path:
    arguments = [str(folder / "etc"), "--starter", name, "--data-dir", str(folder / "var"), *options]
    ran = CliRunner().invoke(init, arguments)
    assert ran.exit_code == 0, ran.output
    return folder / "etc" / "gateway.yaml"


@pytest.fixture
def day(request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path) -> Day:
    loaded = load_all(written(request.param, tmp_path), {**ENVIRON, "GATEWAY__DATA_DIR": str(tmp_path)})
    return Day(loaded, sqlite_database, tmp_path)


@pytest.mark.parametrize("day", ["shop"], indirect=True)
def test_a_day_in_a_shop(day: Day) -> None:
    refund = day.comes("환불 부탁드립니다", "주문번호 A-1234 입니다. 램프를 반품하고 싶습니다.")
    assert day.of(refund) == ("returns", "normal", "admin@example.com")
    assert day.office.ticket(refund).fields == {"order": "A-1234"}
    assert day.due_in(refund) == timedelta(hours=24)  # 1 h, lunch, 5 h; the other 2 h on Wednesday from 9:00
    assert day.acknowledged(refund)
    japanese = day.comes("荷物はどこですか", "先週注文したランプがまだ届いていません。")
    assert day.of(japanese) == ("japan", "normal", "admin@example.com")
    assert day.tags(japanese) == {"delivery"}
    assert day.due_in(japanese) == timedelta(hours=8)
    cancel = day.comes("Please cancel my order", "It is B-77.")
    assert day.of(cancel) == ("support", "high", "admin@example.com")
    news = day.comes("Our new lamps", "Buy now.", headers=LIST)
    assert (day.office.ticket(news).status, day.acknowledged(news), day.tags(news)) == ("solved", False, {"newsletter"})
    day.answer(cancel, Status.SOLVED)
    day.replies(cancel, "It came all the same. This is unacceptable.")
    assert day.tags(cancel) >= {"reopened", "upset", "cancel"}
    day.answer(refund)
    day.later(hours=12)
    night = day.comes("램프가 고장났어요", "어제 산 램프가 켜지지 않습니다.")
    assert day.tags(night) == {"after-hours"}
    assert day.due_in(night) == timedelta(hours=19)  # 23:00; Wednesday 9:00 to 12:00 and 13:00 to 18:00
    day.later(hours=20)
    assert day.of(night)[1] == "urgent"
    day.later(days=2)
    assert day.notes(refund) == ["No word from hong@customer.example for three days. Ask once more?"]
    assert day.nothing_failed()


@pytest.mark.parametrize("day", ["business"], indirect=True)
def test_a_day_in_a_business(day: Day) -> None:
    outage = day.comes("The portal is down", "Nobody can work.", "kim@acme.example")
    assert day.of(outage) == ("key-accounts", "urgent", "admin@example.com")
    assert day.office.ticket(outage).type == "incident"
    assert day.due_in(outage) == timedelta(minutes=30)
    day.answer(outage, Status.OPEN)
    assert day.due_in(outage) == timedelta(hours=1)  # the next word
    silver = day.comes("보고서 문의", "월간 보고서가 보이지 않습니다.", "lee@globex.example")
    assert (day.of(silver)[0], day.tags(silver)) == ("support", {"contract-silver"})
    assert day.due_in(silver) == timedelta(hours=5)  # four working hours and the lunch break
    offer = day.comes("見積もりのお願い", "百名分の見積もりをお願いいたします。", "sato@kaisha.example")
    assert day.of(offer)[0] == "japan"
    stranger = day.comes("견적 요청드립니다", "100명 기준 견적을 부탁드립니다.", "park@new.example")
    assert day.of(stranger) == ("sales", "normal", None)  # sales has no way of assigning: they take it themselves
    day.later(hours=5, minutes=1)
    assert (day.of(silver)[0], day.tags(silver)) == ("engineering", {"contract-silver", "late"})
    day.office.desk.set_status(stranger, Status.ON_HOLD, day.admin)
    day.automaton.once()
    day.later(days=7)
    assert day.office.ticket(stranger).status == "open"
    assert day.notes(stranger) == ["On hold for a week. What are we waiting for?"]
    assert day.nothing_failed()


@pytest.mark.parametrize("day", ["desk"], indirect=True)
def test_a_day_at_a_service_desk(day: Day) -> None:
    notebook = day.comes("노트북이 켜지지 않습니다", "자산번호는 PC-1234 입니다.", "kim@example.com")
    assert day.of(notebook) == ("it", "normal", "admin@example.com")
    assert day.office.ticket(notebook).fields == {"asset": "PC-1234"}
    assert "external" not in day.tags(notebook)
    password = day.comes("パスワードを忘れました", "ログインできません。よろしくお願いします。", "sato@example.com")
    assert day.of(password)[0] == "it-tokyo"
    assert day.tags(password) == {"access", "check-sender"}  # senders are not verified here
    phishing = day.comes("Phishing mail", "I clicked on the link. What now?", "jones@example.com")
    assert (*day.of(phishing)[:2], day.office.ticket(phishing).type) == ("security", "urgent", "incident")
    assert day.due_in(phishing) == timedelta(hours=1)
    assert "admin@example.com" in [one.recipient for one in day.office.outbox("agent")]
    leave = day.comes("연차 문의드립니다", "남은 연차가 며칠인가요?", "lee@example.com")
    assert day.of(leave)[0] == "people"
    vendor = day.comes("Our offer", "Printers for you.", "sales@vendor.example")
    assert "external" in day.tags(vendor)
    day.answer(notebook)
    day.later(days=6, hours=23)
    assert day.office.ticket(notebook).status == "pending"
    day.later(hours=1)
    assert (day.office.ticket(notebook).status, day.tags(notebook)) == ("solved", {"silent"})
    assert day.nothing_failed()


@pytest.mark.parametrize("name", STARTERS)
def test_it_takes_the_values_of_the_admin(name: str, tmp_path: Path) -> None:
    options = (
        "--domain",
        "acme.co.kr",
        "--admin",
        "boss@acme.co.kr",
        "--brand-name",
        'Acme: "고객"',
        "--language",
        "ko",
    )
    path = written(name, tmp_path, *options)
    checked = CliRunner().invoke(check, ["-c", str(path)])
    assert (checked.exit_code, "warning" in checked.output) == (0, False), checked.output
    loaded = load_all(path, {})
    assert loaded.configuration.brands[0].name == 'Acme: "고객"'
    assert {one for team in loaded.side.teams.teams for one in team.members} == {"boss@acme.co.kr"}
    assert "example.com" not in "".join(one.read_text("utf-8") for one in path.parent.glob("*.yaml"))
    assert sorted(one.name for one in path.parent.iterdir()) == sorted(
        one.name for one in (share_path("config") / "starters" / name).iterdir()
    )


@pytest.mark.parametrize("name", STARTERS)
def test_it_has_everything_in_three_languages(name: str, tmp_path: Path) -> None:
    loaded = load_all(written(name, tmp_path), {})
    macros: tuple[Macro, ...] = loaded.side.macros.macros
    assert len(macros) >= 3
    assert all(set(macro.text) == {"ko", "ja", "en"} for macro in macros)
    assert {calendar.time_zone for calendar in loaded.side.calendars.calendars} == {"Asia/Seoul", "Asia/Tokyo"}
    rules = loaded.written.rules
    assert rules.rules
    assert rules.events
    assert rules.timers
    assert len(rules.tests) >= 7
    assert loaded.side.sla.policies


@pytest.mark.parametrize("name", STARTERS)
def test_a_rule_that_is_broken_later_does_not_go_live(name: str, tmp_path: Path) -> None:
    path = written(name, tmp_path)
    rules = path.parent / "rules.yaml"
    rules.write_text(rules.read_text("utf-8").replace("      team: ", "      type: ", 3), "utf-8")
    checked = CliRunner().invoke(check, ["-c", str(path)])
    assert checked.exit_code == 2
    assert re.search(r"rules.yaml:\d+:\d+: test '.*' fails: `team` is", checked.output)


@pytest.mark.real
@pytest.mark.parametrize("name", STARTERS)
def test_it_starts(name: str, tmp_path: Path) -> None:
    gateway = Gateway(tmp_path / "run", config=share_path("config") / "starters" / name / "gateway.yaml")
    try:
        gateway.up()
    finally:
        gateway.stop()
