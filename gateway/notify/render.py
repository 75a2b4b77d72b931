"""Mail templates: Jinja2 cut down to what a letter needs.

A template may say ``{{ name }}``, ``{% if %}``, a single ``{% for %}`` and ``{% block %}``, and extend the layout. It cannot call,
reach into objects, assign, include or multiply, so neither a mistake nor malice in a template can read secrets, run for long or
fill the memory; a customer's text enters only as a value and is never compiled.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway.config.share import share_path

Result = TypeVar("Result")

MAX_SOURCE = 256 * 1024  # characters of one template
MAX_OUTPUT = 4 * 1024 * 1024  # characters of one rendered part: an answer with its quote fits ten times

_FILTERS = (
    "e",
    "escape",
    "trim",
    "upper",
    "lower",
    "capitalize",
    "default",
    "d",
    "join",
    "first",
    "last",
    "length",
    "truncate",
)
_TESTS = ("defined", "none", "true", "false", "eq", "equalto", "==", "ne", "!=")
_OPERATORS = frozenset({"+", "-", "*", "/", "//", "%", "**"})
_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.For,
    nodes.Extends,
    nodes.Block,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Keyword,
)
_LOOP_FIELDS = frozenset({"first", "last", "index"})
_READABLE = {
    nodes.Call: "a call",
    nodes.Getattr: "a dot",
    nodes.Getitem: "square brackets",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from %}",
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.Mul: "*",
    nodes.Add: "+",
    nodes.Mod: "%",
    nodes.Pow: "**",
}


class NoticeError(Exception):
    """A notice cannot be written. Each of ``mistakes`` is ``file:line: message`` for the person who edits the template."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class _Forbidden(TemplateSyntaxError):
    """All uses of what a mail template may not do, not only the first."""

    def __init__(self, uses: list[tuple[int, str]], name: str | None, filename: str | None) -> None:
        super().__init__(uses[0][1], uses[0][0], name, filename)
        self.uses = uses


class _Environment(ImmutableSandboxedEnvironment):
    """Checks every template's syntax tree against the few kinds of nodes that are allowed, before it is compiled."""

    intercepted_binops = _OPERATORS

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > MAX_SOURCE:
            raise TemplateSyntaxError(f"longer than {MAX_SOURCE} characters", 1, name, filename)
        tree = super()._parse(source, name, filename)
        uses = forbidden(tree)
        if uses:
            raise _Forbidden(uses, name, filename)
        return tree

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        raise JinjaError(f"{operator} cannot be used in a mail template")


def forbidden(tree: nodes.Template) -> list[tuple[int, str]]:
    """Every use of something that a mail template may not do, as (line, sentence)."""
    found: list[tuple[int, str]] = []

    def walk(node: nodes.Node, loops: int, above: int) -> None:
        # Some nodes that the parser adds by itself have no line, but what is inside them has.
        line = node.lineno or next((inner.lineno for inner in node.find_all(nodes.Node) if inner.lineno), above)
        problem = _problem(node, loops)
        if problem is not None:
            found.append((line, problem))
            return
        inside = loops + isinstance(node, nodes.For)
        for child in node.iter_child_nodes():
            if not (isinstance(child, nodes.Getattr | nodes.Call) and _is_allowed_access(child)):
                walk(child, inside, line)

    walk(tree, 0, 1)
    return found


def _problem(node: nodes.Node, loops: int) -> str | None:
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        return f"filter {node.name!r} cannot be used here{_meant(node.name, _FILTERS)}"
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        return f"test {node.name!r} cannot be used here{_meant(node.name, _TESTS)}"
    if isinstance(node, nodes.For):
        if loops:
            return "a loop inside a loop cannot be used here"
        if node.recursive or not isinstance(node.iter, nodes.Name):
            return "a loop can only go over a placeholder: {% for line in signature %}"
    if isinstance(node, nodes.Extends) and not isinstance(node.template, nodes.Const):
        return "{% extends %} needs the layout's name in quotes"
    if not isinstance(node, _NODES):
        what = next((text for kind, text in _READABLE.items() if isinstance(node, kind)), type(node).__name__)
        return f"{what} cannot be used in a mail template; see docs/notices.md for what can"
    return None


def _is_allowed_access(node: nodes.Getattr | nodes.Call) -> bool:
    """``loop.last`` and ``super()``."""
    if isinstance(node, nodes.Getattr):
        return isinstance(node.node, nodes.Name) and node.node.name == "loop" and node.attr in _LOOP_FIELDS
    return isinstance(node.node, nodes.Name) and node.node.name == "super" and not node.args and not node.kwargs


def _meant(word: str, words: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, words, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One letter. ``subject`` is None where the template leaves it to the ticket."""

    subject: str | None
    text: str
    html: str


def brand_folder(override: Path | None, brand: str) -> Path | None:
    """Where the brand's own templates are; None where it has none."""
    folder = override / "brands" / brand if override is not None and brand else None
    return folder if folder is not None and folder.is_dir() else None


class Templates:
    """The shipped templates, with an admin's files laid over them by the same relative name (``mail/ko/ack.txt.j2``).

    Those of one brand (``brands/BRAND/mail/ko/ack.txt.j2``) lie over both. Each is read and compiled once; a reload makes a new
    object. Safe to share between threads.
    """

    def __init__(self, override: Path | None = None, brand: str = "") -> None:
        own = brand_folder(override, brand)
        folders = [folder for folder in (own, override, share_path("templates")) if folder is not None]
        self.folders = tuple(folders)
        self._environment = _Environment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
            autoescape=lambda name: name is None or not name.endswith(".txt.j2"),
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment = self._environment
        environment.globals.clear()
        environment.filters = {name: environment.filters[name] for name in _FILTERS}
        environment.tests = {name: environment.tests[name] for name in _TESTS}

    def render(
        self,
        language: str,
        kind: str,
        text: Mapping[str, object],
        html: Mapping[str, object],
        *,
        own_subject: bool = True,
    ) -> Rendered:
        """Both parts of ``mail/<language>/<kind>``. Raises NoticeError, which names the file and the line.

        ``own_subject``: the text template may begin with a subject line. False where it begins with somebody's words.
        """
        body, subject = self._part(f"mail/{language}/{kind}.txt.j2", text), None
        if own_subject:
            subject, body = split_subject(body)
        return Rendered(subject, body, self._part(f"mail/{language}/{kind}.html.j2", html))

    def template(self, name: str) -> Template:
        """The compiled template. Raises NoticeError if it is missing or wrong."""
        return _explained(name, lambda: self._environment.get_template(name))

    def file(self, name: str) -> str:
        """Where the template is on disk; its name if it is nowhere."""
        return next((str(folder / name) for folder in self.folders if (folder / name).is_file()), name)

    def has(self, name: str) -> bool:
        """Whether there is a template of this name; one that is there may still be wrong."""
        return any((folder / name).is_file() for folder in self.folders)

    def tree(self, name: str) -> tuple[nodes.Template, str]:
        """The template's syntax tree and its file, for checks. Raises NoticeError."""

        def parse() -> tuple[nodes.Template, str]:
            assert self._environment.loader is not None
            source, filename, _ = self._environment.loader.get_source(self._environment, name)
            return self._environment.parse(source, name, filename), filename or name

        return _explained(name, parse)

    def _part(self, name: str, fields: Mapping[str, object]) -> str:
        template = self.template(name)
        rendered = _explained(name, lambda: template.render(fields))
        if len(rendered) > MAX_OUTPUT:
            raise NoticeError(f"{name}:1: the rendered mail is longer than {MAX_OUTPUT} characters")
        return rendered


_SUBJECT_LINE = re.compile(r"\s*Subject:[ \t]*([^\n]*)\n\s*\n")


def split_subject(text: str) -> tuple[str | None, str]:
    """A text template may begin with ``Subject: ...`` and an empty line; the rest is the body."""
    match = _SUBJECT_LINE.match(text)
    return (None, text) if match is None else (match[1].strip(), text[match.end() :])


def _explained(name: str, work: Callable[[], Result]) -> Result:
    try:
        return work()
    except TemplateNotFound as error:
        raise NoticeError(f"{error.name or name}:1: this template is missing") from error
    except TemplateSyntaxError as error:
        file = error.filename or error.name or name
        uses = error.uses if isinstance(error, _Forbidden) else [(error.lineno, error.message or "")]
        raise NoticeError(*(f"{file}:{line}: {message}" for line, message in uses)) from error
    except JinjaError as error:
        file, line = _place(error, name)
        raise NoticeError(f"{file}:{line}: {error}") from error


def _place(error: BaseException, name: str) -> tuple[str, int]:
    """Jinja2 puts the template's own file and lines into the traceback; the innermost one is where it happened."""
    place = (name, 1)
    traceback = error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename.endswith(".j2"):
            place = (filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return place
