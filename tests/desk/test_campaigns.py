"""A campaign that one denial brings to light: similar subjects around the same time, whoever's name they came in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.desk.abuse import breaker_view, close_by_hand, end_silence, silence_by_hand
from gateway.desk.campaigns import Campaign, campaigns, network_of, skeleton
from gateway.desk.denial import deny
from gateway.store.database import Database
from gateway.store.silences import list_silences
from gateway.threading.not_me import Denial
from tests.support.accepted import accepted, mail
from tests.support.office import TestOffice

WAVE = timedelta(hours=72)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> TestOffice:
    return TestOffice(database, tmp_path)


@pytest.fixture
def found(office: TestOffice) -> Callable[[], list[Campaign]]:
    def ask() -> list[Campaign]:
        with office.database.read() as connection:
            return campaigns(connection, wave=WAVE, now=office.now)

    return ask


def bring(office: TestOffice, author: str, subject: str, peer: str) -> int:
    raw = mail("Click!", sender=author, subject=subject)
    office.journal.append([replace(accepted(raw, at=office.now, reverse_path=author), peer=peer)])
    office.work()
    return len(office.events_of_kind("created"))


def say(office: TestOffice, ticket: int) -> None:
    with office.database.write() as connection:
        assert deny(connection, office.office, Denial(ticket, ticket), how="link", now=office.now) is not None


def test_the_wave_is_shown(office: TestOffice, found: Callable[[], list[Campaign]]) -> None:
    bring(office, "early@v.test", "Free NITRO 0", "198.51.100.1")
    office.later(days=4)
    started = office.now
    for number in range(6):
        bring(
            office, f"victim{number}@v.test", f"FREE nitro!! https://x.test/{number} {number}", f"198.51.100.{number}"
        )
        office.later(minutes=1)
    bring(office, "other@w.test", "My invoice 1", "203.0.113.9")
    assert found() == []
    say(office, 3)
    (campaign,) = found()
    assert (campaign.tickets, campaign.addresses, campaign.denied) == (6, 6, 1)
    assert campaign.numbers == (7, 6, 5, 4, 3, 2)
    assert (campaign.first, campaign.last) == (started, started + timedelta(minutes=5))
    assert campaign.networks == (("198.51.100.0/24", 6),)
    say(office, 8)
    assert [it.tickets for it in found()] == [1, 6]
    office.later(days=31)
    assert found() == []


def test_subjects_without_a_letter_are_not_alike(office: TestOffice, found: Callable[[], list[Campaign]]) -> None:
    for number in range(3):
        bring(office, f"v{number}@v.test", f"{number}{number}{number}", "2001:db8::1")
    say(office, 2)
    (campaign,) = found()
    assert campaign.tickets == 1
    assert campaign.networks == (("2001:db8::/64", 1),)


def test_only_unanswered_tickets_of_the_address_are_marked(office: TestOffice) -> None:
    bring(office, "kim@v.test", "Old", "192.0.2.1")
    office.later(days=5)
    for subject in ("Answered", "Forged one", "Forged two"):
        bring(office, "kim@v.test", subject, "192.0.2.1")
    bring(office, "lee@v.test", "Forged one", "192.0.2.1")
    office.desk.reply(2, office.agent, "Hello Kim.")
    say(office, 3)
    assert [event.ticket_id for event in office.events_of_kind("not_me")] == [3, 4]
    waiting = [row for row in office.outbox("ack") if row.recipient == "kim@v.test" and row.created_at == office.now]
    assert {row.hold_reason for row in waiting} == {"silenced"}


def test_an_admin_silences_and_takes_it_back(office: TestOffice) -> None:
    with office.database.write() as connection:
        given = {"actor": "admin@example.com", "now": office.now}
        assert silence_by_hand(connection, "Victim@V.test", days=3, **given)  # type: ignore[arg-type]
        assert not silence_by_hand(connection, "victim@v.test", days=3, **given)  # type: ignore[arg-type]
        (silence,) = list_silences(connection, office.now)
        assert (silence.how, silence.until) == ("admin", office.now + timedelta(days=3))
        with pytest.raises(ValueError, match="is not an e-mail address"):
            silence_by_hand(connection, "nobody", days=3, **given)  # type: ignore[arg-type]
        assert end_silence(connection, "VICTIM@v.test", **given)  # type: ignore[arg-type]
        assert not end_silence(connection, "victim@v.test", **given)  # type: ignore[arg-type]
        assert list_silences(connection, office.now) == ()
        assert not close_by_hand(connection, **given)  # type: ignore[arg-type]
        assert not breaker_view(connection, office.office.configuration, office.now).is_open


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("FREE NITRO https://a.test/1 now 17", "free nitro  now", True),
        ("무료 쿠폰 123!", "무료쿠폰 (9)", True),
        ("Ｆｒｅｅ nitro", "free nitro", True),
        ("My invoice", "Your invoice", False),
    ],
)
def test_what_makes_subjects_alike(one: str, other: str, alike: bool) -> None:
    assert (skeleton(one) == skeleton(other)) is alike


def test_networks() -> None:
    assert [network_of(peer) for peer in ("192.0.2.77", "2001:db8:1:2:3::4", "", "unix")] == [
        "192.0.2.0/24",
        "2001:db8:1:2::/64",
        "",
        "",
    ]
