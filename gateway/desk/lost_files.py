"""Files of large mails that no entry of the ledger has: the door had stored them, and could then not write their row (451).

Mostly the sender tries again, and the same bytes get their row. Where nobody does, a mail that we never accepted would stay for ever,
out of reach of retention and redaction.
"""

from datetime import datetime

from gateway.store.blobs import FOLDERS, BlobStore
from gateway.store.database import Database
from gateway.store.quarantine import is_file_used

FOLDERS_AT_ONCE = 16
"""Of the store's folders, each time that it is asked: once an hour, all of them have their turn within sixteen hours."""


def remove_lost_files(database: Database, blobs: BlobStore, now: datetime) -> int:
    """Remove those that are older than a day, of the folders whose turn it is; how many."""
    first = int(now.timestamp() // 3600) * FOLDERS_AT_ONCE % FOLDERS
    removed = 0
    for number in range(first, first + FOLDERS_AT_ONCE):
        for digest in blobs.digests(number):

            def is_used(digest: str = digest) -> bool:
                with database.read() as connection:
                    return is_file_used(connection, digest)

            if not is_used():
                removed += blobs.remove_unused(digest, now=now.timestamp(), is_used=is_used)
    return removed
