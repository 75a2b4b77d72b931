"""Customers whose ticket was merged hear of it, and only of that."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

from tests.lifecycle.conftest import House
from tests.support.notices import body

Ruled = Callable[..., House]


def test_the_requester_is_told_once_in_their_own_thread(house: House) -> None:
    first = house.write()
    second = house.write("Also this lamp.", subject="Second lamp", message_id="second@customer.example")
    house.desk.merge(second, first, house.agent)
    house.follow()
    house.follow()
    (notice,) = house.outbox("merged")
    sent = message_from_bytes(notice.raw, policy=default)
    assert sent["In-Reply-To"] == "<second@customer.example>"
    assert (notice.ticket_id, notice.recipient) == (first, "hong@customer.example")
    assert f"number {second}, together with a related one, under number {first}" in body(notice.raw, "plain")
    assert house.say(first, "One more thing.") == first


def test_nothing_of_a_strangers_ticket_is_told(house: House) -> None:
    first = house.write("My secret", sender="Ann <ann@other.example>", subject="Secret plans")
    second = house.write(message_id="second@customer.example")
    house.desk.merge(second, first, house.agent)
    house.follow()
    (notice,) = house.outbox("merged")
    sent = message_from_bytes(notice.raw, policy=default)
    assert notice.recipient == "hong@customer.example"
    assert sent["In-Reply-To"] == "<second@customer.example>"
    for secret in ("Secret", "secret", "ann@"):
        assert secret not in body(notice.raw, "plain") + body(notice.raw, "html")


def test_a_machine_hears_nothing(house: House) -> None:
    first = house.write()
    second = house.write("Order 17", sender="shop@customer.example", headers=(("Auto-Submitted", "auto-generated"),))  # type: ignore[arg-type]
    house.desk.merge(second, first, house.agent)
    house.follow()
    assert house.outbox("merged") == []
    assert house.events(first, "suppressed")[-1].data["reason"] == "machine_mail"


def test_it_can_be_switched_off(ruled: Ruled) -> None:
    house = ruled(gateway="lifecycle: {tell_merged: false}")
    first, second = house.write(), house.write("Also this.", subject="Second")
    house.desk.merge(second, first, house.agent)
    house.follow()
    assert house.outbox("merged") == []
