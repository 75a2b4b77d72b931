"""``organizations.yaml``: companies that write to us, by their domains."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Domain, Line, Section
from gateway.config.source import Node
from gateway.config.validate import place_of
from gateway.rules.fields import MAX_TEXT, TicketFields, UnsoundValue
from gateway.rules.organizations import Organization, Organizations, by_domain

_FREE_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "naver.com",
        "daum.net",
        "hanmail.net",
        "kakao.com",
        "nate.com",
        "yahoo.com",
        "yahoo.co.jp",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "icloud.com",
        "me.com",
        "docomo.ne.jp",
        "ezweb.ne.jp",
        "softbank.ne.jp",
    ]
)
"""Domains that belong to nobody's company: naming one is a mistake that would give a contract to everybody."""


class WrittenOrganization(Section):
    """A company."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] = Field(
        examples=["acme"], description="What rules and promises call it: small letters, digits, hyphens."
    )
    name: Line = Field(min_length=1, max_length=120, examples=["Acme Corp."], description="What agents read.")
    domains: tuple[Domain, ...] = Field(
        min_length=1, max_length=200, examples=[["acme.example"]], description="Its domains, each with all below it."
    )
    tags: tuple[Annotated[str, Field(pattern=r"^[^\s,]{1,64}$")], ...] = Field(
        default=(), max_length=20, description="Tags of its new tickets."
    )
    contract: dict[str, Annotated[Line, Field(max_length=200)]] = Field(
        default_factory=dict,
        description="What agents should know of its contract: `level: gold`, `until: '2027-03-31'`.",
    )
    fields: dict[str, Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]] = Field(
        default_factory=dict,
        max_length=50,
        description="Fields of its new tickets, by id, each with a value as people write it. Rules that set the same field win.",
    )
    policy: Line | None = Field(
        default=None,
        max_length=64,
        description="Policy of `sla.yaml` that its contract promises, whatever the conditions of the policies say.",
    )


@dataclass(frozen=True, slots=True)
class OrganizationNames:
    """What organisations may name."""

    fields: TicketFields
    policies: frozenset[str]


class OrganizationsFile(Section):
    """The file."""

    organizations: tuple[WrittenOrganization, ...] = Field(default=(), max_length=50_000, description="Companies.")


def check_organizations(written: OrganizationsFile, tree: Node, names: OrganizationNames | None) -> Iterator[Mistake]:
    """Ids and domains that stand twice, domains at which everybody has an address, fields and policies that there are not.

    ``names`` None: the files that hold them have mistakes of their own.
    """
    ids: set[str] = set()
    domains: dict[str, str] = {}
    for index, one in enumerate(written.organizations):
        if one.id in ids:
            place = place_of(tree, "organizations", index, "id")
            yield Mistake.at(place, f"another organisation has the id `{one.id}` too")
        ids.add(one.id)
        for number, domain in enumerate(one.domains):
            place = place_of(tree, "organizations", index, "domains", number)
            if domain in domains:
                yield Mistake.at(place, f"`{domain}` is a domain of `{domains[domain]}` already")
            if domain in _FREE_MAIL or "." not in domain:
                yield Mistake.at(place, f"everybody can have an address at {domain}; it is no company's")
            domains.setdefault(domain, one.id)
        if names is not None:
            for path, message in _unknown(one, names):
                yield Mistake.at(place_of(tree, "organizations", index, *path), message)


def _unknown(one: WrittenOrganization, names: OrganizationNames) -> Iterator[tuple[tuple[str, ...], str]]:
    if one.policy is not None and one.policy not in names.policies:
        yield ("policy",), f"there is no policy `{one.policy}` in sla.yaml.{did_you_mean(one.policy, names.policies)}"
    for name, value in one.fields.items():
        try:
            names.fields.read(name, value)
        except UnsoundValue as error:
            known = name in names.fields.by_id or not names.fields.by_id
            yield ("fields", name), f"{error}{'' if known else '.' + did_you_mean(name, names.fields.by_id)}"


def compile_organizations(written: OrganizationsFile) -> Organizations:
    return by_domain(
        tuple(
            Organization(
                one.id, one.name, one.domains, one.tags, dict(one.contract), dict(one.fields), one.policy or ""
            )
            for one in written.organizations
        )
    )
