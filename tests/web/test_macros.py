"""Own macros: made, used, changed and removed by their agent alone; what a macro sets comes with the answer or not at all."""

import pytest

from gateway.config.fields import FieldsFile
from gateway.config.macros import Macro, MacroDefinition, MacrosFile
from gateway.config.teams import TeamsFile
from gateway.store.saved_macros import MOST, MacroError, add_macro, change_macro, list_macros, remove_macro
from gateway.store.schema import audit, ticket_tags
from tests.support.web import add_agent
from tests.web.conftest import Web

FIELDS = FieldsFile.model_validate(
    {
        "fields": [
            {"id": "category", "type": "choice", "choices": ["Delivery", "Payment"], "required": ["solve"]},
            {"id": "parts", "type": "choices", "choices": ["Bulb", "Cable"], "label": {"en": "Parts"}},
            {"id": "order", "type": "pattern", "pattern": "[A-Z]-[0-9]+"},
        ],
        "statuses": [{"id": "waiting-for-parts", "category": "on_hold"}, {"id": "refunded", "category": "solved"}],
    }
)
FORM = {
    "title": "Money back",
    "text_en": "Hello {{ customer }}, your money is on its way.\r\n",
    "text_ko": "{{ customer }}님, 환불해 드렸습니다.",
    "status": "refunded",
    "tags": "refund, quick",
    "field_category": "Payment",
    "field_parts_0": "1",
    "field_parts_1": "1",
}


def own_model(web: Web, written: FieldsFile) -> None:
    """Put other fields and statuses in force."""
    office = web.office.office
    object.__setattr__(office.loaded.side, "fields", written)
    for compiled in ("fields", "statuses"):
        office.__dict__.pop(compiled, None)


@pytest.fixture
def shop(small: Web) -> Web:
    """With own fields, own statuses, a team, and a shared macro."""
    side = small.office.office.loaded.side
    own_model(small, FIELDS)
    object.__setattr__(side, "teams", TeamsFile.model_validate({"teams": [{"id": "billing"}]}))
    shared = Macro.model_validate({"id": "sorry", "title": "Sorry", "text": {"en": "We are sorry."}})
    object.__setattr__(side, "macros", MacrosFile(macros=(shared,)))
    return small


def kept(web: Web) -> list[MacroDefinition]:
    with web.office.database.read() as connection:
        return [macro.definition for macro in list_macros(connection, web.office.agent)]


def test_an_own_macro_is_made_used_changed_and_removed(shop: Web) -> None:
    browser, csrf = shop.browser()
    assert browser.post("/macros", {"csrf": csrf, **FORM}).headers["location"] == "/macros?done=saved"
    (macro,) = kept(shop)
    (row,) = shop.office.rows(audit, audit.c.what == "macro_changed")
    assert (row.actor, row.data) == ("kim@example.com", {"path": "/macros"})
    assert macro.fields == {"category": "Payment", "parts": "Bulb, Cable"}
    assert macro.text["en"] == "Hello {{ customer }}, your money is on its way."
    form = browser.get("/macros/1").text
    assert 'value="refund quick"' in form
    assert '<option value="refunded" selected>' in form
    assert form.count("checked") == 2
    page = browser.get("/tickets/1?macro=my-1").text
    assert '<optgroup label="My macros"><option value="my-1" selected>Money back</option></optgroup>' in page
    assert '<optgroup label="For everybody"><option value="sorry">Sorry</option></optgroup>' in page
    assert "Hello Hong, your money is on its way.</textarea>" in page
    newest = shop.office.messages(1)[-1].id
    answer = {"csrf": csrf, "text": "It is on its way.", "macro": "my-1", "newest": str(newest)}
    assert browser.post("/tickets/1/reply", answer).headers["location"] == "/tickets/1?done=reply"
    ticket = shop.office.ticket(1)
    assert (ticket.status, ticket.substatus) == ("solved", "refunded")
    assert ticket.fields == {"category": "Payment", "parts": ["Bulb", "Cable"]}
    assert [row.kind for row in shop.office.outbox()] == ["ack", "answer"], "an answer that solves is one mail"
    changed = {"csrf": csrf, **FORM, "title": "Refund", "field_parts_0": "", "field_parts_1": ""}
    assert browser.post("/macros/1", changed).status == 303
    assert [(macro.title, dict(macro.fields)) for macro in kept(shop)] == [("Refund", {"category": "Payment"})]
    assert browser.post("/macros/1/remove", {"csrf": csrf}).status == 303
    assert kept(shop) == []


def test_what_a_macro_sets_is_set_with_the_answer_or_not_at_all(shop: Web) -> None:
    browser, csrf = shop.browser()
    browser.post("/macros", {"csrf": csrf, **FORM, "field_category": "", "priority": "urgent"})
    newest = shop.office.messages(1)[-1].id
    answer = {"csrf": csrf, "text": "It is on its way.", "macro": "my-1", "newest": str(newest)}
    refused = browser.post("/tickets/1/reply", answer)
    assert refused.status == 400
    assert "cannot be solved without these fields: category" in refused.text
    assert "It is on its way.</textarea>" in refused.text, "what was typed is kept"
    ticket = shop.office.ticket(1)
    assert (ticket.status, ticket.priority, ticket.fields) == ("new", "normal", {})
    with shop.office.database.read() as connection:
        assert connection.execute(ticket_tags.select()).all() == []
    assert [message.kind for message in shop.office.messages(1)] == ["mail"]


def test_what_a_macro_sets_can_be_set_alone(shop: Web) -> None:
    browser, csrf = shop.browser()
    browser.post("/macros", {"csrf": csrf, **FORM, "status": "waiting-for-parts"})
    assert 'action="/tickets/1/macro"' in browser.get("/tickets/1?macro=my-1").text
    done = browser.post("/tickets/1/macro", {"csrf": csrf, "macro": "my-1"})
    assert done.headers["location"] == "/tickets/1?done=macro"
    ticket = shop.office.ticket(1)
    assert (ticket.status, ticket.substatus, ticket.fields["category"]) == ("on_hold", "waiting-for-parts", "Payment")
    assert [row.kind for row in shop.office.outbox()] == ["ack"]
    assert browser.post("/tickets/1/macro", {"csrf": csrf, "macro": "my-9"}).status == 404


WRONG = [
    ({"text_en": "Hello {{ custmer }}"}, "Text: unknown placeholder &#39;custmer&#39;. Did you mean `customer`?"),
    ({"text_en": "{% if x %}"}, "Text: unknown placeholder &#39;{% if x %}&#39;"),
    ({"status": "refundd"}, "Status: there is no status `refundd`. Did you mean `refunded`?"),
    ({"status": "closed"}, "Status: nobody sets a ticket closed by hand"),
    ({"team": "biling"}, "Team: there is no team `biling`. Did you mean `billing`?"),
    (
        {"field_category": "Weather"},
        "Details: category: &#39;Weather&#39; is none of its choices: Delivery, Payment",
    ),
    ({"field_order": "12"}, "Details: order: &#39;12&#39; does not have its form"),
    ({"title": ""}, "Title: "),
    ({"title": "x" * 81}, "Title: "),
    ({"text_ja": "x" * 20_001}, "Text: "),
]


def test_what_makes_no_macro_is_said(shop: Web) -> None:
    browser, csrf = shop.browser()
    for changes, problem in WRONG:
        answer = browser.post("/macros", {"csrf": csrf, **FORM, **changes})
        assert answer.status == 400, changes
        assert problem in answer.text
        assert "환불해 드렸습니다." in answer.text, "what was typed is kept"
    assert kept(shop) == []


def test_nobody_sees_or_uses_the_macros_of_another(shop: Web) -> None:
    browser, csrf = shop.browser()
    browser.post("/macros", {"csrf": csrf, **FORM})
    assert "already; choose another title" in browser.post("/macros", {"csrf": csrf, **FORM}).text
    lee, token = shop.browser(add_agent(shop.office, "lee@example.com", name="Lee"))
    assert "Money back" not in lee.get("/macros").text
    assert "Money back" not in lee.get("/tickets/1?macro=my-1").text
    assert lee.get("/macros/1").status == 404
    assert lee.post("/macros/1", {"csrf": token, **FORM}).status == 404
    assert lee.post("/macros/1/remove", {"csrf": token}).status == 404
    assert lee.post("/tickets/1/macro", {"csrf": token, "macro": "my-1"}).status == 404
    with shop.office.database.write() as connection:
        with pytest.raises(MacroError, match="you have no macro 1"):
            remove_macro(connection, shop.agent, 1)
        with pytest.raises(MacroError, match="you have no macro 1"):
            change_macro(connection, shop.agent, 1, MacroDefinition(title="Mine"))
    newest = shop.office.messages(1)[-1].id
    lee.post("/tickets/1/reply", {"csrf": token, "text": "Hello.", "macro": "my-1", "newest": str(newest)})
    assert shop.office.ticket(1).status == "pending", "as without a macro"
    assert lee.post("/macros", {"csrf": token, **FORM}).status == 303, "a title is taken by its own agent alone"


def test_a_macro_whose_names_are_gone_says_so(shop: Web) -> None:
    browser, csrf = shop.browser()
    browser.post("/macros", {"csrf": csrf, **FORM})
    own_model(shop, FieldsFile())
    refused = browser.post("/tickets/1/macro", {"csrf": csrf, "macro": "my-1"})
    assert refused.status == 400
    assert "there is no status &#39;refunded&#39;" in refused.text
    assert shop.office.ticket(1).fields == {}


def test_there_is_an_end_to_it(shop: Web) -> None:
    with shop.office.database.write() as connection:
        for number in range(MOST):
            add_macro(connection, shop.office.agent, MacroDefinition(title=f"{number}"), shop.office.now)
        with pytest.raises(MacroError, match="more than 200 macros"):
            add_macro(connection, shop.office.agent, MacroDefinition(title="One more"), shop.office.now)
