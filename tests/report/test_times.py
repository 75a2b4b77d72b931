"""Reports of how long tickets take, over the real store and the real pipeline; and the promises that Prometheus sees."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.automation.worker import Automaton
from gateway.cli.main import gateway
from gateway.report.metrics import exposition
from gateway.report.times import LENGTHS, Group, times
from gateway.store.database import Database
from gateway.threading.model import Status
from gateway.web.words import WORDS
from tests.automation.conftest import GATEWAY, House
from tests.support.office import TestOffice
from tests.support.web import add_agent, logged_in, running, services

CALENDARS = "calendars: [{id: office, time_zone: Asia/Seoul, hours: {mon-fri: 09:00-18:00}}]\n"
SLA = "policies: [{id: standard, calendar: office, targets: {any: {first_reply: 1h}}}]\n"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path) -> House:
    return lived_in(sqlite_database, tmp_path)


def lived_in(database: Database, folder: Path) -> House:
    """Two tickets since Thursday, 17:00 in Seoul: the first was answered and solved on Friday at 11:00, by Kim; the second waits."""
    office = TestOffice(database, folder)
    house = House(office, Automaton(database, lambda: office.office, lambda: office.now), folder)
    house.take_over(calendars=CALENDARS, sla=SLA)
    office.later(hours=-1)
    first = house.write(message_id="1@customer.example")
    house.write(message_id="2@customer.example")
    house.follow()
    office.desk.assign(first, office.agent, office.agent)
    office.later(hours=18)
    office.desk.reply(first, office.agent, "Try this.", status=Status.SOLVED)
    house.follow()
    return house


def groups(house: House) -> dict[tuple[str, str], Group]:
    office = house.office
    with office.database.read() as connection:
        found = times(connection, office.office, office.now - timedelta(days=30), office.now + timedelta(days=1))
    return {(group.by, group.name): group for group in found.groups}


def test_times_are_known_of_those_tickets_alone_to_which_both_things_happened(house: House) -> None:
    found = groups(house)
    everything = found["all", ""]
    assert (everything.tickets, everything.solved, everything.one_touch, everything.replies) == (2, 1, 1, 1)
    lines = {line.measure: line for line in everything.lines}
    assert [line.measured for line in lines.values()] == [1] * len(LENGTHS)
    reply = lines["first_reply"]
    assert reply.calendar.median == 18 * 3600
    assert reply.business.median == 3 * 3600, "from 17 to 18 o'clock, and from 9 to 11"
    assert (lines["agent_work"].business.median, lines["on_hold"].business.median) == (3 * 3600, 0)
    assert found["agent", "kim@example.com"].tickets == 1
    nobody = {line.measure: line for line in found["agent", ""].lines}
    assert nobody["first_reply"].measured == 0
    assert nobody["first_reply"].business.median is None, "not 0: nobody knows yet"


def test_acknowledgements_never_count(house: House) -> None:
    assert len(house.office.outbox("ack")) == 2
    assert groups(house)["all", ""].replies == 1


def test_reopened_and_merged(house: House) -> None:
    house.office.later(hours=1)
    house.reply(1, "Still dark.")
    house.office.later(hours=1)
    house.office.desk.merge(2, 1, house.office.agent)
    everything = groups(house)["all", ""]
    assert (everything.tickets, everything.solved, everything.reopened, everything.reopens) == (1, 0, 1, 1)
    lines = {line.measure: line.measured for line in everything.lines}
    assert (lines["first_resolution"], lines["full_resolution"]) == (1, 0)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("First reply time", "1 of 2 measured", "18 h", "Acknowledgements and other automatic mail")),
        ("ko", ("첫 답변 시간", "2건 중 1건 측정", "18시간", "접수 확인 등 자동 메일")),
        ("ja", ("初回返信時間", "2件中1件を計測", "18時間", "受付確認などの自動メール")),
    ],
)
def test_the_page_is_for_admins_and_says_what_the_figures_mean(
    house: House, language: str, words: tuple[str, ...]
) -> None:
    admin = add_agent(house.office, f"{language}@example.com", name="Admin", role="admin", language=language)
    with running(services(house.office)) as port:
        browser, _ = logged_in(house.office, port, admin)
        page = browser.get("/reports?days=30")
    assert page.status == 200
    for expected in words:
        assert expected in page.text


def test_prometheus_sees_what_runs_and_what_is_late(house: House) -> None:
    house.office.later(hours=1)
    with house.office.database.read() as connection:
        text = exposition(connection, house.office.now).decode()
    assert 'gateway_promises{metric="first_reply",policy="standard",state="late"} 1.0' in text
    assert 'gateway_promises{metric="first_reply",policy="standard",state="running"} 0.0' in text
    assert 'gateway_tickets_waiting{team=""} 1.0' in text


def test_the_command_tells_the_same_with_its_definitions(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(GATEWAY)
    environ = {"GATEWAY_CONFIG": str(path), "GATEWAY__DATA_DIR": str(tmp_path)}
    runner = CliRunner()
    assert runner.invoke(gateway, ["keys", "new"], env=environ).exit_code == 0
    empty = runner.invoke(gateway, ["report", "times", "--json"], env=environ)  # makes the database
    assert json.loads(empty.output)["times"]["first_reply"]["business"]["mean"] is None
    database = Database(f"sqlite:///{tmp_path}/gateway.db")
    lived_in(database, tmp_path)
    database.dispose()
    told = runner.invoke(gateway, ["report", "times", "--since", "2026-01-01"], env=environ)
    assert told.exit_code == 0, told.output
    assert "1 of 2 measured" in told.output
    assert "business median 3 h, p90 3 h" in told.output
    assert WORDS["measure_first_reply_what"][0] in told.output
    as_json = runner.invoke(gateway, ["report", "times", "--since", "2026-01-01", "--json"], env=environ)
    rows = [json.loads(line) for line in as_json.output.splitlines()]
    assert rows[0]["times"]["first_reply"]["business"] == {"mean": 10800, "median": 10800, "p90": 10800}
    wrong = runner.invoke(gateway, ["report", "times", "--since", "soon"], env=environ)
    assert wrong.exit_code == 2
    assert "30d or 2w, or a day" in wrong.output


def test_the_document_says_what_the_page_says() -> None:
    written = (ROOT / "docs" / "reports.md").read_text("utf-8")
    for name in LENGTHS:
        assert f"| {WORDS[f'measure_{name}'][0]} | {WORDS[f'measure_{name}_what'][0]} |" in written
    assert WORDS["measure_counts_what"][0] in written
