"""A rule is looked at before it goes live: which tickets it fits now, and which next."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import gateway
from gateway.config.keys import load_keyring
from gateway.report.matching import Matching, matching
from gateway.threading.model import Status
from tests.behaviours.conftest import House, Web

RULES = """\
rules:
  - {name: Everything, then: {team: support}}
events:
  - name: Broken glass again
    on: replied
    when: {subject: glass, by: customer}
    then: {priority: high}
  - name: Only what happens
    on: replied
    when: {by: customer}
    then: {priority: high}
  - name: Hidden in any
    on: replied
    when: {any: [{by: customer}, {subject: glass}]}
    then: {priority: high}
timers:
  - name: Unanswered
    when: {waiting: {over: 4h}}
    then: {tags: [late]}
"""


def lived_in(house: House) -> None:
    """Four tickets: two that wait since six hours and one, one that is answered, one that is closed."""
    house.take_over(rules=RULES)
    house.write(subject="Broken glass")
    house.write(subject="Lamp", sender="Lee <lee@elsewhere.example>")
    house.desk.reply(2, house.agent, "Turn it on.")
    house.write(subject="Old", sender="Old <old@elsewhere.example>")
    house.desk.set_status(3, Status.SOLVED, house.agent)
    with house.database.write() as connection:
        connection.exec_driver_sql("UPDATE tickets SET status = 'closed' WHERE id = 3")
    house.later(hours=5)
    house.write(subject="New one", sender="New <new@elsewhere.example>")
    house.later(hours=1)


def asked(house: House, name: str) -> Matching:
    with house.database.read() as connection:
        return matching(connection, house.office, house.office.automation, name, house.now)


def test_a_time_rule_shows_what_it_fits_now_and_what_next(house: House) -> None:
    lived_in(house)
    found = asked(house, "Unanswered")
    assert [(match.number, match.applied) for match in found.now] == [(1, False)]
    assert [(match.number, match.due_at) for match in found.later] == [(4, house.now + timedelta(hours=3))]
    assert (found.looked_at, found.cut) == (3, False), "the closed one is left out"
    house.follow()  # what was foretold comes true, and does not come again
    house.follow()
    assert [(match.number, match.applied) for match in asked(house, "Unanswered").now] == [(1, True)]
    house.later(hours=3)
    house.follow()
    assert {match.number for match in asked(house, "Unanswered").now} == {1, 4}


def test_the_page_where_nothing_fits(web: Web) -> None:
    web.house.take_over(rules=RULES)
    assert "Fits now: 0 of 0 tickets" in web.visitor().get("/rules/matching?name=Unanswered").text


def test_an_event_rule_is_asked_as_far_as_tickets_tell(house: House) -> None:
    lived_in(house)
    found = asked(house, "Broken glass again")
    assert [match.number for match in found.now] == [1]
    assert (found.later, found.left_out) == ((), ("by",))


def test_the_page_for_admins(web: Web) -> None:
    lived_in(web.house)
    kim = web.visitor()
    rules = kim.get("/rules")
    assert rules.status == 200
    assert rules.text.count("/rules/matching?name=") == 4, "rules for mail that comes in are left to the back-test"
    page = kim.get("/rules/matching?name=Unanswered")
    assert "Fits now: 1 of 3 tickets" in page.text
    assert "Broken glass" in page.text
    assert "in 3 h" in page.text
    assert "Fits now: 1 of 3 tickets" in kim.get("/rules/matching?name=Broken%20glass%20again").text
    told = kim.get("/rules/matching?name=Hidden%20in%20any")
    assert "gateway rules backtest" in told.text
    assert kim.get("/rules/matching?name=none").status == 404


def run(folder: Path, *words: str) -> Result:
    environ = {"GATEWAY_CONFIG": str(folder / "gateway.yaml"), "GATEWAY__DATA_DIR": str(folder)}
    return CliRunner().invoke(gateway, ["rules", "matching", *words], env=environ)


def test_the_command_looks_at_rules_that_are_not_live_yet(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lived_in(house)
    monkeypatch.setattr("gateway.store.migrate.prepare", lambda _: None)  # its tables are there
    load_keyring(house.office.configuration, may_create=True)
    told = run(house.folder, "Unanswered")
    assert told.exit_code == 0, told.output
    assert "2 of 3 tickets fit now" in told.output, "by the machine's clock both have waited for long"
    new = house.folder / "new.yaml"
    new.write_text("timers: [{name: Answered long ago, when: {since_agent: {over: 1d}}, then: {status: solved}}]\n")
    rows = [
        json.loads(line)
        for line in run(house.folder, "Answered long ago", "--rules", str(new), "--json").output.splitlines()
    ]
    assert [(row["number"], row["due_at"], row["applied"]) for row in rows] == [(2, None, False)]
    for name, exit_code, words in (
        ("Unanswerd", 2, "Did you mean `Unanswered`?"),
        ("Everything", 1, "gateway rules backtest"),
        ("Only what happens", 1, "gateway rules backtest"),
    ):
        told = run(house.folder, name)
        assert (told.exit_code, words in told.output) == (exit_code, True), told.output
