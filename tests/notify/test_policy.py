"""When we stay silent, and that we can say why."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.model import Budgets
from gateway.mail.model import Auto, Kind
from gateway.notify.budgets import AutomaticMail, Recent, reach
from gateway.notify.policy import (
    Hold,
    Incoming,
    Intention,
    Suppression,
    is_machine_address,
    is_nowhere,
    why_never,
    why_silent,
)
from gateway.threading.model import NoticeKind, Proof, Trust
from tests.support.notices import NOW

PERSON = Incoming(auto=Auto(Kind.HUMAN), null_reverse_path=False, trust=Trust.WEAK)
ACK = Intention(
    kind=NoticeKind.ACK,
    ticket=42,
    subject="My order",
    recipient="kim@customer.example",
    known_person=True,
    acknowledge=True,
    undeliverable=False,
    incoming=PERSON,
)
RESOLUTION = replace(ACK, kind=NoticeKind.RESOLUTION, incoming=None)
BUDGETS = Budgets()
NOTHING = Recent()


def is_ours(address: str) -> bool:
    return address.lower().endswith(("support@example.com", "@reply.example.com"))


def verdict(
    intention: Intention, recent: Recent = NOTHING, budgets: Budgets | None = BUDGETS, now: datetime = NOW
) -> Suppression | Hold | None:
    return why_silent(intention, is_ours=is_ours, recent=recent, budgets=budgets, now=now)


def mails(*minutes: float, kind: NoticeKind = NoticeKind.ACK, ticket: int = 7, subject: str = "Other") -> Recent:
    """Earlier automatic mail, so many minutes ago; subjects differ unless the test names one."""
    return Recent(
        to_person=tuple(
            AutomaticMail(NOW - timedelta(minutes=ago), kind, ticket, subject if subject != "Other" else f"Other {ago}")
            for ago in minutes
        )
    )


def test_a_person_is_answered() -> None:
    assert verdict(ACK) is None
    assert verdict(RESOLUTION) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"acknowledge": False}, "brand_off"),
        ({"incoming": replace(PERSON, auto=Auto(Kind.LIST, "List-Id: <news>"))}, "mailing_list"),
        ({"incoming": replace(PERSON, auto=Auto(Kind.AUTO_REPLY, "Auto-Submitted: auto-replied"))}, "machine_mail"),
        ({"incoming": replace(PERSON, auto=Auto(Kind.AUTO_GENERATED))}, "machine_mail"),
        ({"incoming": replace(PERSON, auto=Auto(Kind.BOUNCE))}, "machine_mail"),
        ({"incoming": replace(PERSON, null_reverse_path=True)}, "null_reverse_path"),
        ({"incoming": replace(PERSON, trust=Trust.NONE)}, "unverified"),
        ({"incoming": replace(PERSON, trust=Trust.TEMPERROR)}, "unverified"),
        ({"recipient": "support@example.com"}, "own_address"),
        ({"recipient": "reply+token@reply.example.com"}, "own_address"),
        ({"recipient": "not an address"}, "invalid_recipient"),
        ({"recipient": "김@customer.example"}, "invalid_recipient"),
        ({"recipient": "kim@localhost"}, "invalid_recipient"),
        ({"recipient": "kim@nowhere.invalid"}, "invalid_recipient"),
        ({"recipient": "kim@192.0.2.1"}, "invalid_recipient"),
        ({"recipient": "MAILER-DAEMON@customer.example"}, "never_answer"),
        ({"recipient": "no-reply@customer.example"}, "never_answer"),
        ({"undeliverable": True}, "undeliverable"),
        ({"silenced": True}, "silenced"),
        ({"incoming": replace(PERSON, trust=Trust.NONE, proof=Proof.FAILED)}, "forged"),
        ({"incoming": replace(PERSON, proof=Proof.FAILED)}, "forged"),
    ],
)
def test_reasons_for_silence(change: dict[str, object], reason: str) -> None:
    silent = replace(ACK, **change)  # type: ignore[arg-type]
    found = verdict(silent)
    assert isinstance(found, Suppression)
    assert found.reason == reason
    assert len(found.sentence) > 20
    assert verdict(silent, budgets=None) == found  # switching budgets off switches nothing else off
    assert why_never(silent, is_ours=is_ours) == found


def test_the_evidence_is_part_of_the_sentence() -> None:
    found = verdict(replace(ACK, incoming=replace(PERSON, auto=Auto(Kind.LIST, "List-Id: <news>"))))
    assert found is not None
    assert "List-Id: <news>" in found.sentence


@pytest.mark.parametrize(
    "change", [{"recipient": "no-reply@x.example"}, {"undeliverable": True}, {"recipient": "support@example.com"}]
)
def test_a_resolution_too_goes_to_people_only(change: dict[str, object]) -> None:
    assert verdict(replace(RESOLUTION, **change)) is not None  # type: ignore[arg-type]


def test_a_resolution_does_not_ask_for_the_acknowledgement_setting() -> None:
    assert verdict(replace(RESOLUTION, acknowledge=False)) is None


@pytest.mark.parametrize(
    "local",
    [
        "mailer-daemon", "postmaster", "Abuse", "root", "noreply", "NoReply", "no-reply", "no_reply", "no.reply", "noreply-123",
        "no-reply+tag", "news-noreply", "forwarding-noreply", "do-not-reply", "donotreply", "do_not_reply", "bounce", "bounces+12",
        "list-bounces", "bounce-123-abc", "owner-news", "news-owner", "news-request", "news-unsubscribe", "LISTSERV", "majordomo",
    ],
)  # fmt: skip
def test_addresses_of_machines(local: str) -> None:
    assert is_machine_address(f"{local}@customer.example")


@pytest.mark.parametrize(
    "local",
    [
        "kim",
        "rooth",
        "noreen",
        "norepleth",
        "reply",
        "abuseless",
        "postmasters",
        "bouncer",
        "owner",
        "request",
        "kim.noble",
        "daemonia",
        "info",
    ],
)
def test_addresses_of_people(local: str) -> None:
    assert not is_machine_address(f"{local}@customer.example")


@pytest.mark.parametrize(
    "domain", ["customer.test", "customer.example", "example.org", "xn--3e0b707e.example", "naver.com."]
)
def test_domains_that_may_exist(domain: str) -> None:
    assert not is_nowhere(f"kim@{domain}")


# --- budgets -------------------------------------------------------------------------------------------------------


def test_two_acknowledgements_an_hour() -> None:
    assert verdict(ACK, mails(10)) is None
    found = verdict(ACK, mails(10, 59.9))
    assert isinstance(found, Suppression)
    assert found.reason == "acks_per_person"
    assert "2 acknowledgements within 60 minutes" in found.sentence
    assert verdict(ACK, mails(10, 60)) is None  # a window is over when it is over


def test_three_acknowledgements_a_day() -> None:
    """Else a machine that hides and answers each of them would get two an hour for ever."""
    assert verdict(ACK, mails(70, 1200)) is None
    found = verdict(ACK, mails(70, 600, 1200))
    assert isinstance(found, Suppression)
    assert "3 acknowledgements within 1440 minutes" in found.sentence
    assert verdict(ACK, mails(70, 600, 1440)) is None


def test_the_third_acknowledgement_for_one_subject_within_a_day() -> None:
    same = "RE: My order"  # with or without Re: it is the same subject
    assert verdict(ACK, mails(600, subject=same)) is None
    found = verdict(ACK, mails(600, 1200, subject=same))
    assert isinstance(found, Suppression)
    assert found.reason == "same_subject"
    assert verdict(ACK, mails(600, 1441, subject=same)) is None
    assert verdict(replace(ACK, subject="Another"), mails(600, 1200, subject=same)) is None


@pytest.mark.parametrize(("count", "minutes"), BUDGETS.automatic_per_ticket)
def test_the_ladder_of_a_ticket(count: int, minutes: int) -> None:
    evenly = [minutes * (number + 0.5) / count for number in range(count)]
    recent = mails(*evenly, kind=NoticeKind.RESOLUTION, ticket=42)
    found = verdict(RESOLUTION, recent)
    assert isinstance(found, Suppression)
    assert found.reason == "automatic_per_ticket"
    assert verdict(replace(RESOLUTION, ticket=43), recent) is None


@pytest.mark.parametrize(("count", "minutes"), BUDGETS.automatic_per_person)
def test_the_ladder_of_a_person(count: int, minutes: int) -> None:
    evenly = [minutes * (number + 0.5) / count for number in range(count)]
    recent = mails(*evenly, kind=NoticeKind.RESOLUTION)
    found = verdict(RESOLUTION, recent)
    assert isinstance(found, Suppression)
    assert found.reason == "automatic_per_person"
    fewer = Recent(recent.to_person[1:])
    assert verdict(RESOLUTION, fewer) is None


def test_strangers_are_held_not_forgotten_when_a_flood_comes() -> None:
    flood = Recent(to_unknown=tuple(NOW - timedelta(seconds=29 * number) for number in range(30)))
    stranger = replace(ACK, known_person=False)
    found = verdict(stranger, flood)
    assert isinstance(found, Hold)
    assert found.reason == "budget"
    assert "30 people" in found.sentence
    assert verdict(ACK, flood) is None  # people whom we know are answered all the same
    assert verdict(stranger, Recent(to_unknown=flood.to_unknown[1:])) is None
    assert verdict(stranger, flood, now=NOW + timedelta(minutes=2)) is None
    assert verdict(replace(RESOLUTION, known_person=False), flood) is None  # it is told of a ticket, not of a mail


WEAK = replace(PERSON, proof=Proof.PASSED)
PROVEN = replace(WEAK, trust=Trust.FORWARDED)
UNPROVEN = replace(PERSON, trust=Trust.NONE, proof=Proof.UNPROVEN)
UNKNOWN = replace(PERSON, trust=Trust.TEMPERROR, proof=Proof.UNKNOWN)


@pytest.mark.parametrize(
    ("incoming", "stranger", "domain", "system"),
    [
        (PROVEN, None, None, None),
        (WEAK, None, "automatic_per_domain", "breaker"),
        (PERSON, "budget", "automatic_per_domain", "breaker"),
        (UNPROVEN, "budget", "automatic_per_domain", "breaker"),
        (UNKNOWN, "budget", "automatic_per_domain", "breaker"),
    ],
    ids=["signature", "path", "not looked at", "nothing published", "dns cannot tell"],
)
def test_what_is_proven_decides_which_budgets_count(
    incoming: Incoming, stranger: str | None, domain: str | None, system: str | None
) -> None:
    first = replace(ACK, known_person=False, incoming=incoming)
    assert verdict(first) is None, "the first mail of each of them is acknowledged"
    for recent, reason in (
        (Recent(to_unknown=(NOW,) * 30), stranger),
        (Recent(to_domain=20), domain),
        (Recent(to_unproven=200), system),
        (Recent(breaker_until=NOW + timedelta(minutes=1)), system),
    ):
        found = verdict(first, recent)
        assert (found.reason if found is not None else None) == reason
        assert verdict(replace(first, known_person=True), recent) is None
        assert verdict(replace(first, vouched=True), recent) is None
    assert verdict(first, Recent(breaker_until=NOW)) is None, "it closes by itself"
    assert verdict(first, Recent(to_domain=19, to_unproven=199)) is None


def test_monitors_have_no_limits_and_forms_keep_those_of_a_person() -> None:
    many = mails(*[1.0] * 500, ticket=42, subject="My order")
    assert verdict(replace(ACK, exempt=True), many) is None
    assert verdict(replace(ACK, vouched=True), many) is not None
    assert verdict(replace(ACK, exempt=True, recipient="no-reply@customer.example")) is not None


def test_the_exemption_of_a_forged_sender_counts_for_nobody() -> None:
    assert replace(PERSON, sender="form@shop.example").speaks_for_others
    assert not replace(UNPROVEN, sender="form@shop.example").speaks_for_others
    assert not PERSON.speaks_for_others


@pytest.mark.parametrize(
    ("known", "incoming", "doubt"), [(True, PROVEN, False), (True, PERSON, True), (False, PROVEN, True)]
)
def test_who_is_told_how_to_deny(known: bool, incoming: Incoming, doubt: bool) -> None:
    assert replace(ACK, known_person=known, incoming=incoming).is_doubtful is doubt


def test_what_is_refused_anyway_is_not_held() -> None:
    flood = Recent(to_person=mails(1, 2).to_person, to_unknown=(NOW,) * 30)
    assert isinstance(verdict(replace(ACK, known_person=False), flood), Suppression)


def test_budgets_can_be_switched_off() -> None:
    flood = Recent(to_person=mails(*[1.0] * 500, ticket=42, subject="My order").to_person, to_unknown=(NOW,) * 500)
    assert verdict(replace(ACK, known_person=False), flood, budgets=None) is None


def test_how_far_back_the_store_must_look() -> None:
    far = reach(BUDGETS)
    assert far.person == timedelta(days=1)
    assert far.person_rows >= 360 + 2
    assert far.unknown == timedelta(minutes=15)
    assert far.unknown_rows == 30
    wide = reach(Budgets(automatic_per_person=((5, 4000),)))
    assert wide.person == timedelta(minutes=4000)


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.lists(st.floats(0, 1500), max_size=450),
    kinds=st.lists(st.sampled_from([NoticeKind.ACK, NoticeKind.RESOLUTION]), min_size=1),
    tickets=st.lists(st.integers(41, 43), min_size=1),
)
def test_the_reach_is_far_enough(minutes: list[float], kinds: list[NoticeKind], tickets: list[int]) -> None:
    """Looking further back than ``reach`` says never changes the verdict."""
    everything = tuple(
        AutomaticMail(NOW - timedelta(minutes=ago), kinds[i % len(kinds)], tickets[i % len(tickets)], "My order")
        for i, ago in enumerate(sorted(minutes))
    )
    far = reach(BUDGETS)
    found = tuple(mail for mail in everything if NOW - mail.at < far.person)[: far.person_rows]
    for intention in (ACK, RESOLUTION):
        assert verdict(intention, Recent(found)) == verdict(intention, Recent(everything))
