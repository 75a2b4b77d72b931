"""Every recipe of docs/rules.md, loaded as an admin would and asked about a mail that it is for and one that it is not."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.config.load import load_all
from gateway.mail.read import read
from gateway.rules import Actions, Outcome, Ruleset, evaluate, facts_of
from gateway.rules.model import Then, When
from tests.docs.pages import REPOSITORY, first_column, section
from tests.docs.test_blocks import NEEDED

PAGE = (REPOSITORY / "docs" / "rules.md").read_text("utf-8")
RECIPES = dict(re.findall(r"^### (.+?)\n.*?^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))


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
    "A phishing wave": (
        Mail(subject="Your parcel 77 is on hold", text="Pay here: https://pay-now.top/x"),
        Actions(status="solved", acknowledge=False, tags=("phishing",)),
        Mail(subject="Is my parcel 77 on hold?", text="Your mail said so."),
        NOTHING,
    ),
}


def asked(ruleset: Ruleset, mail: Mail) -> Outcome:
    return evaluate(ruleset, facts_of(read(mail.raw()), envelope_recipients=(mail.to,), brand="example"))


@pytest.mark.parametrize("name", RECIPES)
def test_recipe(name: str, tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("".join(NEEDED.values()), "utf-8")
    (tmp_path / "rules.yaml").write_text(RECIPES[name], "utf-8")
    ruleset = load_all(tmp_path / "gateway.yaml", {}).ruleset
    assert name in CASES, f"docs/rules.md: the recipe {name!r} needs a mail that hits and one that does not"
    hit, then, other, otherwise = CASES[name]
    assert asked(ruleset, hit).actions == then
    assert asked(ruleset, other).actions == otherwise


def test_there_are_many_and_each_is_there() -> None:
    assert len(RECIPES) >= 10
    assert set(CASES) == set(RECIPES)


def test_every_condition_and_action_is_documented_and_none_else() -> None:
    conditions = {info.alias or name for name, info in When.model_fields.items()}
    assert first_column(section("docs/rules.md", "Conditions")) == conditions
    assert first_column(section("docs/rules.md", "Actions")) == set(Then.model_fields)
