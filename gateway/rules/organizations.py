"""Companies that write to us, told by the domain of an address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.mail.address import domain_of


@dataclass(frozen=True, slots=True)
class Organization:
    id: str
    name: str
    domains: tuple[str, ...] = ()  # keys; each with all below it
    tags: tuple[str, ...] = ()
    contract: Mapping[str, str] = field(default_factory=dict)  # what an admin wrote about it, for agents to read


@dataclass(frozen=True)
class Organizations:
    """All of them, by domain."""

    by_domain: Mapping[str, Organization] = field(default_factory=dict)

    def of(self, address: str) -> Organization | None:
        """Whose address it is: the one with the longest domain that fits."""
        labels = domain_of(address).split(".") if "@" in address else []
        found = (self.by_domain.get(".".join(labels[start:])) for start in range(len(labels)))
        return next((one for one in found if one is not None), None)


def by_domain(organizations: tuple[Organization, ...]) -> Organizations:
    return Organizations({domain: one for one in organizations for domain in one.domains})
