"""Who is refused at the door: by a list, by envelope or network; and who floods, without anybody else being shut out."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.rules.floods import door_key
from gateway.rules.sender_lists import Action
from gateway.store.database import Database
from gateway.store.floods import Mute, mute
from tests.pipeline.test_sender_standing import put
from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse

REFUSED = (550, b"5.7.1 Mail from this sender is not taken here")
TOO_FAST = (450, b"4.7.1 Too many mails from your address; try again later")


def said(house: Gatehouse, reverse_path: str) -> tuple[int, bytes]:
    house.look_again()
    with house.client() as client:
        return client.mail(reverse_path)


@pytest.mark.parametrize(
    ("entry", "reverse_path", "code"),
    [
        ("kim@customer.example", "KIM@customer.example", 550),
        ("customer.example", "kim@mail.customer.example", 550),
        ("/^kim@/", "kim@other.example", 550),
        ("127.0.0.0/8", "anybody@other.example", 550),
        ("127.0.0.0/8", "", 550),
        ("customer.example", "", 250),
        ("customer.example", "kim@other.example", 250),
    ],
)
def test_a_rejected_sender_is_refused_at_the_door(
    sqlite_database: Database, tmp_path: Path, entry: str, reverse_path: str, code: int
) -> None:
    with Gatehouse(sqlite_database, tmp_path) as house:
        put(house.office, Action.REJECT, entry)
        reply = said(house, reverse_path)
        assert reply[0] == code
        assert code == 250 or reply == REFUSED


@pytest.mark.parametrize("action", [Action.BLOCK, Action.SUSPEND])
def test_other_lists_take_the_mail_and_hold_it(sqlite_database: Database, tmp_path: Path, action: Action) -> None:
    with Gatehouse(sqlite_database, tmp_path) as house:
        put(house.office, action, "customer.example")
        assert said(house, "kim@customer.example")[0] == 250


def test_who_may_be_allowed_comes_in_and_the_pipeline_decides(sqlite_database: Database, tmp_path: Path) -> None:
    """The door cannot know whether the sender is proven."""
    with Gatehouse(sqlite_database, tmp_path, trust={"verify": False, "unverified": "none"}) as house:
        put(house.office, Action.REJECT, "customer.example")
        put(house.office, Action.ALLOW, "hong@customer.example")
        assert said(house, "kim@customer.example") == REFUSED
        raw = mail()
        receipt = house.dialog(raw, reverse_path="hong@customer.example").receipt
        house.office.work()
        assert receipt is not None
        assert house.office.journal.balance().fates == {"dropped": 1}, "not proven, so not allowed"


def test_a_flood_is_refused_for_a_while_by_envelope_and_network_together(
    sqlite_database: Database, tmp_path: Path
) -> None:
    limits = {"unlimited_networks": ()}
    with Gatehouse(sqlite_database, tmp_path, floods={"refuse": (3, 60)}, limits=limits) as house:
        for _ in range(4):
            assert house.dialog(mail(), reverse_path="hong@customer.example").data[0] == 250
            house.office.work()
        assert said(house, "hong@customer.example") == TOO_FAST
        assert said(house, "lee@customer.example")[0] == 250
        assert [event.data["rung"] for event in house.office.events(None, "flood")] == ["refuse"]
        with sqlite_database.write() as connection:
            until = house.office.now + timedelta(hours=1)
            victim = Mute(until, "flood", "a forger elsewhere")
            mute(connection, door_key("victim@customer.example", "203.0.113.9"), victim)
        assert said(house, "victim@customer.example")[0] == 250, "a forger elsewhere shuts out only themselves"
        house.office.later(minutes=11)
        assert said(house, "hong@customer.example")[0] == 250, "one mail comes in again, and tells whether it goes on"


@pytest.mark.parametrize("changes", [{}, {"limits": {"enabled": False, "unlimited_networks": ()}}])
def test_our_forwarders_are_never_refused_for_a_flood(
    sqlite_database: Database, tmp_path: Path, changes: dict[str, dict[str, object]]
) -> None:
    with Gatehouse(sqlite_database, tmp_path, **changes) as house:
        with sqlite_database.write() as connection:
            too_many = Mute(house.office.now + timedelta(hours=1), "flood", "too many")
            mute(connection, door_key("hong@customer.example", "127.0.0.1"), too_many)
        assert said(house, "hong@customer.example")[0] == 250
