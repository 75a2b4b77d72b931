"""A large mail that was stored, but never accepted: its file goes; those of accepted mail stay."""

import os
from datetime import timedelta
from pathlib import Path

from gateway.desk.lost_files import FOLDERS_AT_ONCE, remove_lost_files
from gateway.roles.upkeep import ticks
from gateway.store.blobs import FOLDERS
from gateway.store.database import Database
from tests.support.accepted import accepted, mail
from tests.support.office import TestOffice


def test_only_files_without_a_mail_are_removed(sqlite_database: Database, tmp_path: Path) -> None:
    office = TestOffice(sqlite_database, tmp_path)
    blobs = office.journal.blobs
    kept, waiting = mail("kept\r\n" * 9000), mail("waiting\r\n" * 9000)
    for raw in (kept, waiting):
        blobs.put(raw)
        office.journal.append([accepted(raw, at=office.now, in_blob=True)])
        if raw is kept:
            office.work()
    lost = [blobs.put(mail(f"lost {number}\r\n" * 9000)) for number in range(5)]
    young = blobs.put(mail("young\r\n" * 9000))
    files = {path.name: path for path in blobs.directory.rglob("*") if len(path.name) == 64}
    for digest, path in files.items():
        if digest != young:
            os.utime(path, (1, 1))
    os.utime(files[young], (office.now.timestamp(), office.now.timestamp()))

    def removed_within(hours: int) -> int:
        return sum(
            remove_lost_files(sqlite_database, blobs, office.now + timedelta(hours=hour)) for hour in range(hours)
        )

    assert removed_within(FOLDERS // FOLDERS_AT_ONCE) == len(lost)
    left = {path.name for path in blobs.directory.rglob("*") if len(path.name) == 64}
    assert left == set(files) - set(lost)
    office.later(hours=25)
    assert removed_within(FOLDERS // FOLDERS_AT_ONCE) == 1
    assert not blobs.exists(young)
    assert any(it.name == "remove lost files" for it in ticks(lambda: office.office, blobs))
