"""A real door on a free port, with a recorder behind it that keeps what the journal would."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.smtp_house import House, running


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A door with the default limits."""
    async with running(tmp_path) as house:
        yield house
