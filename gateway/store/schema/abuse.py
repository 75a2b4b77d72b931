"""People in whose name somebody else wrote, and who get no automatic mail any more."""

from sqlalchemy import Column, ForeignKey, String, Table

from gateway.store.schema.base import BigKey, UtcDateTime, metadata

silences = Table(
    "silences",
    metadata,
    Column("address_key", String(320), primary_key=True),
    Column("address", String(320), nullable=False),
    Column("how", String(8), nullable=False),  # link, reply, admin
    Column("actor", String(320), nullable=False),  # who said so: the address itself, or an admin's
    Column("ticket_id", BigKey, ForeignKey("tickets.id")),  # whose mail was denied
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
