"""What a new ticket has from its customer's organisation."""

from collections.abc import Mapping

from gateway.config.model import Brand
from gateway.desk.office import Office
from gateway.rules import company
from gateway.rules.ticket import FieldValue


def first_fields(
    office: Office, given: Mapping[str, FieldValue], address: str, brand: Brand, team: str | None
) -> dict[str, FieldValue]:
    """As ``gateway.rules.company``, under this configuration."""
    return company.first_fields(
        office.organizations, office.fields, given, address=address, brand=brand.id, team=team or ""
    )
