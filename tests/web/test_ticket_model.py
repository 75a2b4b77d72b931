"""Fields, types and own statuses on the ticket page: set by a form without scripts, told in three languages."""

import os
from dataclasses import replace

import pytest

from gateway.config.fields import FieldsFile
from gateway.desk.office import Office
from gateway.store.agents import set_language
from gateway.store.tickets import add_events, change_status, ticket_row
from gateway.threading.model import Status
from tests.support.accepted import NOW, mail
from tests.support.office import KEYRING
from tests.web.conftest import Web

FIELDS = FieldsFile.model_validate(
    {
        "fields": [
            {
                "id": "order",
                "type": "pattern",
                "pattern": "[A-Z]{2}-[0-9]{6}",
                "label": {"en": "Order <number>", "ko": "주문 번호", "ja": "注文番号"},
                "purpose": "routing",
            },
            {"id": "amount", "type": "number"},
            {"id": "day", "type": "date"},
            {"id": "parts", "type": "choices", "choices": ["lid", "base", "cable"], "words": {"lid": {"ja": "ふた"}}},
            {"id": "warranty", "type": "yes_no"},
            {
                "id": "category",
                "type": "tree",
                "tree": {"Delivery": {"Late": ["Courier"]}, "Payment": None},
                "words": {"Delivery": {"ko": "배송", "ja": "配送"}},
                "required": "solve",
            },
        ],
        "statuses": [
            {
                "id": "waiting-for-parts",
                "category": "on_hold",
                "label": {"en": "Waiting for parts", "ko": "부품 대기", "ja": "部品待ち"},
            }
        ],
    }
)


@pytest.fixture
def desk(small: Web) -> Web:
    loaded = small.office.office.loaded
    small.office.office = Office(replace(loaded, side=replace(loaded.side, fields=FIELDS)), KEYRING, os.urandom)
    return small


def test_a_form_sets_what_differs_from_what_it_showed(desk: Web) -> None:
    browser, csrf = desk.browser()
    page = browser.get("/tickets/1").text
    assert "Order &lt;number&gt;" in page, "a label is text"
    assert '<option value="Delivery &gt; Late &gt; Courier">Delivery &gt; Late &gt; Courier</option>' in page
    form = {
        "csrf": csrf,
        "was_type": "",
        "type": "incident",
        **{f"was_field_{one.id}": "" for one in FIELDS.fields},
        "field_order": "AB-123456",
        "field_amount": "12.50",
        "field_day": "2026-03-05",
        "field_parts_0": "1",
        "field_parts_2": "1",
        "field_warranty": "no",
        "field_category": "Delivery > Late > Courier",
    }
    done = browser.post("/tickets/1/fields", form)
    assert done.headers["location"] == "/tickets/1?done=saved"
    kept = {
        "order": "AB-123456",
        "amount": 12.5,
        "day": "2026-03-05",
        "parts": ["lid", "cable"],
        "warranty": False,
        "category": "Delivery > Late > Courier",
    }
    row = desk.office.ticket(1)
    assert (row.fields, row.type) == (kept, "incident")
    page = browser.get("/tickets/1").text
    assert 'name="was_field_amount" value="12.5"' in page
    assert 'name="field_parts_2" value="1" checked' in page
    assert "warranty: no" in page, "the event says it in words"
    desk.office.desk.priority(1, "high", desk.office.agent)
    stale = {**form, "was_field_order": "AB-123456", "was_field_amount": "12.5", "field_amount": ""}
    for name in ("day", "warranty", "category"):
        stale[f"was_field_{name}"] = stale[f"field_{name}"]
    stale["was_field_parts"] = "lid, cable"
    assert browser.post("/tickets/1/fields", stale).status == 303
    assert desk.office.ticket(1).fields == {name: value for name, value in kept.items() if name != "amount"}
    assert len(desk.office.events(1, "fields")) == 2


def test_what_a_field_does_not_take_is_said(desk: Web) -> None:
    browser, csrf = desk.browser()
    answer = browser.post("/tickets/1/fields", {"csrf": csrf, "was_field_order": "", "field_order": "<b>17</b>"})
    assert answer.status == 400
    assert "&#39;&lt;b&gt;17&lt;/b&gt;&#39; does not have its form" in answer.text
    assert desk.office.ticket(1).fields == {}
    refused = browser.post("/tickets/1/status", {"csrf": csrf, "status": "solved"})
    assert refused.status == 400
    assert "cannot be solved without these fields: category" in refused.text


def test_an_own_status_is_set_and_shown(desk: Web) -> None:
    browser, csrf = desk.browser()
    form = {"csrf": csrf, "was_status": "new", "status": "waiting-for-parts"}
    assert browser.post("/tickets/1/change", form).status == 303
    row = desk.office.ticket(1)
    assert (row.status, row.substatus) == ("on_hold", "waiting-for-parts")
    page = browser.get("/tickets/1").text
    assert '<option value="waiting-for-parts" selected>– Waiting for parts</option>' in page
    assert "Waiting for parts</span>" in page
    assert browser.post("/tickets/1/status", {"csrf": csrf, "status": "lost"}).status == 400


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", ("상세 정보", "주문 번호", "해결 전에 필요", "부품 대기", "배송 &gt; Late", "배정용", "유형", "장애")),
        (
            "ja",
            ("詳細", "注文番号", "解決の前に必要", "部品待ち", "配送 &gt; Late", "振り分け用", "種別", "障害", "ふた"),
        ),
    ],
)
def test_the_page_speaks_the_language_of_its_reader(desk: Web, language: str, words: tuple[str, ...]) -> None:
    with desk.office.database.write() as connection:
        set_language(connection, desk.office.agent, language)
    browser, _ = desk.browser()
    page = browser.get("/tickets/1").text
    for word in words:
        assert word in page


def test_a_problem_shows_its_incidents_and_takes_their_solution_back(desk: Web) -> None:
    problem = int(desk.office.take(mail("It is down.", sender="ops@partner.example")).ticket_id)
    browser, csrf = desk.browser()
    assert browser.post("/tickets/1/problem", {"csrf": csrf, "problem": f"#{problem}"}).status == 303
    page = browser.get(f"/tickets/{problem}").text
    assert "Incidents: 1" in page
    assert "Kim added incident #1" in page
    assert "incidents/reopen" not in page
    assert f'<a href="/tickets/{problem}">#{problem}</a>' in browser.get("/tickets/1").text
    with desk.office.database.write() as connection:
        row = ticket_row(connection, 1)
        assert row is not None
        change_status(connection, row, Status.SOLVED, actor="gateway", now=NOW, why="a test", close_at=None)
        add_events(connection, problem, NOW, ("incidents_solved", "gateway", {"incidents": [1]}))
    assert "Incidents solved with this problem: #1" in browser.get(f"/tickets/{problem}").text
    done = browser.post(f"/tickets/{problem}/incidents/reopen", {"csrf": csrf})
    assert done.headers["location"] == f"/tickets/{problem}?done=incidents"
    assert desk.office.ticket(1).status == "open"
    answer = browser.post(f"/tickets/{problem}/problem", {"csrf": csrf, "problem": "1"})
    assert (answer.status, "has incidents of its own" in answer.text or "is an incident" in answer.text) == (400, True)
    assert browser.post("/tickets/1/problem", {"csrf": csrf, "problem": ""}).status == 303
    assert desk.office.ticket(1).problem_id is None
