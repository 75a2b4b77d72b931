"""Templates are compiled once for all tests of this part."""

import pytest

from tests.support.notices import Writer


@pytest.fixture(scope="session")
def writer() -> Writer:
    return Writer()
