"""What the pages show must exist: links, pictures, commands, options, settings, variables, and whole tables of names."""

import ast
import re
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from gateway.cli.main import gateway
from gateway.config.model import Configuration
from gateway.config.overrides import PREFIX
from gateway.config.schema import field_at
from gateway.journal import Fate
from gateway.notify.policy import BREAKER
from gateway.report.metrics import exposition
from gateway.store.database import Database
from gateway.store.outbox import State
from gateway.threading.causes import CAUSES, Cause
from tests.docs.pages import PAGES, REPOSITORY, blocks, code_words, first_column, name_of, prose, section

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SETTING = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
_VARIABLE = re.compile(rf"\b{PREFIX}[A-Z0-9_]+")


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings have on the usual hosts."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(prose(page)):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), f"{name_of(page)}: {target} leads nowhere"
        assert not anchor or anchor in anchors(there), f"{name_of(page)}: {target} has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_are_named_exist(page: Path) -> None:
    for word in code_words(page):
        if re.fullmatch(r"(?:gateway|docs|tests|config|templates|systemd|bench)/[\w./-]*", word):
            assert (REPOSITORY / word).exists(), f"{name_of(page)} names {word}, which is not there"


# --- commands ---------------------------------------------------------------------------------------------------------


def command_line(words: Sequence[str]) -> tuple[click.Command, str, list[str]]:
    """The command that words after ``gateway`` name, its full name, and what is left; KeyError where there is none."""
    command, name, rest = gateway, "gateway", list(words)
    found: click.Command = command
    while isinstance(found, click.Group) and rest and re.fullmatch(r"[a-z]+", rest[0]):
        inner = found.get_command(click.Context(found), rest[0])
        if inner is None:
            raise KeyError(f"{name} {rest[0]}")
        found, name, rest = inner, f"{name} {rest[0]}", rest[1:]
    return found, name, rest


def mentioned_commands(page: Path) -> Iterator[list[str]]:
    for word in code_words(page):
        for match in re.finditer(r"(?:^|[/(|`&$] ?|\bsudo -u gateway )gateway ([a-z].*)", word):
            yield re.split(r"\s*(?:\||&&|;|#|>|\$\()", match[1])[0].split()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_that_are_shown_exist(page: Path) -> None:
    for words in mentioned_commands(page):
        command, name, rest = command_line(words)
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        known |= {"-h", "--help", "--version"}
        for option in (word.partition("=")[0] for word in rest if word.startswith("--") and word != "--"):
            assert option in known, f"{name_of(page)}: {name} has no option {option}"


# --- settings and variables ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_that_are_named_exist(page: Path) -> None:
    for word in code_words(page):
        path = tuple(word.split("."))
        if _SETTING.fullmatch(word) and field_at(Configuration, path[:1]) is not None:
            steps = tuple(step for name in path for step in ((name, 0) if name == "brands" else (name,)))
            last = field_at(Configuration, steps)
            assert last is not None, f"{name_of(page)}: there is no setting {word}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_variables_that_are_named_fit_a_setting(page: Path) -> None:
    words = [word for word in code_words(page) if not word.startswith("environment:")]  # an example of a mistake
    for variable in {found for word in words for found in _VARIABLE.findall(word)}:
        names = variable.removeprefix(PREFIX).lower().split("__")
        steps = tuple(0 if name == "n" or name.isdigit() else name for name in names)
        assert field_at(Configuration, steps) is not None, f"{name_of(page)}: {variable} fits no setting"


# --- tables that claim to be whole ----------------------------------------------------------------------------------------


def test_every_metric_is_documented_and_none_else(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        text = exposition(connection, datetime.now(UTC), free_bytes=1).decode()
    known = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    assert first_column(section("docs/operations.md", "Metrics")) == known
    for page in PAGES:
        for word in code_words(page):
            assert set(re.findall(r"\bgateway_(?:journal|outbox|tickets|timers|build|free)_?\w*", word)) <= known | {
                "gateway_journal"
            }, f"{name_of(page)}: {word}"


def sources(*parts: str) -> Iterator[ast.AST]:
    for part in parts:
        path = REPOSITORY / "gateway" / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield from ast.walk(ast.parse(file.read_text("utf-8")))


def text_of(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def texts_of(node: ast.AST | None) -> set[str | None]:
    """A literal, or both of ``a if ... else b``."""
    return {text_of(node.body), text_of(node.orelse)} if isinstance(node, ast.IfExp) else {text_of(node)}


def event_kinds_in_the_code() -> set[str]:
    """``(kind, actor, data)`` as ``add_events`` takes it, and the kinds that the outbox writes itself."""
    found: set[str | None] = set()
    for node in sources("pipeline", "desk", "store", "delivery", "automation", "replay"):
        match node:
            case ast.Tuple(
                elts=[
                    first,
                    ast.Name(id="GATEWAY" | "ACTOR" | "author" | "actor")
                    | ast.Call(func=ast.Name(id="address_key"))
                    | ast.Attribute(attr="address"),
                    _,
                ]
            ):
                found |= texts_of(first)
            case ast.Call(func=ast.Name(id="_note"), args=[*_, last]):
                found.add(text_of(last))
            case ast.Call(func=ast.Attribute(attr="values"), keywords=keywords) if "actor" in {k.arg for k in keywords}:
                found.update(text_of(k.value) for k in keywords if k.arg == "kind")
    for node in sources("pipeline/origin.py"):  # (kind, data), completed by whoever writes them
        match node:
            case ast.Tuple(elts=[first, ast.Name(id="facts") | ast.BinOp() | ast.DictComp()]):
                found.add(text_of(first))
            case ast.Call(func=ast.Name(id="_with_event"), args=[_, kind, _]):
                found.add(text_of(kind))
    return {kind for kind in found if kind is not None}


def test_every_event_kind_is_documented_and_none_else() -> None:
    kinds = event_kinds_in_the_code()
    assert {"created", "suppressed", "delivery_failed", "delivery_held", "alarm", "merged", "maybe_from"} <= kinds, (
        "the search is blind"
    )
    assert first_column(section("docs/operations.md", "Events")) == kinds


def test_every_cause_of_quarantine_is_used() -> None:
    used = {
        node.attr
        for file in (REPOSITORY / "gateway").rglob("*.py")
        if file.name != "causes.py"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Cause"
    }
    assert used == {cause.name for cause in Cause}


def test_the_table_of_causes_is_the_vocabulary() -> None:
    table = "\n".join(
        f"| `{cause}` | {words.happened.en} | {words.remedy.en} |" for cause, words in sorted(CAUSES.items())
    )
    assert table in section("docs/operations.md", "Quarantine"), f"docs/operations.md must have these rows:\n{table}"
    assert {word for word in first_column(section("docs/operations.md", "Quarantine")) if word in table} == set(Cause)


def test_every_reason_for_silence_is_documented_and_none_else() -> None:
    found = {
        text_of(node.args[0])
        for node in sources("notify", "desk", "pipeline")
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Suppression"
        and node.args
    } - {None}
    budgets = set(first_column(section("docs/notices.md", "Budgets"))) - {"acks_to_unknown", "automatic_in_all"}
    assert {"brand_off", "machine_mail"} <= found, "the search is blind"
    assert first_column(section("docs/notices.md", "When we stay silent")) == found | budgets | {BREAKER}


def test_every_fate_and_every_state_of_the_outbox_is_documented() -> None:
    assert first_column(section("docs/operations.md", "The ledger")) == {fate.value for fate in Fate}
    assert first_column(section("docs/operations.md", "The outbox")) == {state.value for state in State}


def test_log_lines_that_are_named_are_written() -> None:
    written = {text for node in sources(".") if (text := text_of(node)) is not None}
    for line in first_column(section("docs/operations.md", "Lines worth an alarm")):
        assert any(text.startswith(line) for text in written), f"nobody writes {line!r}"


# --- the pages themselves -------------------------------------------------------------------------------------------------


def test_the_readme_leads_to_every_page() -> None:
    linked = {target.partition("#")[0] for target in _LINK.findall((REPOSITORY / "README.md").read_text("utf-8"))}
    for page in PAGES:
        if page.name != "README.md":
            assert name_of(page) in linked, f"README.md does not lead to {name_of(page)}"


def test_shell_blocks_are_shell() -> None:
    for block in blocks("sh"):
        done = subprocess.run(["sh", "-n"], input=block.text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{block}: {done.stderr}"
