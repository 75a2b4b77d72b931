"""Companies that write to us, told by the domain of an address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gateway.mail.address import domain_of


@dataclass(frozen=True, slots=True)
class Organization:
    id: str
    name: str
    domains: tuple[str, ...] = ()  # keys; each with all below it
    tags: tuple[str, ...] = ()
    contract: Mapping[str, str] = field(default_factory=dict)  # what an admin wrote about it, for agents to read
    fields: Mapping[str, str] = field(default_factory=dict)  # of its new tickets, as people write values
    policy: str = ""  # of promises, by id; "" where the policies' own conditions decide


@dataclass(frozen=True)
class Organizations:
    """All of them, by domain."""

    by_domain: Mapping[str, Organization] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> Mapping[str, Organization]:
        return {one.id: one for one in self.by_domain.values()}

    def of(self, address: str) -> Organization | None:
        """Whose address it is: the one with the longest domain that fits."""
        labels = domain_of(address).split(".") if "@" in address else []
        found = (self.by_domain.get(".".join(labels[start:])) for start in range(len(labels)))
        return next((one for one in found if one is not None), None)

    def below(self, organization: Organization) -> tuple[str, ...]:
        """Domains of others below those of this one: whoever writes from there belongs to the others."""
        ends = tuple(f".{domain}" for domain in organization.domains)
        return tuple(
            domain for domain, one in self.by_domain.items() if one.id != organization.id and domain.endswith(ends)
        )


def by_domain(organizations: tuple[Organization, ...]) -> Organizations:
    return Organizations({domain: one for one in organizations for domain in one.domains})
