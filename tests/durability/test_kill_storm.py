"""The whole gateway dies again and again while clients mail: nothing is lost, nothing comes twice. ``make soak`` does it for longer."""

import random
from pathlib import Path

import pytest

from tests.support.databases import PostgresqlServer
from tests.support.kill_storm import Resident, storm
from tests.support.roles import ask
from tests.support.storm import Clients

pytestmark = pytest.mark.timeout(300)  # each death is followed by a whole start, which takes a busy machine long


def test_sqlite(tmp_path: Path) -> None:
    resident = Resident(tmp_path)
    try:
        clients = Clients(tmp_path / "clients", resident.port, pace=0.05)
        verdict, kills = storm(resident, clients, kills=2, mails=80, dice=random.Random(6), most_seconds=200)
        assert verdict.is_sound, f"{verdict}\n{resident.errors()}"
        assert kills == 2
        assert verdict.accepted >= 80
        assert ask({"GATEWAY__DATA_DIR": str(resident.data_dir)}, "PRAGMA integrity_check") == [("ok",)]
    finally:
        resident.gateway.kill()


def test_postgresql(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    with postgresql.create(tables=False) as url:
        resident = Resident(tmp_path, url=url)
        try:
            clients = Clients(tmp_path / "clients", resident.port, pace=0.05)
            verdict, kills = storm(resident, clients, kills=2, mails=60, dice=random.Random(3), most_seconds=200)
            assert verdict.is_sound, f"{verdict}\n{resident.errors()}"
            assert kills == 2
            assert verdict.accepted >= 60
        finally:
            resident.gateway.kill()
