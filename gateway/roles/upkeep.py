"""What time brings that needs more than the database: the configuration in force, and files."""

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.clockwork import Tick
from gateway.desk.daily import send_summaries
from gateway.desk.lost_files import remove_lost_files
from gateway.desk.office import Office
from gateway.desk.quarantine_calls import delete_announced, end_deleted, send_digest, send_last_call
from gateway.desk.redacting import remove_files as remove_erased_files
from gateway.report.weekly import send_weeks
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.retention import keep_periods


def ticks(office: Callable[[], Office], blobs: BlobStore) -> tuple[Tick, ...]:
    """``office``: the configuration in force at each tick."""

    def with_office(work: Callable[[Database, Office, datetime], int]) -> Callable[[Database, datetime], int]:
        return lambda database, now: work(database, office(), now)

    return (
        Tick("send daily summaries", timedelta(minutes=5), with_office(send_summaries), outgoing=True),
        Tick("send weekly reports", timedelta(minutes=5), with_office(send_weeks), outgoing=True),
        Tick("send the digest of held mail", timedelta(minutes=5), with_office(send_digest), outgoing=True),
        Tick("announce deletion of held mail", timedelta(minutes=5), with_office(send_last_call), outgoing=True),
        Tick("delete announced held mail", timedelta(hours=1), with_office(delete_announced)),
        Tick("erase deleted mail", timedelta(hours=1), with_office(end_deleted)),
        Tick("keep periods", timedelta(hours=1), with_office(_keep_periods)),
        Tick("remove unused files", timedelta(hours=1), lambda database, now: remove_files(database, blobs, now)),
        Tick("remove lost files", timedelta(hours=1), lambda database, now: remove_lost_files(database, blobs, now)),
        Tick("remove half-received mail", timedelta(hours=1), lambda _, now: blobs.sweep_incoming(now=now.timestamp())),
    )


def _keep_periods(database: Database, office: Office, now: datetime) -> int:
    return keep_periods(database, office.configuration.privacy.retention, now)


def remove_files(database: Database, blobs: BlobStore, now: datetime) -> int:
    """Remove the files of erased mail that no other mail shares; how many. A file that is still young has its turn later."""
    return len(remove_erased_files(database, blobs, now))
