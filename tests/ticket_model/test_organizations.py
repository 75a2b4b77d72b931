"""Companies by domain: the longest one that fits, tags on new tickets, a fact for rules."""

import pytest

from gateway.config.organizations import OrganizationsFile, compile_organizations
from gateway.store.ticket_history import histories
from tests.ticket_model.conftest import House

FILE = """\
organizations:
  - {id: acme, name: Acme Corp., domains: [acme.example], tags: [gold], contract: {level: gold}}
  - {id: acme-japan, name: Acme Japan, domains: [jp.acme.example, 例え.jp]}
"""


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("kim@acme.example", "acme"),
        ("kim@mail.ACME.example", "acme"),
        ("kim@tokyo.jp.acme.example", "acme-japan"),
        ("kim@例え.jp", "acme-japan"),
        ("kim@notacme.example", None),
        ("kim@example", None),
        ("kim", None),
        ("", None),
    ],
)
def test_the_longest_domain_that_fits(address: str, found: str | None) -> None:
    organizations = compile_organizations(
        OrganizationsFile.model_validate(
            {
                "organizations": [
                    {"id": "acme", "name": "Acme", "domains": ["acme.example"]},
                    {"id": "acme-japan", "name": "Acme Japan", "domains": ["jp.acme.example", "例え.jp"]},
                ]
            }
        )
    )
    one = organizations.of(address)
    assert (one.id if one is not None else None) == found


def test_rules_and_promises_know_the_company(house: House) -> None:
    house.take_over(
        organizations=FILE,
        rules="events:\n  - {name: Acme, on: created, when: {organization: [acme]}, then: {priority: high}}\n",
    )
    theirs, others = house.write(sender="kim@sub.acme.example"), house.write(sender="lee@other.example")
    house.follow()
    with house.office.database.read() as connection:
        found = histories(connection, [theirs, others])
    assert (found[theirs].tags, found[theirs].row.priority) == ({"gold"}, "high")
    assert (found[others].tags, found[others].row.priority) == (set(), "normal")
