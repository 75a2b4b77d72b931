"""What a ticket lacks before it may be solved, for whoever solves it: people, commands by mail, rules."""

from sqlalchemy import Connection, select

from gateway.desk.office import Office
from gateway.rules.fields import FieldType, Need
from gateway.store.schema import tickets
from gateway.threading.model import Status


def why_incomplete(connection: Connection, office: Office, number: int) -> str:
    """Why the ticket cannot be solved yet, with what is missing; "" where it can, also where it is solved already."""
    if not office.fields.definitions:
        return ""
    row = connection.execute(select(tickets).where(tickets.c.id == number)).one()
    if row.status in (Status.SOLVED.value, Status.CLOSED.value):
        return ""
    missing = office.fields.missing(Need.SOLVE, row.fields, brand=row.brand, team=row.team or "")
    names = [
        f"{one.id} (down to its last level)" if one.type is FieldType.TREE and row.fields.get(one.id) else one.id
        for one in missing
    ]
    return f"ticket {number} cannot be solved without these fields: {', '.join(names)}" if names else ""
