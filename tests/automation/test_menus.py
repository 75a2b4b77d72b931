"""Menus by mail: offered in the acknowledgement or by a rule, answered with a number, walked by people alone."""

from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from sqlalchemy import event, select

from gateway.config.load import load_all
from gateway.mail.read import read
from gateway.store.schema import messages, ticket_tags
from gateway.store.tickets import add_participant, ensure_contact
from gateway.threading.model import Status
from gateway.threading.tokens import reply_address
from tests.automation.conftest import GATEWAY, House
from tests.support.accepted import mail
from tests.support.office import KEYRING

Ruled = Callable[..., House]

OFFERS = GATEWAY + "acknowledgements: {menu: welcome}\n"
MENUS = """\
menus:
  - id: welcome
    choices:
      - label: {en: Where is my parcel?, ko: 배송 조회, ja: 配送状況の確認}
        reply: {template: in-progress}
        tags: [parcel]
      - label: {en: Invoices, ko: 세금계산서, ja: 請求書}
        team: billing
        tags: [money]
        choices:
          - label: {en: A copy, ko: 재발급, ja: 再発行}
            macro: copy
            fields: {topic: 'copy for {requester.address}'}
          - label: {en: A wrong amount, ko: 금액 오류, ja: 金額の誤り}
            choices:
              - label: {en: Too much, ko: 너무 많음, ja: 多すぎる}
                priority: high
      - label: {en: All is well now, ko: 해결됨, ja: 解決済み}
        status: solved
"""
MACROS = "macros: [{id: copy, title: Copy, text: {en: 'Here is your copy, {{ customer }}.'}, status: pending}]"


@pytest.fixture
def offering(ruled: Ruled) -> House:
    return ruled(gateway=OFFERS, menus=MENUS, macros=MACROS)


def answer(house: House, number: int, text: str, to: str = "", **of_mail: Any) -> str:
    """Answer the newest mail to the customer, or the one with this Message-ID, and let everything follow; the mail's fate."""
    house.office.later(minutes=1)
    newest = to or house.office.outbox()[-1].message_id
    address = house.office.reply_to(number)
    headers = (("In-Reply-To", f"<{newest}>"), ("References", f"<{newest}>"), *of_mail.pop("headers", ()))
    shadow = of_mail.pop("shadow", False)
    entry = house.office.take(mail(text, to=address, headers=headers, **of_mail), to=(address,), shadow=shadow)
    house.follow()
    return str(entry.fate)


def ignored(house: House, number: int) -> str:
    """Why the number of the newest mail chose nothing."""
    (step,) = [one for one in house.office.messages(number)[-1].trace["steps"] if one["evidence"].startswith("answer ")]
    assert step["verdict"] == "ignored"
    return str(step["reason"])


def tags(house: House, number: int) -> set[str]:
    with house.office.database.read() as connection:
        return set(connection.execute(select(ticket_tags.c.tag).where(ticket_tags.c.ticket_id == number)).scalars())


def kinds(house: House, number: int) -> list[str]:
    return [event.kind for event in house.office.events(number)]


def mailed(house: House) -> list[str]:
    return [row.kind for row in house.office.outbox()]


def text_of(house: House, place: int = -1) -> str:
    return read(house.office.outbox()[place].raw).text


def test_a_number_in_the_acknowledgement_is_answered_at_once(offering: House) -> None:
    number = offering.write()
    offering.follow()
    assert "1. Where is my parcel?\n2. Invoices\n3. All is well now\n" in text_of(offering)
    waiting = offering.office.ticket(number).waiting_since
    assert answer(offering, number, "1\n\nThanks\nHong") == "appended"
    assert mailed(offering) == ["ack", "reply"]
    assert tags(offering, number) == {"parcel"}
    assert offering.office.ticket(number).waiting_since == waiting, "a template is nobody's answer"
    assert "replied" not in kinds(offering, number)
    (chosen,) = offering.office.events(number, "menu_chosen")
    assert (chosen.data["label"], chosen.data["path"]) == ("Where is my parcel?", [1])
    assert chosen.data["why"] == "welcome: 1. Where is my parcel?"
    (kept,) = [row for row in offering.office.messages(number) if row.kind == "choice"]
    assert kept.public
    assert kept.trace["steps"][-1]["reason"] == (
        "the mail chooses 'Where is my parcel?' (1) from the menu 'welcome' and says nothing else"
    )


def test_three_levels_in_the_customers_language_and_never_more_mails_than_levels_and_one(offering: House) -> None:
    number = offering.write("세금계산서 금액이 다릅니다.")
    offering.follow()
    assert "2. 세금계산서\n" in text_of(offering)
    answer(offering, number, "２번이요")
    assert "선택하신 항목: 세금계산서" in text_of(offering)
    assert "1. 재발급\n2. 금액 오류\n" in text_of(offering)
    assert (offering.office.ticket(number).team, tags(offering, number)) == ("billing", {"money"})
    answer(offering, number, "②")
    assert "1. 너무 많음\n" in text_of(offering)
    answer(offering, number, "1번")
    assert "선택하신 내용을 문의 번호 1번에 기록하였습니다. 담당자가 확인한 뒤" in text_of(offering)
    assert offering.office.ticket(number).priority == "high"
    assert mailed(offering) == ["ack", "menu", "menu", "menu"]
    answer(offering, number, "1")
    assert mailed(offering) == ["ack", "menu", "menu", "menu"], "the menu has ended: a number is a word like others"
    assert "replied" in kinds(offering, number)
    first = offering.office.messages(number)[0].message_id.encode()
    heads = [row.raw.partition(b"MIME-Version")[0].partition(b"References")[2] for row in offering.office.outbox()]
    assert all(first in head for head in heads), "all in the thread of the ticket"


def test_a_macro_answers_as_by_a_rule_and_ends_the_wait(offering: House) -> None:
    number = offering.write()
    answer(offering, number, "2")
    answer(offering, number, "1")
    assert mailed(offering) == ["ack", "menu", "answer"]
    assert "Here is your copy, Hong." in text_of(offering)
    assert "> The lamp does not light up." in text_of(offering), "what is quoted is the question, not a number"
    ticket = offering.office.ticket(number)
    assert (ticket.status, ticket.waiting_since) == ("pending", None)
    assert ticket.fields == {"topic": "copy for hong@customer.example"}


def test_a_choice_that_solves_says_so(offering: House) -> None:
    number = offering.write()
    answer(offering, number, "3")
    assert mailed(offering) == ["ack", "resolution"]
    assert offering.office.ticket(number).status == "solved"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2\nand my lamp is broken", ""),
        ("I ordered 2 lamps.", ""),
        ("7", "the menu offers 1 to 3"),
        ("2 lamps are broken", "other words than those of the choice stand beside it"),
    ],
)
def test_a_human_word_goes_to_a_person(offering: House, text: str, why: str) -> None:
    number = offering.write()
    answer(offering, number, text)
    assert mailed(offering) == ["ack"]
    assert "replied" in kinds(offering, number)
    told = [
        step["reason"] for step in offering.office.messages(number)[-1].trace["steps"] if "answer" in step["evidence"]
    ]
    assert told == ([f"{why}: it is a mail for people"] if why else [])


def test_only_the_newest_offer_counts(offering: House) -> None:
    number = offering.write()
    ack = offering.office.outbox()[0].message_id
    answer(offering, number, "2", to=ack)
    answer(offering, number, "1", to=ack)
    assert mailed(offering) == ["ack", "menu"], "an answer to the older mail"
    assert "replied" in kinds(offering, number)
    answer(offering, number, "1")
    assert mailed(offering) == ["ack", "menu", "answer"]


def test_one_of_our_own_words_ends_the_menu(offering: House) -> None:
    number = offering.write()
    ack = offering.office.outbox()[0].message_id
    offering.office.desk.reply(number, offering.office.agent, "What is your order number?")
    answer(offering, number, "2", to=ack)
    assert "menu" not in mailed(offering)
    assert "replied" in kinds(offering, number)


def test_without_a_thread_the_last_word_of_ours_counts(offering: House) -> None:
    number = offering.write()
    offering.reply(number, "2")
    offering.follow()
    assert mailed(offering) == ["ack", "menu"]
    offering.office.desk.note(number, offering.office.agent, "A customer who loses threads.")
    offering.reply(number, "1")
    offering.follow()
    assert mailed(offering) == ["ack", "menu", "answer"]


@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "auto-replied"),
        ("X-Autoreply", "yes"),
        ("Precedence", "auto_reply"),
        ("List-Id", "<team.customer.example>"),
    ],
)
def test_a_machine_or_a_list_never_walks_a_menu(offering: House, header: tuple[str, str]) -> None:
    number = offering.write()
    assert answer(offering, number, "2", headers=(header,)) == ("appended" if header[0] == "List-Id" else "silent")
    assert mailed(offering) == ["ack"]
    assert not offering.office.events(number, "menu_chosen")


def test_a_stranger_with_somebody_elses_address_does_not_choose(offering: House) -> None:
    number = offering.write()
    answer(offering, number, "2", sender="Eve <eve@evil.example>")
    assert mailed(offering) == ["ack"]
    assert not offering.office.events(number, "menu_chosen")


def test_another_participant_does_not_choose_for_the_customer(offering: House) -> None:
    number = offering.write()
    with offering.office.database.write() as connection:
        ben = ensure_contact(connection, "ben@customer.example", name="Ben", language="en", now=offering.office.now)
        added = add_participant(connection, number, ben.id, "cc", offering.office.now)
    address = reply_address(
        KEYRING, local="reply", domain="reply.example.com", ticket=number, participant=added, expires=date(2027, 1, 1)
    )
    assert (
        offering.office.take(mail("2", sender="Ben <ben@customer.example>", to=address), to=(address,)).fate
        == "appended"
    )
    offering.follow()
    assert mailed(offering) == ["ack"]
    assert ignored(offering, number) == "the menu was offered to somebody else: it is a mail for people"


def test_an_address_that_nothing_proves_does_not_choose(ruled: Ruled) -> None:
    house = ruled(
        gateway=OFFERS.replace("{verify: false}", "{verify: false, unverified: weak}"), menus=MENUS, macros=MACROS
    )
    number = house.write()
    house.take_over(
        gateway=OFFERS.replace("{verify: false}", "{verify: false, unverified: none}"), menus=MENUS, macros=MACROS
    )
    assert answer(house, number, "2") == "join_request"
    assert mailed(house) == ["ack"]
    assert not house.office.events(number, "menu_chosen")


def test_a_file_beside_the_number_is_for_people(offering: House) -> None:
    number = offering.write()
    offering.office.later(minutes=1)
    address = offering.office.reply_to(number)
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Hong <hong@customer.example>", address, "Re: Lamp"
    letter["Message-ID"] = "<with-a-file@customer.example>"
    letter.set_content("2")
    letter.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="lamp.pdf")
    offering.office.take(letter.as_bytes(policy=SMTP), to=(address,))
    offering.follow()
    assert mailed(offering) == ["ack"]
    assert "replied" in kinds(offering, number)


def test_without_a_thread_a_later_mail_of_ours_stands_between(ruled: Ruled) -> None:
    house = ruled(
        gateway=OFFERS,
        menus=MENUS,
        macros=MACROS,
        rules="events: [{name: Busy, on: noted, then: {reply: {template: in-progress}}}]",
    )
    number = house.write()
    house.office.desk.note(number, house.office.agent, "It takes long.")
    house.follow()
    house.reply(number, "2")
    house.follow()
    assert mailed(house) == ["ack", "reply"]


def test_a_solved_ticket_is_opened_by_a_number(offering: House) -> None:
    number = offering.write()
    ack = offering.office.outbox()[0].message_id
    offering.office.desk.solve(number, offering.office.agent)
    answer(offering, number, "2", to=ack)
    assert offering.office.ticket(number).status == "open"
    assert ignored(offering, number) == "the ticket is solved: it is a mail for people"


def test_mail_that_is_only_learnt_from_chooses_nothing(offering: House) -> None:
    number = offering.write()
    answer(offering, number, "2", shadow=True)
    assert mailed(offering) == ["ack"]


def test_an_offer_is_answered_once(offering: House) -> None:
    number = offering.write()
    ack = offering.office.outbox()[0].message_id
    answer(offering, number, "1", to=ack)
    answer(offering, number, "2", to=ack)
    assert mailed(offering) == ["ack", "reply"]
    assert tags(offering, number) == {"parcel"}
    assert "replied" in kinds(offering, number)


def test_nobody_of_us_is_mailed_about_a_number(offering: House) -> None:
    number = offering.write()
    offering.office.desk.assign(number, offering.office.agent, offering.office.agent)
    answer(offering, number, "2")
    assert "agent" not in mailed(offering)
    answer(offering, number, "I would rather talk to somebody.")
    assert mailed(offering)[-1] == "agent"


def test_a_menu_that_reads_otherwise_by_now_is_not_walked(offering: House) -> None:
    number = offering.write()
    offering.take_over(gateway=OFFERS, menus=MENUS.replace("Invoices", "Bills"), macros=MACROS)
    answer(offering, number, "2")
    assert mailed(offering) == ["ack"]
    assert ignored(offering, number) == "the menu has changed since it was offered: it is a mail for people"


def test_a_menu_that_changes_between_answer_and_carrying_out_goes_to_people(offering: House) -> None:
    number = offering.write()
    offering.reply(number, "2")
    offering.take_over(gateway=OFFERS, menus=MENUS.replace("Invoices", "Bills"), macros=MACROS)
    offering.follow()
    assert mailed(offering) == ["ack"]
    assert "replied" in kinds(offering, number)
    assert tags(offering, number) == set()


BY_RULE = "events: [{name: Ask, on: replied, then: {menu: welcome}}]"


def test_a_rule_offers_a_menu_once_a_ticket(ruled: Ruled) -> None:
    house = ruled(rules=BY_RULE, menus=MENUS, macros=MACROS)
    number = house.write()
    for _ in range(3):
        house.reply(number, "Thank you for your mail, what is it about?")
        house.follow()
    assert mailed(house) == ["ack", "menu"], "a machine that hides what it is gets one"
    assert {event.data["why"] for event in house.office.events(number, "rule_failed")} == {
        "the menu welcome was offered on this ticket before"
    }


def test_a_choice_on_a_ticket_that_waits_for_the_customer_opens_it(ruled: Ruled) -> None:
    house = ruled(
        rules="events: [{name: Ask, on: status, when: {became: pending}, then: {menu: welcome}}]",
        menus=MENUS.replace("        status: solved", "        tags: [well]"),
        macros=MACROS,
    )
    number = house.write()
    house.office.desk.set_status(number, Status.PENDING, house.office.agent)
    house.follow()
    answer(house, number, "3")
    ticket = house.office.ticket(number)
    assert (ticket.status, ticket.waiting_since is not None) == ("open", True)
    assert "One of us will answer you by email." in text_of(house)


def test_rules_see_what_a_choice_sets(ruled: Ruled) -> None:
    house = ruled(
        gateway=OFFERS,
        menus=MENUS,
        macros=MACROS,
        rules="events: [{name: Money, on: team, when: {became: billing, by: rule}, then: {tags: [ledger]}}]",
        teams="teams: [{id: billing, members: [lee@example.com], assign: least_loaded}]",
    )
    number = house.write()
    answer(house, number, "2")
    assert tags(house, number) == {"money", "ledger"}
    assert house.office.ticket(number).assignee_id is not None


def test_an_intake_rule_names_another_menu_for_its_mails(ruled: Ruled) -> None:
    house = ruled(
        gateway=OFFERS,
        menus=MENUS + "  - {id: returns, choices: [{label: {en: Exchange, ko: 교환, ja: 交換}, tags: [exchange]}]}\n",
        macros=MACROS,
        rules="rules: [{name: Returns, when: {subject: return}, then: {menu: returns}}]",
    )
    number = house.write(subject="A return")
    assert "1. Exchange\n" in text_of(house)
    answer(house, number, "1. Exchange")
    assert tags(house, number) == {"exchange"}
    assert mailed(house) == ["ack", "menu"]


def test_the_rules_own_tests_see_menus(house: House) -> None:
    house.take_over(
        menus=MENUS,
        macros=MACROS,
        rules="rules: [{name: In, when: {subject: lamp}, then: {menu: welcome}}]\n"
        "events: [{name: Ask, on: replied, then: {menu: welcome}}]\n"
        "tests:\n"
        "  - {name: in, mail: {subject: lamp}, expect: {effects: [menu welcome]}}\n"
        "  - {name: none, mail: {subject: chair}, expect: {not_effects: [menu]}}\n"
        "  - {name: ask, ticket: {}, event: {kind: replied}, expect: {effects: [menu welcome]}}\n",
    )
    loaded = load_all(house.folder / "gateway.yaml", {}, tested=True)
    assert not loaded.warnings


def test_what_is_hardly_meant_so_is_a_warning(house: House) -> None:
    house.take_over(
        gateway=OFFERS, menus=MENUS + "  - {id: spare, choices: [{label: {en: A}, tags: [a]}]}\n", macros=MACROS
    )
    told = [str(one).partition("menus.yaml:")[2] for one in load_all(house.folder / "gateway.yaml", {}).warnings]
    assert told == [
        "20:10: nothing offers the menu `spare`: name it in `acknowledgements.menu`, or as `menu` of a rule",
        "20:35: the label is missing in ko, ja; such customers get the brand's",
    ]


def test_nothing_is_offered_where_nothing_is_sent(offering: House) -> None:
    entry = offering.office.take(mail("A newsletter.", headers=(("List-Id", "<news.shop.example>"),)))
    assert not offering.office.events(int(entry.ticket_id), "menu_offered")


def test_without_menus_nothing_is_looked_up(ruled: Ruled) -> None:
    house = ruled()
    number = house.write()
    asked: list[str] = []
    event.listen(house.office.database.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    house.reply(number, "2")
    assert asked
    assert not [one for one in asked if one.startswith("SELECT events")]
    assert [row.kind for row in house.office.rows(messages)] == ["mail", "mail"]
