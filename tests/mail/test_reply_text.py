"""What is new in a reply: client by client and language by language, and what only looks quoted."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gateway.mail.read import read
from gateway.mail.reply_text import reply_text
from tests.support.mail_cases import MailCase, mail_cases


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("case", mail_cases("reply"), ids=lambda case: case.name)
def test_replies(case: MailCase) -> None:
    message = read(case.raw)
    if "reply" in case.expected:
        assert one_line(message.reply_text) == one_line(case.expected["reply"])
    for said in case.expected.get("contains", []):
        assert one_line(said) in one_line(message.reply_text)
    for quoted in case.expected.get("excludes", []):
        assert one_line(quoted) not in one_line(message.reply_text)


LINES = YAML(typ="safe").load((Path(__file__).parent / "attributions.yaml").read_text("utf-8"))


@pytest.mark.parametrize("line", [*LINES["everywhere"], *LINES["marked"]])
def test_the_line_above_a_marked_quotation_goes(line: str) -> None:
    assert reply_text(f"It works now.\n\n{line}\n\n> earlier words\n> Lee\n", None) == "It works now."


@pytest.mark.parametrize("line", LINES["everywhere"])
def test_the_line_above_an_unmarked_quotation_goes(line: str) -> None:
    assert reply_text(f"It works now.\n\n{line}\n\nearlier words\nLee\n", None) == "It works now."


def test_the_view_never_loses_the_text() -> None:
    for case in mail_cases("reply"):
        message = read(case.raw)
        assert message.reply_text.strip()
        assert len(message.reply_text) <= len(message.text) + 1


HOSTILE: dict[str, Callable[[int], str]] = {
    "on on on": lambda n: "On " * n,
    "on, a line each": lambda n: "On \n" * n,
    "on x on y": lambda n: "On x on y at z " * n,
    "te": lambda n: "te" * n,
    "arrows": lambda n: ">" * n,
    "arrows, a line each": lambda n: ">\n" * n,
    "dates": lambda n: "On 2024-01-01 10:00 a@b.example\n" * n,
    "labels": lambda n: "From: a\nTo: b\n" * n,
    "separators": lambda n: "-----Original Message-----\n" * n,
    "delimiters": lambda n: "--\n" * n,
    "phone lines": lambda n: "Sent from my iPhone\n" * n,
    "cards": lambda n: "Thanks\n\nTel: 02-123-4567\n" * n,
    "notices": lambda n: "\nThis email and any\n" * n,
    "answers between": lambda n: "hello\n-- \nx\n> q\n" * n,
    "GroupWise lines": lambda n: f">>> {'wrote 1:00 @' * 20}\n" * (n // 5),
    "Notes lines": lambda n: f"{'a---1.1.24 ' * 20}\n" * (n // 5),
    "mailboxes that wrote": lambda n: f"{'Kim <a@b.example' * 15}:\n" * (n // 5),
    "empty lines": lambda n: "\n" * n + "Sent from my iPhone",
}


def seconds(work: Callable[[], object]) -> float:
    best = 1e9
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("shape", HOSTILE)
def test_the_cost_is_linear(shape: str) -> None:
    once, twice = HOSTILE[shape](2_000), HOSTILE[shape](4_000)
    assert seconds(lambda: reply_text(twice, None)) < 3 * seconds(lambda: reply_text(once, None)) + 0.1


@pytest.mark.parametrize(
    "html",
    [
        "<div class=gmail_quote>" * 10_000,
        "<" * 100_000 + "gmail_",
        '<div class="' + "gmail_quote " * 10_000 + '">',
        "<!--" * 50_000 + "gmail_",
        "&" * 100_000 + "gmail_",
        "<blockquote type=cite>" * 10_000,
    ],
    ids=["nested", "less-than", "one class", "comments", "entities", "cite"],
)
def test_hostile_html_costs_little(html: str) -> None:
    assert seconds(lambda: reply_text("hello\n" * 200, html)) < 1


def test_carriage_returns_and_nothing_at_all() -> None:
    assert reply_text("", None) == ""
    assert reply_text("hello\r\n\r\n-- \r\nme\r\n", None) == "hello"
