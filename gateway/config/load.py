"""Read the configuration: typed values, or every mistake at once with its file, line and column.

In this order: YAML with positions (``source``), environment overrides and secrets (``overrides``), types (``validate``),
checks across settings and files (``checks``), and the rules and telephone systems, which go the same way.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.config.addresses import AddressBook
from gateway.config.checks import check
from gateway.config.menu_names import check_menu_names
from gateway.config.mistakes import ConfigurationError, Mistake, Place
from gateway.config.model import Configuration
from gateway.config.overrides import PREFIX, apply_overrides, fill_secrets
from gateway.config.rule_names import Names, check_rules
from gateway.config.side_files import SideFiles, read_side_files
from gateway.config.source import Node, Source, read_source
from gateway.config.validate import place_of, sound_parts, validate
from gateway.config.voicemail import WrittenSystem, read_systems
from gateway.rules.compile import compile_ruleset
from gateway.rules.engine import Automation, compile_automation
from gateway.rules.file import RulesFile
from gateway.rules.model import Ruleset

__all__ = ["ConfigurationError", "Loaded", "Mistake", "load", "load_all"]

KINDS = ("rules", "events", "timers")  # of rules, as rules.yaml calls them

MAX_STAMPED_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WrittenRules:
    """Rules as they stand in their file: what a ruleset is compiled from, in another process too."""

    rules: RulesFile = field(default_factory=RulesFile)
    file: str = ""
    lines: tuple[int, ...] = ()  # of each rule, from 1
    event_lines: tuple[int, ...] = ()
    timer_lines: tuple[int, ...] = ()

    def automation(self) -> Automation:
        return compile_automation(
            self.rules, file=self.file, event_lines=self.event_lines, timer_lines=self.timer_lines
        )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that may go live, with all that comes from the same files."""

    configuration: Configuration
    ruleset: Ruleset
    address_book: AddressBook
    stamp: str  # 12 hexadecimal digits over the content of all files and overrides: which configuration was this?
    path: Path
    written: WrittenRules = WrittenRules()
    phone_systems: tuple[WrittenSystem, ...] = ()  # the admin's own; the shipped ones come after them
    side: SideFiles = field(default_factory=SideFiles)
    warnings: tuple[Mistake, ...] = ()  # what is hardly meant so, and yet may go live


def load(path: Path, environ: Mapping[str, str]) -> Configuration:
    """The configuration in ``path`` under the environment ``environ``; ConfigurationError with every mistake."""
    return load_all(path, environ).configuration


def load_all(path: Path, environ: Mapping[str, str], *, tested: bool = False) -> Loaded:
    """The configuration with rules and addresses; ConfigurationError with every mistake of all files.

    ``tested``: for what is to go live. The rules' own tests are run too, and a failure is a mistake; so warnings are gathered.
    """
    main = read_source(path, str(path))
    if main.tree is None:
        raise ConfigurationError((*main.mistakes, *_read_rules(path.parent / "rules.yaml", None).mistakes))
    base = path.parent.absolute()
    mistakes = list(main.mistakes)
    if isinstance(main.tree.value, dict):
        mistakes += apply_overrides(main.tree, Configuration, environ)
        mistakes += fill_secrets(main.tree, environ, base)
    configuration, found = validate(Configuration, main.tree, base)
    parts = _parts(configuration, main.tree, base)
    found += check(parts, main.tree)
    rules = _read_rules(path.parent / "rules.yaml", _rules_place(main.tree), parts.get("rules"))
    named: Path | None = parts.get("voicemail")
    systems: tuple[WrittenSystem, ...] = ()
    phone_content, wrong = b"", list[Mistake]()
    if named is not None:
        systems, phone_content, wrong = read_systems(named, place_of(main.tree, "voicemail"))
    side, side_contents, wrong_beside = read_side_files(
        path.parent, parts, main.tree, year=datetime.now(UTC).year, environ=environ
    )
    # A value that was refused already would be refused again for what is left of it.
    reported = {(mistake.file, mistake.line, mistake.column) for mistake in mistakes}
    mistakes += [mistake for mistake in found if (mistake.file, mistake.line, mistake.column) not in reported]
    mistakes += (*rules.mistakes, *wrong, *wrong_beside)
    warnings = list[Mistake]()
    if not wrong_beside:  # else names would be missed that stand in a file with a mistake
        names = Names(parts, main.tree, side, path.parent)
        found, warnings = check_menu_names(side.menus, rules.written.rules, names)
        mistakes += found
        if rules.tree is not None:
            found, more = check_rules(rules.written.rules, rules.tree, names, with_warnings=tested)
            mistakes += found
            warnings += more
    if mistakes or configuration is None:
        raise ConfigurationError(mistakes)
    if tested and rules.tree is not None and rules.written.rules.tests:
        # The reader comes with it, which takes 10 MB that not every process needs.
        from gateway.config.rule_trials import failed_trials, rules_of

        simulated = rules_of(configuration, rules.ruleset, rules.written.automation(), side)
        beside = rules.path.parent
        mistakes += failed_trials(rules.written.rules, rules.tree, configuration, simulated, beside)
        if mistakes:
            raise ConfigurationError(mistakes)
    try:
        stamp = _stamp((main.content, rules.content, phone_content, *side_contents), configuration, environ)
    except OSError as error:
        message = f"cannot read {error.filename}: {(error.strerror or 'error').lower()}"
        raise ConfigurationError([Mistake.at(place_of(main.tree, "templates_dir"), message)]) from error
    book = AddressBook(configuration)
    return Loaded(
        configuration, rules.ruleset, book, stamp, path, rules.written, systems, side, tuple(sorted(set(warnings)))
    )


def _parts(configuration: Configuration | None, tree: Node, base: Path) -> Mapping[str, Any]:
    if configuration is None:
        return sound_parts(Configuration, tree, base) if isinstance(tree.value, dict) else {}
    values = {name: getattr(configuration, name) for name in Configuration.model_fields}
    numbered = {name: tuple(enumerate(values[name])) for name in ("brands", "forms", "lists", "scanners")}
    return values | numbered


@dataclass(frozen=True, slots=True)
class _Rules:
    ruleset: Ruleset
    content: bytes
    mistakes: tuple[Mistake, ...]
    written: WrittenRules = WrittenRules()
    tree: Node | None = None  # of a file without mistakes
    path: Path = Path()


def _rules_place(tree: Node) -> Place | None:
    return place_of(tree, "rules") if tree.child("rules") is not None else None


def _read_rules(beside: Path, named_at: Place | None, named: Path | None = None) -> _Rules:
    """The rules of the file that the configuration names, else of ``rules.yaml`` beside it if there is one."""
    path = named or beside
    if named is None and not _is_there(beside):
        return _Rules(Ruleset(), b"", ())
    if not _is_there(path):
        place = named_at or Place(str(path))
        return _Rules(Ruleset(), b"", (Mistake.at(place, f"there is no file {path} with rules"),))
    source: Source = read_source(path, str(path))
    if source.tree is None:
        return _Rules(Ruleset(), source.content, source.mistakes)
    written, mistakes = validate(RulesFile, source.tree, None)
    mistakes += _names_twice(source.tree)
    if written is None or mistakes or source.mistakes:
        reported = {(mistake.file, mistake.line, mistake.column) for mistake in source.mistakes}
        fresh = (mistake for mistake in mistakes if (mistake.file, mistake.line, mistake.column) not in reported)
        return _Rules(Ruleset(), source.content, (*source.mistakes, *fresh))
    lines, event_lines, timer_lines = (
        tuple(place_of(source.tree, kind, index).line for index in range(len(getattr(written, kind)))) for kind in KINDS
    )
    ruleset = compile_ruleset(written, file=path.name, lines=lines)
    kept = WrittenRules(written, path.name, lines, event_lines, timer_lines)
    return _Rules(ruleset, source.content, (), kept, source.tree, path)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # there is something that we may not look at; reading it will tell
        return True


def _names_twice(tree: Node) -> list[Mistake]:
    seen: dict[object, Place] = {}
    found = []
    sections = (tree.child(kind) for kind in KINDS)
    rules = [rule for one in sections if one is not None and isinstance(one.value, list) for rule in one.value]
    for rule in rules:
        name = rule.child("name")
        if name is None or not isinstance(name.value, str):
            continue
        if name.value in seen:
            line = seen[name.value].line
            found.append(Mistake.at(name.place, f"the rule in line {line} has the same name; names must be unique"))
        seen.setdefault(name.value, name.place)
    return found


def _stamp(contents: Sequence[bytes], configuration: Configuration, environ: Mapping[str, str]) -> str:
    """Overrides count by name and value, but secrets are not hashed: a short secret could be guessed from the stamp."""
    digest = hashlib.sha256()
    pieces = list(contents)
    for name in sorted(environ):
        if name.startswith(PREFIX):
            value = "" if "PASSWORD" in name.upper() or "DATABASE" in name.upper() else environ[name]
            pieces.append(f"{name}={value}".encode("utf-8", "replace"))
    if configuration.templates_dir is not None:
        for file in sorted(path for path in configuration.templates_dir.rglob("*") if path.is_file()):
            pieces.append(str(file.relative_to(configuration.templates_dir)).encode("utf-8", "replace"))
            with file.open("rb") as opened:
                pieces.append(opened.read(MAX_STAMPED_BYTES))
    for piece in pieces:
        digest.update(len(piece).to_bytes(8, "big"))
        digest.update(piece)
    return digest.hexdigest()[:12]
