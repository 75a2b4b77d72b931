"""What a new ticket has from its customer's organisation. Pure."""

from collections.abc import Mapping

from gateway.rules.fields import TicketFields, UnsoundValue
from gateway.rules.organizations import Organizations
from gateway.rules.ticket import FieldValue


def first_fields(
    organizations: Organizations,
    fields: TicketFields,
    given: Mapping[str, FieldValue],
    *,
    address: str,
    brand: str,
    team: str,
) -> dict[str, FieldValue]:
    """Fields of a new ticket: those of its organisation that tickets of this brand and team have, and over them what rules set."""
    company = organizations.of(address)
    if company is None or not company.fields:
        return dict(given)
    own: dict[str, FieldValue] = {}
    for name, written in company.fields.items():
        definition = fields.by_id.get(name)
        if definition is not None and not definition.belongs_to(brand, team):
            continue
        try:
            value = fields.read(name, written)
        except UnsoundValue:
            continue  # told when the configuration was loaded
        if value is not None:
            own[name] = value
    return {**own, **given}
