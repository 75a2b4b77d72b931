from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.office import TestOffice

HONG = "홍길동 <hong@customer.example>"


@pytest.fixture
def office(database: Database, tmp_path: Path) -> TestOffice:
    """A desk with ticket 1, opened by Hong in Korean, on each engine."""
    office = TestOffice(database, tmp_path, brands=(BRAND,))
    office.take(mail("램프가 켜지지 않습니다.", sender=HONG, subject="램프", message_id="first@customer.example"))
    return office


BRAND = {
    "id": "example",
    "name": "Example Support",
    "addresses": ("support@example.com",),
    "time_zone": "Asia/Seoul",
}
