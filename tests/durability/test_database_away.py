"""PostgreSQL stands still, throws everybody out, or dies, under load: every reply is 250 or 4xx in time, and each mail comes once."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.kill_storm import Resident
from tests.support.own_postgresql import OwnPostgresql, own_postgresql
from tests.support.storm import Clients
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgresql]:
    with own_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def resident(server: OwnPostgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resident]:
    """One gateway for all: it must survive each trouble without a restart."""
    resident = Resident(tmp_path_factory.mktemp("away"), {"GATEWAY__PROCESSES__PIPELINES": "2"}, url=server.url)
    try:
        resident.gateway.up()
        yield resident
        resident.gateway.stop()
    finally:
        resident.gateway.kill()


def stand_still(server: OwnPostgresql) -> None:
    server.pause()
    try:
        time.sleep(6)
    finally:
        server.resume()


def throw_out(server: OwnPostgresql) -> None:
    thrown = 0
    for _ in range(8):
        thrown += server.throw_everybody_out()
        time.sleep(0.5)
    assert thrown


def die(server: OwnPostgresql) -> None:
    server.kill()
    time.sleep(2)
    server.start()


_number = iter(range(1, 10))


@pytest.mark.parametrize("trouble", [stand_still, throw_out, die])
def test_trouble(
    server: OwnPostgresql, resident: Resident, tmp_path: Path, trouble: Callable[[OwnPostgresql], None]
) -> None:
    clients = Clients(tmp_path / "clients", resident.port, pace=0.1, first=next(_number) * 100_000)
    clients.start()
    try:
        wait_until(lambda: clients.accepted >= 20, timeout=30)
        trouble(server)
        before = clients.accepted
        wait_until(lambda: clients.accepted >= before + 20, timeout=10)  # normal again, without a restart
    finally:
        clients.stop()
    assert set(clients.codes) <= {250, 421, 451, 452}, clients.codes
    assert clients.slowest < 30
    database = Database(server.url)
    try:
        resident.wait_idle(database, 60)
        verdict = clients.verdict(database, resident.data_dir)
        assert verdict.is_sound, f"{verdict}\n{resident.errors()}"
    finally:
        database.dispose()
