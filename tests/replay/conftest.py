"""A house whose stored mail is derived again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.replay.accept import By, Written, accept
from gateway.replay.model import Change, ChangeSet, Field
from gateway.replay.propose import Fresh, Proposing
from gateway.replay.stored import Wanted
from gateway.store.database import Database
from tests.support.office import TestOffice

OPERATOR = "root (command line)"


@dataclass
class Replayer:
    """Stored mail of an office, derived again."""

    office: TestOffice
    wanted: Wanted = field(default_factory=Wanted)
    only: tuple[Field, ...] = ()

    def walk(self) -> Proposing:
        return Proposing(self.office.journal, self.office.office, self.wanted, self.only)

    def look(self) -> tuple[list[Fresh], ChangeSet]:
        walk = self.walk()
        return list(walk.proposals()), walk.summed

    def changes(self) -> dict[int | None, dict[str, Change]]:
        """By message and field."""
        found, _ = self.look()
        return {it.proposal.message: {one.field.value: one for one in it.proposal.changes} for it in found}

    def write(self, change_set: str | None = None) -> Written:
        digest = change_set or self.look()[1].digest
        return accept(self.walk, By(OPERATOR, digest, self.office.now))[1]


@pytest.fixture
def replayer(sqlite_database: Database, tmp_path: Path) -> Replayer:
    return Replayer(TestOffice(sqlite_database, tmp_path))


Ruled = Callable[..., Any]
