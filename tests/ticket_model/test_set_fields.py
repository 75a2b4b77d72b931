"""Fields as agents set them: checked, told, and asked for before a ticket is solved."""

import pytest

from gateway.desk.actions import DeskError
from gateway.desk.ticket_model import find_status, own_part, set_fields, set_type
from gateway.store.schema import tickets
from gateway.threading.model import Status
from tests.ticket_model.conftest import House


def test_values_are_kept_as_they_are_meant_and_told(house_everywhere: House) -> None:
    house = house_everywhere
    number, desk, agent = house.write(), house.office.desk, house.office.agent
    written = {"order": " AB-123456 ", "amount": "1,200", "parts": "cable, lid", "category": "delivery / late"}
    changed = set_fields(desk, number, written, agent)
    kept = {"order": "AB-123456", "amount": 1200.0, "parts": ("lid", "cable"), "category": "Delivery > Late"}
    assert changed == kept
    assert house.office.ticket(number).fields == {**kept, "parts": ["lid", "cable"]}
    assert set_fields(desk, number, written, agent) == {}, "the same again changes nothing"
    assert set_fields(desk, number, {"parts": "", "amount": "1200"}, agent) == {"parts": None}
    assert "parts" not in house.office.ticket(number).fields
    first, second = house.told(number, "fields")
    assert first["changed"] == {**kept, "parts": ["lid", "cable"]}
    assert second == {"changed": {"parts": None}, "from": {"parts": ["lid", "cable"]}}


def test_one_wrong_value_leaves_all_as_they_were_and_every_one_is_told(house: House) -> None:
    number = house.write()
    with pytest.raises(DeskError) as refused:
        set_fields(
            house.office.desk,
            number,
            {"amount": "5", "order": "17", "ordr": "AB-123456", "invoice_day": "2026-01-01"},
            house.office.agent,
        )
    assert "order: '17' does not have its form" in str(refused.value)
    assert "there is no field 'ordr'" in str(refused.value)
    assert "Did you mean `order`?" in str(refused.value)
    assert "invoice_day: tickets of this brand and team have no such field" in str(refused.value)
    assert house.office.ticket(number).fields == {}
    assert house.told(number, "fields") == []
    house.office.desk.team(number, "billing", house.office.agent)
    set_fields(house.office.desk, number, {"invoice_day": "2026. 1. 1."}, house.office.agent)
    assert house.office.ticket(number).fields == {"invoice_day": "2026-01-01"}


def test_impact_and_urgency_set_the_priority_and_hands_may_still_change_it(house: House) -> None:
    number, desk, agent = house.write(), house.office.desk, house.office.agent
    set_fields(desk, number, {"impact": "high"}, agent)
    assert house.office.ticket(number).priority == "normal"
    set_fields(desk, number, {"urgency": "high"}, agent)
    assert house.office.ticket(number).priority == "urgent"
    (told,) = house.told(number, "priority")
    assert told == {"from": "normal", "to": "urgent", "why": "impact high, urgency high"}
    desk.priority(number, "low", agent)
    set_fields(desk, number, {"amount": "1"}, agent)
    assert house.office.ticket(number).priority == "low"


def test_a_ticket_is_not_solved_without_what_is_needed(house: House) -> None:
    number, desk, agent = house.write(), house.office.desk, house.office.agent
    with pytest.raises(DeskError, match=r"cannot be solved without these fields: category$"):
        desk.solve(number, agent)
    set_fields(desk, number, {"category": "Delivery > Late"}, agent)
    with pytest.raises(DeskError, match=r"category \(down to its last level\)"):
        desk.reply(number, agent, "Done.", status=Status.SOLVED)
    assert house.office.ticket(number).status == "new"
    assert house.office.outbox("answer") == [], "nothing was sent"
    set_fields(desk, number, {"category": "warehouse"}, agent)
    desk.solve(number, agent)
    assert house.office.ticket(number).status == "solved"
    assert len(house.office.outbox("resolution")) == 1


def test_types(house: House) -> None:
    number, desk, agent = house.write(), house.office.desk, house.office.agent
    set_type(desk, number, "problem", agent)
    set_type(desk, number, "problem", agent)
    assert house.office.ticket(number).type == "problem"
    assert house.told(number, "type") == [{"from": None, "to": "problem"}]
    with pytest.raises(DeskError, match="there is no type 'bug'; choose one of question, incident"):
        set_type(desk, number, "bug", agent)


def test_an_own_status_is_its_category_with_a_name(house_everywhere: House) -> None:
    house = house_everywhere
    number, desk, agent = house.write(), house.office.desk, house.office.agent
    statuses = house.office.office.statuses

    def put(written: str) -> None:
        wanted = find_status(statuses, written)
        desk.set_status(number, Status(wanted.category), agent, own=own_part(wanted))

    def now() -> tuple[str, str]:
        row = house.office.rows(tickets, tickets.c.id == number)[0]
        return row.status, row.substatus

    put("부품 대기")
    assert now() == ("on_hold", "waiting-for-parts")
    put("on hold")
    assert now() == ("on_hold", "")
    put("In_Repair")
    assert now() == ("open", "in-repair")
    house.reply(number)
    assert now() == ("open", "in-repair"), "a customer's word leaves an open ticket's own status"
    put("waiting-for-parts")
    house.reply(number)
    assert now() == ("open", "")
    set_fields(desk, number, {"category": "card"}, agent)
    put("refunded")
    assert now() == ("solved", "refunded")
    assert len(house.office.outbox("resolution")) == 1
    solved_at = house.office.ticket(number).solved_at
    house.office.later(hours=1)
    put("solved")
    assert (now(), house.office.ticket(number).solved_at) == (("solved", ""), solved_at)
    assert len(house.office.outbox("resolution")) == 1, "within solved nothing is announced again"
    told = house.told(number, "status")
    assert told[1] == {
        "from": "on_hold",
        "to": "on_hold",
        "why": "set by hand",
        "own_from": "waiting-for-parts",
        "own_to": "",
    }
    with pytest.raises(DeskError, match="nobody sets a ticket closed by hand"):
        put("closed")
    with pytest.raises(
        DeskError, match="there is no status 'lost'; choose one of open, pending, on_hold, solved, waiting"
    ):
        put("lost")
