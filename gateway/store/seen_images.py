"""Which images come with every mail of a sender's domain: logos of signatures, told by their content alone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Executable, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.mail.model import Attachment
from gateway.store.database import Database
from gateway.store.schema import seen_images

MAILS_OF_A_SIGNATURE = 3
KEPT = timedelta(days=180)
MOST_IMAGES = 20  # of one mail that are counted


def _counting(dialect: str) -> Executable:
    new = sqlite.insert(seen_images) if dialect == "sqlite" else postgresql.insert(seen_images)
    counted = new.on_conflict_do_update(
        index_elements=[seen_images.c.domain, seen_images.c.sha256],
        set_={"mails": seen_images.c.mails + 1, "seen_at": new.excluded.seen_at},
    )
    return counted.returning(seen_images.c.mails)


_COUNT = {dialect: _counting(dialect) for dialect in ("sqlite", "postgresql")}  # built once: see gateway.store.tickets


def inline_images(attachments: Iterable[Attachment]) -> tuple[str, ...]:
    """The images that a mail shows in its text, by their SHA-256, in order, each once."""
    found = (item.sha256 for item in attachments if item.inline and item.content_type.startswith("image/"))
    return tuple(dict.fromkeys(found))[:MOST_IMAGES]


def count_images(connection: Connection, domain: str, images: Iterable[str], now: datetime) -> frozenset[str]:
    """Count one more mail of the domain with these images; returns those that belong to its signatures, this mail included.

    On PostgreSQL the caller holds the lock of the domain's images (``lock_conversations``), so that two nodes never wait for each other.
    """
    statement = _COUNT[connection.dialect.name]
    return frozenset(
        image
        for image in sorted(images)
        if int(
            connection.execute(
                statement, {"domain": domain[:255], "sha256": image, "mails": 1, "seen_at": now}
            ).scalar_one()
        )
        >= MAILS_OF_A_SIGNATURE
    )


def forget_old_images(database: Database, now: datetime) -> int:
    """Delete the counts of images that have not come for ``KEPT``: a signature that changed, a picture that came once. How many."""
    with database.write() as connection:
        connection.execute(update(seen_images).where(seen_images.c.seen_at.is_(None)).values(seen_at=now))
        return connection.execute(delete(seen_images).where(seen_images.c.seen_at <= now - KEPT)).rowcount
