from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.office import TestOffice


@pytest.fixture
def office(database: Database, tmp_path: Path) -> TestOffice:
    """The pipeline over each engine."""
    return TestOffice(database, tmp_path)
