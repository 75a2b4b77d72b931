"""Mail that delivery gave up: what its ticket needs from people then."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from gateway.desk.office import Office
from gateway.desk.undelivered import Undelivered, give_back, mail_of
from gateway.notify.undelivered_words import by_reply


def give_back_failed(connection: Connection, office: Office, rows: Iterable[Row[Any]], now: datetime) -> bool:
    """For each event that tells of such a mail: return its ticket to its agent. Whether mail goes out."""
    outgoing = False
    for row in rows:
        mail = mail_of(connection, row=row.data.get("outbox")) if row.kind == "delivery_failed" else None
        if mail is not None:
            outgoing |= give_back(connection, office, Undelivered(mail, by_reply(row.data.get("reason", ""))), now)
    return outgoing
