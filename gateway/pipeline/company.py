"""What a new ticket has from its customer's organisation."""

from collections.abc import Mapping

from gateway.config.model import Brand
from gateway.desk.office import Office
from gateway.rules.fields import UnsoundValue
from gateway.rules.ticket import FieldValue


def first_fields(
    office: Office, given: Mapping[str, FieldValue], address: str, brand: Brand, team: str | None
) -> dict[str, FieldValue]:
    """Fields of a new ticket: those of its organisation that tickets of this brand and team have, and over them what rules set."""
    company = office.organizations.of(address)
    if company is None or not company.fields:
        return dict(given)
    own: dict[str, FieldValue] = {}
    for name, written in company.fields.items():
        definition = office.fields.by_id.get(name)
        if definition is not None and not definition.belongs_to(brand.id, team or ""):
            continue
        try:
            value = office.fields.read(name, written)
        except UnsoundValue:
            continue  # told when the configuration was loaded
        if value is not None:
            own[name] = value
    return {**own, **given}
