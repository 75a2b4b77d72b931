"""Whatever people, crashes and time do in whatever order: accepted = sum of fates + pending, and nobody loses a mail."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select

from gateway.journal import Entry, Fate, Journal, LeaseLost
from gateway.store import quarantine as store
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.quarantine import Selection
from gateway.store.schema import events
from gateway.store.schema import journal as table
from gateway.store.schema import quarantine as kept
from gateway.threading.causes import Cause
from tests.support.accepted import NOW, accepted, mail

ACTS = ("accept", "open", "hold", "crash", "die", "sleep", "rollback", "release", *("delete", "erase", "restore") * 2)
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 5)), min_size=8, max_size=25)


class World:
    """The ledger beside a simple account of what became of each mail."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.now = NOW
        self.fates: dict[str, str | None] = {}  # None: pending
        self.erased: set[str] = set()

    def step(self, act: str, which: int) -> None:
        self.now += timedelta(seconds=10)
        if act == "accept":
            record = accepted(mail(), at=self.now)
            self.journal.append([record])
            self.fates[record.receipt] = None
        elif act in ("open", "hold", "crash", "die", "sleep", "rollback"):
            self._work(act)
        else:
            self._decide(act, which)

    def _work(self, act: str) -> None:
        for entry in self.journal.claim(owner="a", limit=2, now=self.now):
            if act == "die":
                continue  # the process is gone: its lease runs out
            if act == "sleep":  # a second worker takes over, and the first one comes back too late
                self.now += timedelta(minutes=2)
                taken = self.journal.claim(owner="b", limit=5, now=self.now)
                if entry.id in {it.id for it in taken}:
                    with pytest.raises(LeaseLost):
                        self._settle(entry, Fate.OPENED)
            elif act == "rollback":
                with pytest.raises(ZeroDivisionError):
                    self._settle(entry, Fate.OPENED, fault=True)
                self.journal.give_back([entry])
            else:
                with self.journal.database.write() as connection:
                    if act == "crash":
                        self.journal.crashed(connection, entry, "Traceback", now=self.now)
                    elif act == "open":
                        self.journal.settle(connection, entry, Fate.OPENED, now=self.now)
                        self.fates[entry.receipt] = "opened"
                    else:
                        self.journal.settle(connection, entry, Fate.QUARANTINED, now=self.now, cause=Cause.LOOP)
                        self.fates[entry.receipt] = "quarantined"
        if act in ("die", "sleep"):
            self.now += timedelta(minutes=2)
        self._believe_crashes()

    def _settle(self, entry: Entry, fate: Fate, *, fault: bool = False) -> None:
        with self.journal.database.write() as connection:
            self.journal.settle(connection, entry, fate, now=self.now)
            if fault:
                raise ZeroDivisionError

    def _believe_crashes(self) -> None:
        """The third crash or death quarantines; which one that is the journal's own tests say."""
        with self.journal.database.read() as connection:
            crashed = connection.execute(select(table.c.receipt).where(table.c.cause == "crashed")).scalars().all()
        for receipt in crashed:
            if self.fates[receipt] is None:
                self.fates[receipt] = "quarantined"

    def _decide(self, act: str, which: int) -> None:
        if act == "erase":
            with self.journal.database.write() as connection:
                store.erase(connection, deleted_before=self.now, now=self.now, limit=3)
                rows = select(table.c.receipt).join(kept, kept.c.journal_id == table.c.id)
                self.erased = set(connection.execute(rows.where(kept.c.erased_at.is_not(None))).scalars())
            return
        old, new = {
            "release": ("quarantined", None),
            "delete": ("quarantined", "deleted"),
            "restore": ("deleted", "quarantined"),
        }[act]
        with self.journal.database.write() as connection:
            ids = [held.id for held in store.matching(connection, Selection(), limit=which, fate=old)]
            everything = connection.execute(select(table.c.id).order_by(table.c.id).limit(which)).scalars().all()
            for held in self._act(act)(connection, [*ids, *everything]):
                assert self.fates[held.receipt] == old
                assert held.receipt not in self.erased
                self.fates[held.receipt] = new

    def _act(self, act: str) -> Callable[[Connection, list[int]], list[store.Held]]:
        if act == "restore":
            return lambda connection, ids: store.restore(connection, ids, now=self.now)
        do = store.release if act == "release" else store.delete
        return lambda connection, ids: do(connection, ids, actor="kim", now=self.now)

    def check(self) -> None:
        balance = self.journal.balance()
        assert balance.adds_up
        assert balance.accepted == len(self.fates)
        with self.journal.database.read() as connection:
            rows = {row.receipt: row for row in connection.execute(select(table))}
        assert {receipt: row.fate for receipt, row in rows.items()} == self.fates
        for receipt, row in rows.items():
            assert (row.state == "pending") is (row.fate is None)
            assert (row.raw is None) is (receipt in self.erased), "bytes end only for what was deleted, and for good"
            if row.fate in ("quarantined", "deleted"):
                assert row.cause in ("loop", "crashed")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_ledger_adds_up_after_every_step(database: Database, tmp_path: Path, steps: list[tuple[str, int]]) -> None:
    with database.write() as connection:
        for one in (events, kept, table):
            connection.execute(delete(one))
    world = World(Journal(database, BlobStore(tmp_path / "blobs")))
    for act, which in [("accept", 0), ("accept", 0), ("hold", 0), ("accept", 0), *steps]:
        world.step(act, which)
        world.check()
