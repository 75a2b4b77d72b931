"""Telephone and fax systems: the shipped list, and the admin's own file of the same form (``voicemail`` in gateway.yaml)."""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.mistakes import Mistake, Place
from gateway.config.section import Line, Section
from gateway.config.source import parse, read_source
from gateway.config.validate import place_of, validate
from gateway.mail.voicemail import CallKind, Find, PhoneSystem
from gateway.rules.patterns import compile_pattern

SHIPPED = "voicemail.yaml"


def _pattern(value: str) -> str:
    compile_pattern(value)
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Patterns = Annotated[tuple[Annotated[str, AfterValidator(_pattern)], ...], BeforeValidator(_listed)]
HeaderNames = Annotated[tuple[Annotated[str, Field(pattern=r"^[!-9;-~]{1,80}$")], ...], BeforeValidator(_listed)]


class WrittenSystem(Section):
    """One telephone or fax system, as it is written."""

    name: Line = Field(min_length=1, max_length=80, examples=["Our PBX"], description="Name, shown with the ticket.")
    kind: Literal["voicemail", "fax"] = Field(default="voicemail", description="What it sends.")
    sender: Patterns = Field(default=(), description="Regular expressions (RE2) over name and address in From.")
    subject: Patterns = Field(default=(), description="The same over the subject.")
    body: Patterns = Field(default=(), description="The same over the text.")
    header: HeaderNames = Field(default=(), description="Names of header fields of which the mail has one.")
    recording: bool = Field(default=True, description="The mail must have an audio part, or page images for a fax.")
    caller: Patterns = Field(default=(), description="Expressions whose first group is the caller.")
    caller_header: HeaderNames = Field(default=(), description="Names of header fields that tell the caller.")
    duration: Patterns = Field(default=(), description="Expressions whose first group is the duration.")
    transcript: Patterns = Field(default=(), description="Expressions whose first group is what was said.")


class WrittenSystems(Section):
    """The file."""

    systems: tuple[WrittenSystem, ...] = Field(default=(), description="Systems, asked from top to bottom.")


def read_systems(path: Path, place: Place) -> tuple[tuple[WrittenSystem, ...], bytes, list[Mistake]]:
    """The admin's file: its systems, its content, and every mistake. ``place``: where the configuration names it."""
    if not path.is_file():
        return (), b"", [Mistake.at(place, f"there is no file {path} with telephone systems")]
    source = read_source(path, str(path))
    mistakes = list(source.mistakes)
    if source.tree is None:
        return (), source.content, mistakes
    written, found = validate(WrittenSystems, source.tree, None)
    mistakes += found
    for index, system in enumerate(written.systems if written is not None else ()):
        if not (system.sender or system.subject or system.body or system.header):
            message = f"the system `{system.name}` fits every mail; write `sender`, `subject`, `body` or `header`"
            mistakes.append(Mistake.at(place_of(source.tree, "systems", index), message))
    return (written.systems if written is not None and not mistakes else ()), source.content, mistakes


@cache
def shipped_systems() -> tuple[PhoneSystem, ...]:
    """What comes with the gateway; read once, when the first mail is looked at."""
    text = resources.files("gateway.mail").joinpath(SHIPPED).read_text("utf-8")
    tree, mistakes = parse(text, SHIPPED)
    assert tree is not None, mistakes
    written, found = validate(WrittenSystems, tree, None)
    assert written is not None, found
    return compile_systems(written.systems)


def compile_systems(written: tuple[WrittenSystem, ...]) -> tuple[PhoneSystem, ...]:
    return tuple(_compiled(system) for system in written)


def _compiled(system: WrittenSystem) -> PhoneSystem:
    return PhoneSystem(
        name=system.name,
        kind=CallKind(system.kind),
        sender=_finders(system.sender),
        subject=_finders(system.subject),
        header=tuple(name.lower() for name in system.header),
        body=_finders(system.body),
        recording=system.recording,
        caller=_finders(system.caller),
        caller_header=system.caller_header,
        duration=_finders(system.duration),
        transcript=_finders(system.transcript),
    )


def _finders(patterns: tuple[str, ...]) -> tuple[Find, ...]:
    return tuple(compile_pattern(pattern).first_in for pattern in patterns)
