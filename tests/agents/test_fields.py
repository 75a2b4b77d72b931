"""Fields, types and own statuses by mail."""

import os
from dataclasses import replace

import pytest

from gateway.config.fields import FieldsFile
from gateway.desk.agent_fields import split_field
from gateway.desk.office import Office
from tests.agents.test_orders import report
from tests.support.agent_work import Mailboxes
from tests.support.office import KEYRING

FIELDS = FieldsFile.model_validate(
    {
        "fields": [
            {
                "id": "order",
                "type": "pattern",
                "pattern": "[A-Z]{2}-[0-9]{6}",
                "label": {"en": "Order number", "ko": "주문 번호"},
            },
            {"id": "order_day", "type": "date", "label": {"en": "Order number and day"}},
            {"id": "category", "type": "tree", "tree": {"Delivery": ["Late", "Lost"]}, "required": "solve"},
            {"id": "warranty", "type": "yes_no", "label": {"ko": "보증"}},
        ],
        "statuses": [
            {"id": "waiting-for-parts", "category": "on_hold", "label": {"en": "Waiting for parts", "ko": "부품 대기"}}
        ],
    }
)


@pytest.fixture
def office(mailboxes: Mailboxes) -> Mailboxes:
    loaded = mailboxes.office.loaded
    mailboxes.office = Office(replace(loaded, side=replace(loaded.side, fields=FIELDS)), KEYRING, os.urandom)
    return mailboxes


def order(office: Mailboxes, ticket: int, text: str) -> str:
    """What the agent is answered to a mail."""
    office.reply(office.assigned(ticket), text)
    return report(office)


def test_fields_by_id_and_by_label(office: Mailboxes) -> None:
    ticket = office.opened()
    said = order(office, ticket, "#field order AB-123456\n#필드 보증: 예\n#項目 category＝late\n#type 장애")
    row = office.ticket(ticket)
    assert row.fields == {"order": "AB-123456", "warranty": True, "category": "Delivery > Late"}
    assert row.type == "incident"
    for line in ("Order number: AB-123456", "보증: yes", "category: Delivery > Late", "Type: incident"):
        assert line in said
    said = order(office, ticket, "#field 주문 번호 -\n#field order_day 2026년 3월 5일")
    assert office.ticket(ticket).fields == {"warranty": True, "category": "Delivery > Late", "order_day": "2026-03-05"}
    assert "Order number: emptied" in said


def test_what_cannot_be_set_is_told(office: Mailboxes) -> None:
    ticket = office.opened()
    said = order(office, ticket, "#field order 17\n#field colour red\n#type bug")
    assert office.ticket(ticket).fields == {}
    assert "order: '17' does not have its form" in said
    assert "there is no “colour red”" in said
    assert "there is no “bug”" in said


def test_solved_by_mail_waits_for_what_is_needed(office: Mailboxes) -> None:
    ticket = office.opened()
    said = order(office, ticket, "#solved")
    assert office.ticket(ticket).status == "new"
    assert "cannot be solved without these fields: category" in said
    said = order(office, ticket, "#solved\n\nThe bulb was loose.")
    assert office.ticket(ticket).status == "new"
    assert office.outbox("answer") == [], "the answer is kept until it may be sent"
    assert "cannot be solved without these fields: category" in said
    order(office, ticket, "#field category lost\n#solved")
    assert office.ticket(ticket).status == "solved"


def test_an_own_status_by_mail(office: Mailboxes) -> None:
    ticket = office.opened()
    said = order(office, ticket, "#status 부품대기")
    row = office.ticket(ticket)
    assert (row.status, row.substatus) == ("on_hold", "waiting-for-parts")
    assert "Status: Waiting for parts" in said
    order(office, ticket, "#pending")
    row = office.ticket(ticket)
    assert (row.status, row.substatus) == ("pending", "")


def test_the_longest_name_counts(office: Mailboxes) -> None:
    fields = office.office.fields
    for written, found in {
        "order AB-123456": ("order", "AB-123456"),
        "Order number AB-123456": ("order", "AB-123456"),
        "ORDER NUMBER AND DAY: 2026-01-01": ("order_day", "2026-01-01"),
        "order_day=2026-01-01": ("order_day", "2026-01-01"),
        "order": ("order", ""),
    }.items():
        definition, value = split_field(fields, written)
        assert (definition.id if definition else None, value) == found
    assert split_field(fields, "orders 17")[0] is None


def test_undo_takes_fields_type_and_status_back(office: Mailboxes) -> None:
    ticket = office.opened()
    order(office, ticket, "#field order AB-123456\n#status on hold")
    order(office, ticket, "#field order CD-123456\n#field warranty yes\n#type problem\n#status waiting-for-parts")
    said = order(office, ticket, "#undo")
    row = office.ticket(ticket)
    assert row.fields == {"order": "AB-123456"}
    assert (row.type, row.status, row.substatus) == ("", "on_hold", "")
    assert "Fields order, warranty" in said
