"""Tests beside the rules: what they can say, and what is said where the rules do otherwise."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.rules import rules as command
from gateway.config import rule_trials
from gateway.config.load import ConfigurationError, load_all

GATEWAY = """\
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - {id: shop, name: Shop, addresses: [support@example.com], team: front}
  - {id: parts, name: Parts, addresses: [parts@example.com]}
"""
RULES = r"""
rules:
  - name: Invoices
    when: {subject: '\binvoice\b'}
    then: {team: billing, tags: invoice, acknowledge: false}
  - name: Spam
    when: {spam_score: 9}
    then: {drop: true}
events:
  - name: Order numbers
    on: [created, replied]
    when: {mail: {subject: 'order (?P<order>\d+)'}}
    then: {fields: {order: '{match.order}'}, priority: high}
  - name: High is told
    on: priority
    when: {became: high}
    then: {notify: [{to: admins, text: 'Look at {ticket.number}'}]}
timers:
  - name: Unanswered
    when: {waiting: {over: 4h, hours: business}}
    then: {priority: urgent, note: late}
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(tests: str, **files: str) -> Path:
        texts = {"gateway": GATEWAY, "rules": f"{RULES}tests:\n{tests}", **files}
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
        return tmp_path / "gateway.yaml"

    return write


def failures(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        load_all(path, {}, tested=True)
    return [str(mistake).replace(f"{path.parent}/", "") for mistake in refused.value.mistakes]


GOOD = r"""
  - name: An invoice
    mail: {from: kim@customer.example, subject: Invoice 17}
    expect:
      {team: billing, tags: invoice, not_tags: refund, acknowledge: false, priority: normal, status: new, drop: false,
       rules: Invoices, not_rules: Order numbers, not_effects: notify}
  - name: An order, through two rules
    mail: {subject: Where is order 4711?, to: parts@example.com}
    expect: {fields: {order: '4711'}, priority: high, team: none, effects: notify, rules: [Order numbers, High is told]}
  - name: The brand's own team
    mail: {subject: Hello}
    expect: {team: front, acknowledge: true}
  - name: Dropped
    mail: {subject: Invoice, spam_score: 9.5}
    expect: {drop: true, rules: Spam}
  - name: Somebody raises it
    ticket: {priority: normal}
    event: {kind: priority, by: agent, was: normal, became: high}
    expect: {effects: notify}
  - name: A reply brings the number
    ticket: {status: pending, fields: {order: '1'}}
    event: {kind: replied}
    mail: {subject: 'Re: order 2'}
    expect: {fields: {order: '2'}, status: pending}
  - name: Nobody answers
    ticket: {waiting: 1h, team: seoul}
    at: 2026-03-09T17:00+09:00
    after: 16h
    expect: {priority: normal, not_rules: Unanswered}
  - name: Nobody answers the next morning either
    ticket: {waiting: 1h, team: seoul}
    at: 2026-03-09T17:00+09:00
    after: 19h
    expect: {priority: urgent, effects: [note, note late], rules: Unanswered}
  - name: From the mail's first moment
    mail: {subject: Hello}
    after: 5h
    expect: {rules: Unanswered}
"""
SEOUL = {
    "calendars": "calendars:\n  - {id: office, time_zone: Asia/Seoul, hours: {mon-fri: 09:00-18:00}}\n",
    "teams": "teams:\n  - {id: seoul, calendar: office}\n  - {id: billing}\n  - {id: front}\n",
}


def test_everything_that_can_be_expected(write: Write) -> None:
    path = write(GOOD, **SEOUL)
    assert not load_all(path, {}, tested=True).warnings
    result = CliRunner().invoke(command, ["test", "-c", str(path)])
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "9 tests, 0 failed")


def test_a_failure_names_what_was_found_and_why(write: Write) -> None:
    path = write(
        "  - name: Refunds\n"
        "    mail: {subject: Refund}\n"
        "    expect: {team: billing, rules: [Invoices, Refunds]}\n"
        "  - name: A loud one\n"
        "    ticket: {waiting: 1h}\n"
        "    after: 2h\n"
        "    expect: {priority: urgent}\n"
    )
    assert failures(path) == [
        r"rules.yaml:25:20: test 'Refunds' fails: `team` is 'front', not 'billing'; 'Invoices' does not: subject has no "
        r"'\\binvoice\\b'; 'Spam' does not: the mail has no spam score; 'Order numbers' does not: subject has no "
        r"'order (?P<order>\\d+)'",
        r"rules.yaml:25:37: test 'Refunds' fails: the rule 'Invoices' does not apply: subject has no '\\binvoice\\b'",
        "rules.yaml:25:47: test 'Refunds' fails: there is no rule 'Refunds'.",
        "rules.yaml:29:24: test 'A loud one' fails: `priority` is 'normal', not 'urgent'; 'Unanswered' does not: "
        "waiting is 3h, not yet 4h",
    ]
    assert load_all(path, {}).written.rules.tests, "a command that only looks is not kept from looking"
    result = CliRunner().invoke(command, ["test", "--json", "-c", str(path)])
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [one["ok"] for one in found] == [False, False]
    assert [one["at"] for one in found[0]["differences"]] == ["team", "rules.0", "rules.1"]


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("{name: n, expect: {drop: true}}", "a test needs a `mail` that comes in or a `ticket` that is there"),
        ("{name: n, ticket: {}, expect: {drop: true}}", "nothing happens to this `ticket`; write an `event`, or"),
        ("{name: n, mail: {}, event: {kind: replied}, expect: {drop: true}}", "an `event` needs a `ticket`"),
        ("{name: n, mail: {}, expect: {}}", "write what you expect, such as `team: billing`"),
        ('{name: n, mail: {subject: "a\\nb"}, expect: {drop: true}}', "are one line each"),
        ("{name: n, mail: {}, at: 2026-03-09, expect: {drop: true}}", "lacks its distance from UTC"),
        ("{name: n, mail: {file: none.eml}, expect: {drop: true}}", "there is no file"),
        ("{name: n, mail: {}, expect: {drop: true}}", "no rule drops the mail"),
        ("{name: n, mail: {spam_score: 9}, expect: {team: front}}", "rule 'Spam' drops the mail"),
        ("{name: n, mail: {}, expect: {acknowledge: false}}", "`acknowledge` is not false"),
        ("{name: n, mail: {}, expect: {tags: [x]}}", "the tag 'x' is missing (tags: none)"),
        ("{name: n, mail: {subject: invoice}, expect: {not_tags: invoice}}", "the tag 'invoice' is there"),
        ("{name: n, mail: {}, expect: {fields: {order: x}}}", "the field `order` is '', not 'x'"),
        ("{name: n, mail: {}, expect: {effects: note}}", "'note' is not done (done: nothing)"),
        ("{name: n, mail: {subject: order 1}, expect: {not_effects: notify}}", "'notify' is done"),
        (
            "{name: n, mail: {subject: invoice}, expect: {not_rules: Invoices}}",
            "the rule 'Invoices' applies: subject has",
        ),
    ],
)
def test_what_cannot_be_and_what_is_not_so_is_said(write: Write, test: str, message: str) -> None:
    assert any(message in line for line in failures(write(f"  - {test}\n")))


def test_a_mail_from_a_file_is_read_as_the_gateway_reads_it(write: Write, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "invoice.eml").write_bytes(
        b"From: kim@customer.example\r\nTo: parts@example.com\r\nSubject: =?UTF-8?Q?Invoice_=E2=82=AC?=\r\n"
        b"Auto-Submitted: auto-replied\r\n\r\nHere it is.\r\n"
    )
    rules = RULES.replace(
        "when: {subject: '\\binvoice\\b'}", "when: {subject: '\\binvoice €', brand: parts, kind: auto-reply}"
    )
    test = "  - {name: n, mail: {file: tests/invoice.eml}, expect: {rules: Invoices}}\n"
    load_all(write("", rules=f"{rules}tests:\n{test}"), {}, tested=True)
    changed = "  - {name: n, mail: {file: tests/invoice.eml, subject: Refund}, expect: {not_rules: Invoices}}\n"
    load_all(write("", rules=f"{rules}tests:\n{changed}"), {}, tested=True)


def test_tests_that_take_too_long_are_not_run_to_their_end(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_trials, "BUDGET_SECONDS", -1.0)
    (line,) = failures(write("  - {name: n, mail: {}, expect: {team: front}}\n"))
    assert "test 'n' fails: not run: the tests above took" in line


MODEL = {
    "fields": "statuses:\n  - {id: waiting-for-parts, category: on_hold}\nfields:\n  - {id: order, type: text}\n",
    "organizations": "organizations:\n  - {id: acme, name: Acme, domains: [acme.example], tags: [contract], fields: {order: A-1}}\n",
    "teams": "teams:\n  - {id: front}\n  - {id: gold}\n",
    "rules": r"""
rules:
  - {name: Fraud, when: {subject: fraud}, then: {quarantine: true}}
events:
  - {name: Contract first, on: created, when: {organization: acme}, then: {team: gold}}
  - {name: Parts, on: replied, when: {mail: {body: spare part}}, then: {status: waiting-for-parts}}
  - {name: Parts came, on: status, when: {was: waiting-for-parts}, then: {tags: came}}
  - {name: Still waiting, on: noted, when: {status: waiting-for-parts}, then: {priority: high}}
tests:
""",
}
OWN = r"""
  - name: Held for people
    mail: {subject: A fraud}
    expect: {quarantine: true, rules: Fraud}
  - name: A customer with a contract
    mail: {from: lee@de.acme.example, subject: Hello}
    expect: {quarantine: false, team: gold, tags: contract, fields: {order: A-1}, not_tags: vip}
  - name: An important customer
    mail: {subject: Hello, vip: true}
    expect: {team: front, tags: vip, not_tags: contract}
  - name: An own status inside a fixed one
    ticket: {requester: lee@acme.example}
    event: {kind: replied}
    mail: {body: I need a spare part}
    expect: {status: waiting-for-parts, not_rules: Parts came}
  - name: Also by the fixed one's name
    ticket: {status: waiting-for-parts}
    event: {kind: noted, by: agent}
    expect: {status: on_hold, priority: high}
  - name: Out of an own status
    ticket: {status: open}
    event: {kind: status, by: agent, was: waiting-for-parts, became: open}
    expect: {tags: came}
"""


def test_own_statuses_organizations_and_held_mail_can_be_expected(write: Write) -> None:
    files = {**MODEL, "rules": MODEL["rules"] + OWN, "gateway": f"{GATEWAY}vip: {{senders: [kim@customer.example]}}\n"}
    path = write("", **files)
    load_all(path, {}, tested=True)
    result = CliRunner().invoke(command, ["test", "-c", str(path)])
    assert result.stdout.splitlines()[-1] == "6 tests, 0 failed", result.stdout


def test_the_same_fail_where_it_is_otherwise(write: Write) -> None:
    wrong = (
        OWN.replace("quarantine: true", "drop: true")
        .replace("tags: contract, f", "tags: [contract, other], f")
        .replace("status: waiting-for-parts, not", "status: pending, not")
    )
    said = failures(write("", **{**MODEL, "rules": MODEL["rules"] + wrong}))
    assert [one.partition(" fails: ")[2].partition(";")[0] for one in said] == [
        "no rule drops the mail",
        "the tag 'other' is missing (tags: contract)",
        "`status` is 'on_hold waiting-for-parts', not 'pending'",
    ]
