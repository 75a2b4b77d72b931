"""docs/rules.md: its tables against the models, and its recipes for mail that comes in. The others: tests/automation/test_recipes.py."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

from gateway.automation.webhooks import signature
from gateway.config.load import load_all
from gateway.mail.read import read
from gateway.rules import Actions, Outcome, Ruleset, evaluate, facts_of
from gateway.rules.automation import AgeTest, FieldTest, NumberTest, TicketThen, TicketWhen
from gateway.rules.changes import PLACEHOLDERS
from gateway.rules.model import Then, When
from gateway.rules.sla import Metric
from gateway.rules.ticket import EventKind, TicketFacts
from tests.docs.pages import blocks, first_column, section
from tests.docs.recipes import INTAKE
from tests.docs.test_blocks import NEEDED
from tests.support.need import need


@dataclass(frozen=True)
class Mail:
    subject: str = "A question"
    text: str = "How do I pair the lamp?"
    author: str = "kim@customer.example"
    to: str = "support@example.com"
    more: str = ""

    def raw(self) -> bytes:
        return (
            f"From: {self.author}\nTo: {self.to}\nSubject: {self.subject}\n{self.more}"
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{self.text}\n"
        ).encode()


PLAIN = Mail()
NOTHING = Actions()
CASES: dict[str, tuple[Mail, Actions, Mail, Actions]] = {
    "A team by address": (Mail(to="eu-sales@example.com"), Actions(team="sales"), PLAIN, NOTHING),
    "Urgent words, in three languages": (
        Mail(subject="[긴급] 로그인이 안 됩니다"),
        Actions(priority="urgent"),
        Mail(subject="Insurgents in the news"),
        NOTHING,
    ),
    "An important customer": (
        Mail(author="lee@eu.acme.example"),
        Actions(team="key-accounts", priority="high", tags=("acme",)),
        Mail(author="lee@notacme.example"),
        NOTHING,
    ),
    "A team by language": (Mail(text="램프가 켜지지 않습니다. 도와주세요."), Actions(team="seoul"), PLAIN, NOTHING),
    "Out of the way: newsletters": (
        Mail(more="List-Id: News <news.vendor.example>\nList-Unsubscribe: <https://vendor.example/u>\n"),
        Actions(status="solved", acknowledge=False, tags=("newsletter",)),
        PLAIN,
        NOTHING,
    ),
    "Orders of the shop system": (
        Mail(author="orders@shop.example", subject="New order #1203"),
        Actions(team="logistics", tags=("order",)),
        Mail(author="orders@shop.example", subject="Re: New order #1203"),
        NOTHING,
    ),
    "Monitoring opens tickets but hears nothing back": (
        Mail(author="probe@monitoring.example.com"),
        Actions(team="operations", acknowledge=False),
        Mail(author="probe@example.com"),
        NOTHING,
    ),
    "A report that nobody reads": (
        Mail(author="reports@old.example.com", subject="Nightly report 12"),
        Actions(drop="Nightly report of the old system"),
        Mail(author="reports@old.example.com", subject="Disk is full"),
        NOTHING,
    ),
    "Refunds, but not those of a partner": (
        Mail(text="I want my money back, please."),
        Actions(team="billing", tags=("refund",)),
        Mail(subject="Refund", author="a@partner.example"),
        NOTHING,
    ),
    "Personal data": (
        Mail(text="Please delete my account."),
        Actions(team="privacy", priority="high", tags=("privacy",)),
        Mail(text="Please do not delete anything."),
        NOTHING,
    ),
    "Job applications at the wrong address": (
        Mail(subject="Application as a baker"),
        Actions(team="people", acknowledge=False),
        Mail(subject="Application as a baker", to="jobs@shop.example.com"),
        NOTHING,
    ),
    "A brand's own team, unless it is urgent": (
        Mail(subject="Lamp not working"),
        Actions(team="repair", priority="high"),
        PLAIN,
        Actions(team="shop"),
    ),
    "The order number of a new mail": (
        Mail(subject="주문 B-1203 문의드립니다"),
        Actions(type="question", fields=(("order", "B-1203"),)),
        Mail(subject="My order"),
        NOTHING,
    ),
    "Likely fraud is held for people": (
        Mail(subject="Payment slip attached"),
        Actions(quarantine="Viruses and false payment slips"),
        Mail(subject="Paying by slip"),
        NOTHING,
    ),
    "A phishing wave": (
        Mail(subject="Your parcel 77 is on hold", text="Pay here: https://pay-now.top/x"),
        Actions(status="solved", acknowledge=False, tags=("phishing",)),
        Mail(subject="Is my parcel 77 on hold?", text="Your mail said so."),
        NOTHING,
    ),
}


def asked(ruleset: Ruleset, mail: Mail) -> Outcome:
    return evaluate(ruleset, facts_of(read(mail.raw()), envelope_recipients=(mail.to,), brand="example"))


@pytest.mark.parametrize("name", INTAKE)
def test_recipe(name: str, tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("".join(NEEDED.values()), "utf-8")
    (tmp_path / "rules.yaml").write_text(INTAKE[name], "utf-8")
    ruleset = load_all(tmp_path / "gateway.yaml", {}).ruleset
    assert name in CASES, f"docs/rules.md: the recipe {name!r} needs a mail that hits and one that does not"
    hit, then, other, otherwise = CASES[name]
    assert asked(ruleset, hit).actions == then
    assert asked(ruleset, other).actions == otherwise


def test_each_recipe_for_mail_that_comes_in_has_a_case() -> None:
    assert set(CASES) == set(INTAKE)


def names_of(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


@pytest.mark.parametrize(
    ("heading", "documented"),
    [
        ("Conditions", names_of(When)),
        ("Actions", names_of(Then)),
        ("What happens to tickets", {kind.value for kind in EventKind} | {"on"}),
        ("Conditions on tickets", names_of(TicketWhen)),
        ("Actions on tickets", names_of(TicketThen)),
        ("Named groups and placeholders", {"match.NAME", *PLACEHOLDERS}),
        ("Expressions", {"ticket", *TicketFacts.__slots__}),
        ("Promises", {metric.value for metric in Metric}),
    ],
)
def test_each_table_is_complete_and_has_nothing_else(heading: str, documented: set[str]) -> None:
    assert first_column(section("docs/rules.md", heading)) == documented


def test_numbers_spans_and_fields_are_explained() -> None:
    words = set(re.findall(r"`(\w+)`", section("docs/rules.md", "Numbers, spans, fields")))
    assert names_of(NumberTest) | names_of(AgeTest) | names_of(FieldTest) <= words


def code(kind: str) -> str:
    (found,) = [block.text for block in blocks(kind) if block.page == "docs/rules.md"]
    return found


SECRET = "0123456789abcdef"
BODY = '{"rule":"환불"}'.encode()


def cases() -> list[tuple[str, str, bytes, bool]]:
    """Timestamp, signature, body, and whether it is a call of ours."""
    now, old = str(int(time.time())), str(int(time.time()) - 3600)
    good = f"v1={signature(SECRET, now, BODY)}"
    return [
        (now, good, BODY, True),
        (now, good, BODY + b" ", False),
        (now, good[:-1], BODY, False),
        (now, f"v1={signature('another secret', now, BODY)}", BODY, False),
        (old, f"v1={signature(SECRET, old, BODY)}", BODY, False),
        ("soon", f"v1={signature(SECRET, 'soon', BODY)}", BODY, False),
    ]


def test_the_check_in_python_tells_our_calls() -> None:
    names: dict[str, Callable[..., bool]] = {}
    exec(code("python"), names)
    for timestamp, signed, body, expected in cases():
        assert names["is_ours"](SECRET, timestamp, signed, body) is expected


def test_the_check_in_javascript_tells_our_calls() -> None:
    node = need("node")
    told = [[timestamp, signed, body.hex()] for timestamp, signed, body, _ in cases()]
    asked = f"{json.dumps(told)}.map(([t, s, b]) => isOurs({SECRET!r}, t, s, Buffer.from(b, 'hex')))"
    ran = subprocess.run(
        [node, "-e", f"{code('js')}\nconsole.log(JSON.stringify({asked}))"], capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == [expected for *_, expected in cases()]
