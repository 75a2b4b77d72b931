"""What rules cost a mail, and how fast the past is replayed: ``python -m bench rules``."""

import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.report.stories import stories_since
from gateway.rules.backtest import Report, replay
from gateway.rules.compile import compile_ruleset
from gateway.rules.engine import Automation, compile_event_rules, compile_timed_rules, run_event_rules
from gateway.rules.evaluate import evaluate
from gateway.rules.facts import Facts
from gateway.rules.file import RulesFile
from gateway.rules.simulation import Rules
from gateway.rules.ticket import Actor, Case, Event, EventKind, TicketFacts
from gateway.store.database import Database
from gateway.store.schema import contacts, events, messages, tickets
from tests.support.accepted import NOW
from tests.support.databases import create_tables

RULES = 200
ROUNDS = 300
TARGET_MS = 0.3
TARGET_MAILS = 500


def _intake(number: int) -> dict[str, Any]:
    """Ten conditions; the last but cheap ones hold, so that most of a rule is read before it fails."""
    return {
        "to": "*@example.com",
        "author_domain": "*.x.example",
        "subject": [rf"order {number}\b", "refund"],
        "body": f"word{number}",
        "language": "ko",
        "kind": "human",
        "brand": "shop",
        "has_header": "X-Shop",
        "any": [{"language": "ko"}],
        "not": {"kind": "list"},
    }


def _event(number: int) -> dict[str, Any]:
    return {
        "brand": "shop",
        "status": ["open", "new"],
        "language": "ko",
        "priority": ["normal", "low"],
        "vip": False,
        "trust": ["strong", "weak"],
        "waiting": {"over": "1h"},
        "replies": {"over": -1},
        "mail": {"subject": rf"order {number}\b"},
        "tags": f"t{number}",
    }


def _written() -> RulesFile:
    intake = [{"name": f"r{n}", "when": _intake(n), "then": {"tags": "x"}} for n in range(RULES)]
    happened = [{"name": f"e{n}", "on": "replied", "when": _event(n), "then": {"tags": "x"}} for n in range(RULES)]
    return RulesFile.model_validate({"rules": intake, "events": happened})


def _mail(number: int) -> Facts:
    return Facts(
        recipients=("support@example.com",),
        author="kim@q.x.example",
        author_domain="q.x.example",
        subject=f"Re: order 777 is late {number}",
        body="text of a mail as people write them " * 40,
        headers=(("X-Shop", "1"),),
        language="ko",
        brand="shop",
    )


def _each(work: Callable[[int], object]) -> float:
    """Milliseconds of CPU time; each mail is another one, as in life."""
    work(0)
    began = time.process_time()
    for number in range(1, ROUNDS + 1):
        work(number)
    return (time.process_time() - began) / ROUNDS * 1000


def measure_evaluation() -> Iterable[dict[str, Any]]:
    written = _written()
    ruleset = compile_ruleset(written, file="rules.yaml", lines=range(RULES))
    happened = compile_event_rules(written.events, file="rules.yaml", lines=range(RULES))
    ticket = TicketFacts(
        *(1, "shop", "open", NOW - timedelta(days=1), NOW - timedelta(hours=5)),
        language="ko",
        trust="strong",
        waiting_since=NOW - timedelta(hours=3),
        tags=frozenset({"a"}),
    )
    mails = [_mail(number) for number in range(ROUNDS + 1)]
    cases = [Case(ticket, NOW, Event(EventKind.REPLIED, Actor.CUSTOMER), mail) for mail in mails]
    for what, cpu_ms in (
        ("intake rules, a mail", _each(lambda n: evaluate(ruleset, mails[n]))),
        ("event rules, a mail", _each(lambda n: run_event_rules(happened, cases[n]))),
    ):
        yield {
            "what": f"{RULES} {what}, 10 conditions each",
            "cpu_ms": cpu_ms,
            "target": f"<= {TARGET_MS} ms",
            "met": cpu_ms <= TARGET_MS,
        }


def measure_backtest(count: int) -> Iterable[dict[str, Any]]:
    """Two sets of rules over stored tickets of one mail and one reply each, with timed rules."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        create_tables(url)
        database = Database(url)
        _fill(database, count // 2)
        timers = [
            {"name": f"t{n}", "when": {"waiting": {"over": f"{n + 1}d"}}, "then": {"tags": f"w{n}"}} for n in range(5)
        ]
        written = RulesFile.model_validate(
            {**_written().model_dump(by_alias=True, exclude_none=True), "timers": timers}
        )
        rules = Rules(
            compile_ruleset(written, file="f", lines=range(RULES)),
            Automation(
                compile_event_rules(written.events, file="f", lines=range(RULES)),
                compile_timed_rules(written.timers, file="f", lines=range(5)),
            ),
            told=False,
        )
        report, until = Report(), NOW + timedelta(days=30)
        began, worked = time.perf_counter(), time.process_time()
        with database.read() as connection:
            for story in stories_since(connection, NOW - timedelta(days=1)):
                report.add(story, replay(rules, story, until), replay(rules, story, until))
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
        database.dispose()
    yield {
        "what": "back-test of 400 rules and 5 timed ones against as many",
        "mails": report.mails,
        "mails_per_second": report.mails / seconds,
        "mails_per_cpu_second": report.mails / cpu,
        "target": f">= {TARGET_MAILS}/s",
        "met": report.mails / seconds >= TARGET_MAILS,
    }


def _fill(database: Database, count: int) -> None:
    trace = {"envelope": {"forward_paths": ["support@example.com"]}, "trust": {"level": "strong"}}
    with database.write() as connection:
        connection.execute(
            contacts.insert(),
            [
                {
                    "id": 1,
                    "address": "kim@q.x.example",
                    "address_key": "kim@q.x.example",
                    "name": "Kim",
                    "created_at": NOW,
                }
            ],
        )
        own: dict[str, Any] = {"brand": "shop", "address": "support@example.com", "status": "open", "requester_id": 1}
        moments = {"created_at": NOW, "updated_at": NOW, "waiting_since": NOW}
        numbers = range(1, count + 1)
        connection.execute(
            tickets.insert(), [{"id": n, **own, **moments, "subject": f"order {n}", "language": "ko"} for n in numbers]
        )
        said: dict[str, Any] = {
            "direction": "in",
            "kind": "mail",
            "public": True,
            "author": "kim@q.x.example",
            "author_name": "Kim",
            "text": _mail(0).body,
            "reply_text": "",
            "recipients": {"to": []},
            "attachments": [],
            "trust": "strong",
            "trace": trace,
        }
        for turn in range(2):
            connection.execute(
                messages.insert(),
                [
                    {"id": 2 * n + turn, "ticket_id": n, "subject": f"order {n}", "created_at": NOW, **said}
                    for n in numbers
                ],
            )
        told = {"kind": "replied", "actor": "kim@q.x.example", "at": NOW + timedelta(hours=3)}
        connection.execute(events.insert(), [{"ticket_id": n, "data": {"message": 2 * n + 1}, **told} for n in numbers])


def measure_rules(_: Path, mails: int) -> list[dict[str, Any]]:
    return [*measure_evaluation(), *measure_backtest(mails)]
