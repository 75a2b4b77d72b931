"""Macros by mail: own and shared ones, with own statuses and fields, and fields that are needed before solving."""

from pathlib import Path

import pytest

from gateway.config.fields import FieldsFile
from gateway.config.macros import MacroDefinition
from gateway.store.saved_macros import add_macro
from tests.agents.test_orders import report
from tests.support.agent_work import LEE, Mailboxes, words

MACROS = """\
macros:
  - id: refund
    title: Refund granted
    text: {en: "The shared words."}
    status: refunded
    fields: {category: Payment}
  - id: parts
    title: Parts on order
    text: {en: "We wait for parts."}
    status: waiting-for-parts
  - id: done
    title: Done
    text: {en: "It is done."}
    priority: urgent
    status: solved
"""
FIELDS = {
    "fields": [{"id": "category", "type": "choice", "choices": ["Delivery", "Payment"], "required": ["solve"]}],
    "statuses": [{"id": "waiting-for-parts", "category": "on_hold"}, {"id": "refunded", "category": "solved"}],
}


@pytest.fixture
def shop(mailboxes: Mailboxes, tmp_path: Path) -> Mailboxes:
    (tmp_path / "fields.yaml").write_text(FieldsFile.model_validate(FIELDS).model_dump_json(exclude_defaults=True))
    mailboxes.use_macros(MACROS, tmp_path)
    return mailboxes


def test_a_macro_sets_fields_and_an_own_status_with_its_answer(shop: Mailboxes) -> None:
    ticket = shop.opened()
    shop.reply(shop.assigned(ticket), "#macro refund")
    after = shop.ticket(ticket)
    assert (after.status, after.substatus, after.fields) == ("solved", "refunded", {"category": "Payment"})
    assert "The shared words." in words(shop.to_customers()[0])
    other = shop.opened()
    shop.reply(shop.assigned(other), "#macro parts")
    after = shop.ticket(other)
    assert (after.status, after.substatus) == ("on_hold", "waiting-for-parts")


def test_a_field_that_is_needed_is_needed_by_macros_too(shop: Mailboxes) -> None:
    ticket = shop.opened()
    shop.reply(shop.assigned(ticket), "#macro done")
    assert "cannot be solved without these fields: category" in report(shop)
    assert shop.ticket(ticket).status != "solved"
    assert shop.to_customers() == []
    shop.reply(shop.assigned(ticket), "#field category Payment\n#macro done")
    assert shop.ticket(ticket).status == "solved"


def test_an_own_macro_is_meant_before_a_shared_one_of_its_name(shop: Mailboxes) -> None:
    own = MacroDefinition(title="Refund", text={"en": "My own words."})
    with shop.database.write() as connection:
        add_macro(connection, shop.kim, own, shop.now)
    ticket = shop.opened()
    shop.reply(shop.assigned(ticket), "#macro refund")
    assert "My own words." in words(shop.to_customers()[-1])
    shop.reply(shop.assigned(ticket), "#public\n#macro Refund granted")
    assert "The shared words." in words(shop.to_customers()[-1]), "by its other name"
    other = shop.opened()
    shop.desk.assign(other, shop.lee, shop.kim)
    shop.reply(shop.told(LEE)[-1], "#macro refund")
    assert "The shared words." in words(shop.to_customers()[-1]), "nobody else has it"
