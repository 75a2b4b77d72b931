"""Rules that answer customers by a template: in whose language, as whose mail, and what keeps it from doing harm."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from gateway.config.load import load_all
from gateway.config.rule_trials import rules_of, run_trials
from gateway.store.budget_lookup import was_answered
from gateway.store.schema import contacts
from gateway.store.tickets import ensure_contact
from tests.automation.conftest import GATEWAY, House
from tests.support.accepted import mail
from tests.support.notices import body as part

Ruled = Callable[..., House]

ON_CREATED = "events: [{name: Greet, on: created, then: {reply: {template: in-progress}}}]"
ON_REPLIED = "events: [{name: Again, on: replied, then: {reply: {template: in-progress}}}]"
HAND_MADE = "Subject: Your parcel {{ reference }}\n\n{% if customer %}{{ customer }}: {% endif %}it left us.\n"


def own_reply(house: House, *languages: str, name: str = "parcel") -> Path:
    folder = house.folder / "words"
    for language in languages:
        file = folder / "mail" / language / "reply" / f"{name}.txt.j2"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HAND_MADE.replace("it left us", f"it left us ({language})"), "utf-8")
        file.with_name(f"{name}.html.j2").write_text("<p>{{ number }}: it left us</p>", "utf-8")
    return folder


def with_folder(folder: Path) -> str:
    return GATEWAY.replace("{verify: false}", "{verify: false, unverified: weak}") + f"templates_dir: {folder}\n"


def test_a_rule_answers_in_the_customers_language_as_the_gateway(ruled: Ruled) -> None:
    house = ruled(rules=ON_CREATED)
    number = house.write("램프가 켜지지 않습니다.")
    waiting = house.office.ticket(number).waiting_since
    house.follow()
    (row,) = house.office.outbox("reply")
    written = message_from_bytes(row.raw, policy=default)
    assert row.automatic
    assert row.recipient == "hong@customer.example"
    assert (written["Auto-Submitted"], written["Content-Language"]) == ("auto-generated", "ko")
    assert "계속 확인하고 있어" in part(row.raw, "plain")
    assert "<strong>1번</strong>" in part(row.raw, "html")
    assert written["In-Reply-To"] == house.office.messages(number)[0].message_id.join("<>")
    (event,) = [one for one in house.office.events(number, "notice") if one.data["notice"] == "reply"]
    assert (event.data["template"], event.data["rule"]) == ("in-progress", "Greet")
    assert house.office.ticket(number).waiting_since == waiting, "nobody of us has answered yet"
    assert [one.direction for one in house.office.messages(number)] == ["in"]


def test_an_admins_own_reply_in_the_brands_language_where_the_customers_is_missing(house: House) -> None:
    folder = own_reply(house, "en", "ja")
    house.take_over(
        gateway=with_folder(folder), rules="events: [{name: r, on: created, then: {reply: {template: parcel}}}]"
    )
    for text in ("램프가 켜지지 않습니다.", "電気がつきません。"):
        house.write(text, sender=f"a{len(text)}@customer.example")
    house.follow()
    korean, japanese = (message_from_bytes(row.raw, policy=default) for row in house.office.outbox("reply"))
    assert (korean["Content-Language"], japanese["Content-Language"]) == ("en", "ja")
    assert "it left us (en)" in part(korean.as_bytes(), "plain")
    assert korean["Subject"] == "Your parcel [#1]", "nothing proves the sender: none of their words"


def test_a_reply_that_is_gone_is_said(house: House) -> None:
    folder = own_reply(house, "en")
    house.take_over(
        gateway=with_folder(folder), rules="events: [{name: r, on: created, then: {reply: {template: parcel}}}]"
    )
    (folder / "mail/en/reply/parcel.txt.j2").unlink()
    number = house.write()
    house.follow()
    assert [event.data["why"] for event in house.office.events(number, "rule_failed")] == [
        "there is no reply parcel in en"
    ]
    assert not house.office.outbox("reply")


def test_two_rules_that_say_the_same_at_one_moment_are_one_mail(ruled: Ruled) -> None:
    house = ruled(
        rules="events: [{name: a, on: created, then: {reply: {template: in-progress}}},"
        " {name: b, on: created, then: {reply: {template: in-progress}}}]"
    )
    house.write()
    house.follow()
    assert len(house.office.outbox("reply")) == 1


def test_a_machine_that_hides_what_it_is_gets_three_a_day(ruled: Ruled) -> None:
    house = ruled(rules=ON_REPLIED)
    number = house.write()
    for _ in range(8):
        house.reply(number, "Thank you for your mail. What is it about?")
        house.follow()
        house.office.later(minutes=50)
    assert len(house.office.outbox("reply")) == 3
    why = {event.data["reason"] for event in house.office.events(number, "suppressed")}
    assert why == {"replies_per_ticket"}


@pytest.mark.parametrize("header", [("Auto-Submitted", "auto-generated"), ("List-Id", "<news.shop.example>")])
def test_machines_and_lists_are_never_answered(ruled: Ruled, header: tuple[str, str]) -> None:
    house = ruled(rules=ON_CREATED)
    entry = house.office.take(mail("A newsletter.", headers=(header,)))
    house.follow()
    assert not house.office.outbox("reply")
    suppressed = house.office.events(int(entry.ticket_id), "suppressed")
    assert [one.data["reason"] for one in suppressed if one.data["notice"] == "reply"] == [
        "mailing_list" if header[0] == "List-Id" else "machine_mail"
    ]


def test_an_address_that_came_back_is_not_written_to(ruled: Ruled) -> None:
    house = ruled(rules="timers: [{name: r, when: {waiting: {over: 4h}}, then: {reply: {template: in-progress}}}]")
    number = house.write()
    house.follow()
    with house.office.database.write() as connection:
        contact = ensure_contact(connection, "hong@customer.example", name="", language=None, now=house.office.now)
        connection.execute(
            contacts.update().where(contacts.c.id == contact.id).values(undeliverable_at=house.office.now)
        )
    house.office.later(hours=4)
    house.follow()
    assert not house.office.outbox("reply")
    assert [event.data["reason"] for event in house.office.events(number, "suppressed")] == ["undeliverable"]


def test_time_brings_a_reply_once(ruled: Ruled) -> None:
    house = ruled(rules="timers: [{name: r, when: {waiting: {over: 4h}}, then: {reply: {template: in-progress}}}]")
    house.write()
    for _ in range(3):
        house.follow()
        house.office.later(hours=3)
    assert len(house.office.outbox("reply")) == 1


def test_the_rules_own_tests_see_it(house: House) -> None:
    rules = ON_CREATED + (
        "\ntests: [{name: t, mail: {subject: x}, expect: {effects: [reply in-progress]}},"
        " {name: u, mail: {subject: x}, expect: {not_effects: reply}}]"
    )
    house.take_over(rules=rules)
    loaded = load_all(house.folder / "gateway.yaml", {})
    every = rules_of(loaded.configuration, loaded.ruleset, loaded.written.automation(), loaded.side)
    passed, failed = run_trials(loaded.written.rules.tests, loaded.configuration, every, house.folder)
    assert not passed.differences
    assert "'reply' is done" in failed.differences[0][1]


MACROS = (
    "macros: [{id: sorry, title: Sorry, text: {en: 'We are sorry, {{ customer }}.'}, status: pending, tags: [sorry]}]"
)


def test_a_macro_that_a_rule_applies_is_automatic_mail_in_an_agents_name(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: r, on: created, then: {macro: sorry}}]", macros=MACROS)
    number = house.write()
    house.follow()
    (row,) = house.office.outbox("answer")
    assert row.automatic
    assert message_from_bytes(row.raw, policy=default)["Auto-Submitted"] == "auto-generated"
    assert house.office.ticket(number).waiting_since is None, "a macro ends the wait"
    with house.office.database.read() as connection:
        assert not was_answered(connection, "hong@customer.example"), "no person has written to them yet"
    house.office.desk.reply(number, house.office.agent, "I am sorry, too.")
    assert "Auto-Submitted" not in message_from_bytes(house.office.outbox("answer")[-1].raw, policy=default)


def test_a_machine_that_hides_what_it_is_gets_three_macros_a_day(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: r, on: replied, then: {macro: sorry}}]", macros=MACROS)
    number = house.write()
    for _ in range(6):
        house.reply(number, "Thank you for your mail. What is it about?")
        house.follow()
        house.office.later(minutes=50)
    assert len(house.office.outbox("answer")) == 3
    why = {event.data["why"] for event in house.office.events(number, "rule_failed")}
    assert why == {
        "macro sorry: nothing is sent to hong@customer.example: rules already answered this ticket 3 times within 1440 minutes",
    }
    assert house.office.ticket(number).waiting_since is not None, "whoever it is waits for a person"
