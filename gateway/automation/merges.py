"""Two tickets became one: the customer whose ticket went on as part of the other hears of it, in their own thread."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from gateway.desk.office import Office
from gateway.desk.outgoing import people_of
from gateway.desk.telling_requester import tell_requester
from gateway.notify.lifecycle import Merged
from gateway.store.tickets import ticket_row


def tell_merged(connection: Connection, office: Office, rows: Iterable[Row[Any]], now: datetime) -> bool:
    """For each event that tells of a merge into a ticket; whether mail goes out."""
    outgoing = False
    for row in rows:
        if row.kind != "merged" or not office.configuration.lifecycle.tell_merged:
            continue
        number = int(row.data["from"])
        source, target = ticket_row(connection, number), ticket_row(connection, row.ticket_id)
        if source is None or target is None or source.merged_into != target.id:
            continue
        person = next((one for one in people_of(connection, target.id) if one.contact == source.requester_id), None)
        if person is not None:
            write = partial(Merged, number)
            outgoing |= tell_requester(connection, office, target, write, str(number), now, person=person)
    return outgoing
