"""Other rules on stored mail: the simulation agrees with what really came of it, and says what would differ."""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.rules import rules as command
from gateway.config.load import load_all
from gateway.config.rule_trials import rules_of
from gateway.desk.ticket_model import set_fields
from gateway.report.stories import count_since, stories_since
from gateway.rules.backtest import Report, Story, replay
from gateway.rules.simulation import Rules, Simulated
from gateway.store.rule_hits import all_hits
from gateway.store.ticket_history import histories
from gateway.store.tickets import add_events, change_status, ticket_row
from gateway.threading.model import Status
from tests.automation.conftest import House
from tests.support.accepted import NOW

Ruled = Callable[..., House]

PRESENT = r"""
rules:
  - {name: Lamps, when: {body: lamp}, then: {team: light, tags: lamp}}
  - {name: Korean, when: {language: ko}, then: {team: seoul, acknowledge: false}}
events:
  - {name: Orders, on: [created, replied], when: {mail: {body: 'order (?P<order>\d+)'}}, then: {fields: {order: '{match.order}'}}}
  - {name: Light is urgent, on: created, when: {team: light}, then: {priority: high}}
  - {name: Solved lamps, on: status, when: {became: solved, team: light}, then: {tags: done, note: 'Number {ticket.number}'}}
timers:
  - {name: Late, when: {waiting: {over: 4h}}, then: {priority: urgent, tags: late}}
"""


def simulated(house: House, text: str | None = None) -> Rules:
    loaded = house.office.office.loaded
    if text is not None:
        (house.folder / "other.yaml").write_text(text, "utf-8")
        environ = {"GATEWAY__DATA_DIR": str(house.folder), "GATEWAY__RULES": str(house.folder / "other.yaml")}
        loaded = load_all(house.folder / "gateway.yaml", environ)
    return rules_of(loaded.configuration, loaded.ruleset, loaded.written.automation(), loaded.side)


def stories(house: House) -> list[Story]:
    with house.office.database.read() as connection:
        assert count_since(connection, NOW + timedelta(days=9)) == 0
        return list(stories_since(connection, NOW - timedelta(days=1)))


def live_a_while(house: House) -> list[int]:
    """Mail, answers of time, a reply and an agent's hand: what a day is made of."""
    numbers = [
        house.write("The lamp of order 17 is dark."),
        house.write("전등 lamp 이 고장났습니다. 확인해 주세요."),
        house.write("Where do I find the bill?"),
    ]
    house.follow()
    house.office.later(hours=1)
    house.reply(numbers[2], "It is about order 4711.")
    house.follow()
    house.office.later(hours=1)
    with house.office.database.write() as connection:
        row = ticket_row(connection, numbers[0], lock=True)
        assert row is not None
        change_status(
            connection, row, Status.SOLVED, actor="lee@example.com", now=house.office.now, why="done", close_at=None
        )
        add_events(connection, numbers[1], house.office.now, ("noted", "lee@example.com", {}))
    house.follow()
    house.office.later(hours=5)
    house.follow()
    return numbers


def compared(house: House, text: str) -> Report:
    present, wanted = (dataclasses.replace(it, told=False) for it in (simulated(house), simulated(house, text)))
    report = Report()
    for story in stories(house):
        report.add(story, replay(present, story, house.office.now), replay(wanted, story, house.office.now))
    return report


def test_the_simulation_comes_to_what_really_happened(ruled: Ruled) -> None:
    house = ruled(rules=PRESENT)
    numbers = live_a_while(house)
    rules = simulated(house)
    found: dict[int, Simulated] = {story.number: replay(rules, story, house.office.now) for story in stories(house)}
    assert sorted(found) == numbers
    for number, state in found.items():
        real, ticket = house.office.ticket(number), state.ticket
        assert ticket is not None
        assert (ticket.team or None, ticket.priority, ticket.status, dict(ticket.fields)) == (
            real.team,
            real.priority,
            real.status,
            real.fields,
        ), number
        with house.office.database.read() as connection:
            assert ticket.tags == histories(connection, [number])[number].tags, number
        notes = sum(message.kind == "note" for message in house.office.messages(number))
        assert sum(effect.kind == "note" for effect in state.effects) == notes
    assert {found[number].ticket.priority for number in numbers[1:]} == {"urgent"}  # type: ignore[union-attr]
    assert found[numbers[2]].ticket.fields == {"order": "4711"}  # type: ignore[union-attr]

    report = compared(house, PRESENT)
    assert (report.tickets, report.mails, report.changed, report.changes) == (3, 4, set(), [])
    assert report.hits_before == report.hits_after
    assert report.hits_after["Late"] == 2


def test_what_would_differ_is_said_with_all_that_follows_from_it(ruled: Ruled) -> None:
    house = ruled(rules=PRESENT)
    one, two, _ = live_a_while(house)
    # Another team: so the event rule about the team no longer applies, nor the one about solved tickets of that team.
    report = compared(house, PRESENT.replace("team: light, tags: lamp", "team: bulbs, tags: lamp"))
    found = {(change.number, change.what): (change.was, change.becomes) for change in report.changes}
    assert found == {
        (one, "team"): ("light", "bulbs"),
        (one, "priority"): ("high", "normal"),
        (one, "tags"): ("done, lamp", "lamp"),
        (one, "note"): (f"1 × 'Number {one}'", "0"),
    }
    assert (report.changed, report.hits_before["Light is urgent"], report.hits_after["Light is urgent"]) == (
        {one},
        1,
        0,
    )
    dropped = compared(house, "rules: [{name: No lamps, when: {language: ko}, then: {drop: true}}]")
    assert ("drop", "kept", "dropped by No lamps") in [
        (change.what, change.was, change.becomes) for change in dropped.changes if change.number == two
    ]


def test_the_command_prints_numbers_and_asks_for_acceptance(
    ruled: Ruled, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = ruled(rules=PRESENT)
    live_a_while(house)
    monkeypatch.setenv("GATEWAY__DATABASE__URL", database_url)
    monkeypatch.setattr("gateway.store.migrate.prepare", lambda _: None)  # its tables are there
    monkeypatch.setenv("GATEWAY__DATA_DIR", str(house.folder))
    monkeypatch.setattr("gateway.cli.rules.now", lambda: house.office.now)
    other = house.folder / "new.yaml"
    other.write_text(PRESENT.replace("priority: high", "priority: low"), "utf-8")

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(command, ["backtest", "-c", str(house.folder / "gateway.yaml"), *arguments])

    result = run("--rules", str(other))
    assert result.exit_code == 1, result.output
    assert result.stdout.splitlines()[:3] == [
        "3 tickets with 4 mails; 1 would come out otherwise",
        "1 ticket would change priority",
        "    #1: high -> low",
    ]
    assert run("--rules", str(other), "--accept", "1").exit_code == 0
    assert run("--rules", str(house.folder / "rules.yaml")).exit_code == 0
    found = json.loads(run("--rules", str(other), "--json").stdout)
    assert (found["tickets"], found["changed"]) == (3, 1)
    assert {"name": "Late", "present": 2, "new": 2} in found["rules"]
    assert json.loads(run("--json", "--since", "1m").stdout)["tickets"] == 0
    assert run("--since", "soon").exit_code == 2


def test_rules_are_counted_and_listed(ruled: Ruled, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house = ruled(rules=PRESENT)
    live_a_while(house)
    with house.office.database.read() as connection:
        found = all_hits(connection)
    hits = {name: one.hits for name, one in found.items()}
    assert hits == {"Lamps": 2, "Korean": 1, "Orders": 2, "Light is urgent": 1, "Solved lamps": 1, "Late": 2}
    assert found["Late"].last_at == house.office.now
    monkeypatch.setattr("gateway.store.migrate.prepare", lambda _: None)
    monkeypatch.setenv("GATEWAY__DATABASE__URL", database_url)
    monkeypatch.setenv("GATEWAY__DATA_DIR", str(house.folder))
    rules = (house.folder / "rules.yaml").read_text("utf-8")
    never = "  - {name: Never, when: {waiting: {over: 9h}}, then: {note: x}}\n"
    (house.folder / "rules.yaml").write_text(rules + never, "utf-8")
    monkeypatch.setattr("gateway.cli.rules.now", lambda: house.office.now + timedelta(days=90, hours=-2))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(command, ["list", "-c", str(house.folder / "gateway.yaml"), *arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    listed = {one["name"]: one for one in map(json.loads, run("--json").splitlines())}
    assert (listed["Lamps"]["hits"], listed["Lamps"]["kind"], listed["Lamps"]["line"]) == (2, "rules", 3)
    assert (listed["Never"]["hits"], listed["Never"]["last_at"]) == (0, None)
    assert [name for name, one in listed.items() if one["idle"]] == [
        *("Lamps", "Korean", "Orders", "Light is urgent", "Solved lamps", "Never")
    ]
    assert "       0  never             rules.yaml:11    Never  not in 90 days" in run()


MODEL = {
    "fields": "statuses:\n  - {id: waiting-for-parts, category: on_hold}\nfields:\n  - {id: order, type: text}\n",
    "organizations": "organizations:\n  - {id: acme, name: Acme, domains: [acme.example], tags: [contract]}\n",
    "rules": r"""
events:
  - {name: Parts, on: replied, when: {mail: {body: spare part}}, then: {status: waiting-for-parts}}
  - {name: Contract, on: created, when: {organization: acme}, then: {priority: high}}
  - {name: Known order, on: noted, when: {field: {order: {matches: '^A'}}}, then: {tags: known}}
""",
}


def test_own_statuses_fields_organizations_and_held_mail_are_compared(ruled: Ruled) -> None:
    house = ruled(**MODEL)
    one = house.write("Hello", sender="lee@de.acme.example")
    two = house.write("The lamp is dark.", subject="Lamp")
    house.follow()
    house.office.later(hours=1)
    house.reply(two, "I need a spare part.")
    set_fields(house.office.desk, one, {"order": "A-17"}, house.office.agent)
    house.office.desk.note(one, house.office.agent, "This is the order.")
    house.office.desk.set_status(one, Status.ON_HOLD, house.office.agent, own="waiting-for-parts")
    house.follow()
    with house.office.database.read() as connection:
        real = histories(connection, [one, two])
    rules = simulated(house)
    found = {story.number: replay(rules, story, house.office.now).ticket for story in stories(house)}
    for number, ticket in found.items():
        assert ticket is not None
        row = real[number].row
        was = (row.status, row.substatus, row.priority, row.fields, real[number].tags)
        assert (ticket.status, ticket.own_status, ticket.priority, ticket.fields, ticket.tags) == was, number
    assert found[one].tags == {"contract", "known"}  # type: ignore[union-attr]
    assert found[two].own_status == "waiting-for-parts"  # type: ignore[union-attr]

    other = MODEL["rules"].replace("status: waiting-for-parts", "status: pending").replace("'^A'", "'^B'")
    report = compared(house, f"rules: [{{name: Look, when: {{subject: fraud}}, then: {{quarantine: true}}}}]\n{other}")
    assert {(it.number, it.what, it.was, it.becomes) for it in report.changes} == {
        (one, "tags", "contract, known", "contract"),
        (two, "status", "waiting-for-parts (on_hold)", "pending"),
    }
    held = compared(house, "rules: [{name: Look, when: {subject: lamp}, then: {quarantine: true}}]")
    assert (two, "quarantine", "kept", "held by Look") in [
        (it.number, it.what, it.was, it.becomes) for it in held.changes
    ]
