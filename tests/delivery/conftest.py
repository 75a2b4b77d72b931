import dataclasses
from typing import Any

import pytest

from gateway.delivery.session import Patience
from gateway.delivery.worker import Pace
from tests.support.certificates import Certificate, make_certificate

QUICK = Pace(poll=0.02, stalled=0.1, grace=0.5)
"""A worker that looks often and does not wait long at the end."""

IMPATIENT = Patience(connect=0.5, command=0.5, end_of_data=0.5, quit=0.2)


def quick(**changes: Any) -> Pace:
    return dataclasses.replace(QUICK, **changes)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A smarthost's certificate, valid for localhost and 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))
