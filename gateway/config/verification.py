"""Services whose mail asks for a code or a click: the shipped list, and the admin's own (``verification`` in gateway.yaml)."""

from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.config.section import Domain, Line, Re2, Section, Sender
from gateway.config.source import parse
from gateway.config.validate import validate
from gateway.mail.verification import Service, ServiceKind
from gateway.mail.voicemail import Find
from gateway.rules.patterns import compile_pattern

SHIPPED = "verification.yaml"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Patterns = Annotated[tuple[Re2, ...], BeforeValidator(_listed)]


class WrittenService(Section):
    """One service, as it is written."""

    name: Line = Field(min_length=1, max_length=80, examples=["Our wiki"], description="Name, shown to admins.")
    kind: Literal["verification", "forwarding"] = Field(
        default="verification", description="`forwarding`: it confirms that mail is forwarded to us."
    )
    sender: Patterns = Field(
        min_length=1,
        examples=[["@wiki\\.example\\.com"]],
        description="Regular expressions (RE2) over name and address in From; one must match.",
    )
    machines: bool = Field(default=False, description="Mail that a program sent fits too, whoever sent it.")
    words: Patterns = Field(
        default=(), description="The same over subject and text. Empty: every mail of the sender fits."
    )
    code: Patterns = Field(default=(), description="Expressions whose first group is the code.")
    link: Patterns = Field(default=(), description="Expressions whose first group is the link.")
    hosts: tuple[Domain, ...] = Field(
        default=(), description="Domains to which its links lead. Links to elsewhere are not offered. Empty: any."
    )


class WrittenServices(Section):
    """The shipped file."""

    services: tuple[WrittenService, ...] = Field(default=(), description="Services, asked from top to bottom.")


class Verification(Section):
    """Mail that asks whoever reads our addresses for a code or a click: held for admins alone."""

    hold: bool = Field(
        default=True,
        description="`false`: such mail becomes tickets like any other. Then strangers who open tickets may read your codes.",
    )
    allow: tuple[Sender, ...] = Field(
        default=(),
        max_length=1000,
        examples=[["monitor.example.com"]],
        description="Addresses or domains whose mail is never taken for such mail.",
    )
    services: tuple[WrittenService, ...] = Field(
        default=(), max_length=200, description="Services of your own, asked before those that are shipped."
    )


@cache
def shipped_services() -> tuple[Service, ...]:
    """What comes with the gateway; read once, when the first mail is looked at."""
    text = resources.files("gateway.mail").joinpath(SHIPPED).read_text("utf-8")
    tree, mistakes = parse(text, SHIPPED)
    assert tree is not None, mistakes
    written, found = validate(WrittenServices, tree, None)
    assert written is not None, found
    return _compiled(written.services)


def services_of(settings: Verification) -> tuple[Service, ...]:
    """The admin's own services, then those that are shipped."""
    return (*_compiled(settings.services), *shipped_services())


def _compiled(written: tuple[WrittenService, ...]) -> tuple[Service, ...]:
    return tuple(
        Service(
            name=service.name,
            kind=ServiceKind(service.kind),
            sender=_finders(service.sender),
            machines=service.machines,
            words=_finders(service.words),
            code=_finders(service.code),
            link=_finders(service.link),
            hosts=service.hosts,
        )
        for service in written
    )


def _finders(patterns: tuple[str, ...]) -> tuple[Find, ...]:
    return tuple(compile_pattern(pattern).first_in for pattern in patterns)
