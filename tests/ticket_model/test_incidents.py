"""Problems: many tickets with one cause are solved together, and each customer is told once in their own thread."""

from email import message_from_bytes

import pytest

from gateway.automation.incidents import BATCH
from gateway.desk.actions import DeskError
from gateway.desk.incidents import incidents_of, link, reopen_incidents, unlink
from gateway.desk.ticket_model import set_fields
from tests.support.accepted import mail
from tests.ticket_model.conftest import House


def outage(house: House, customers: int) -> tuple[int, list[int]]:
    """A problem with as many incidents, each of another customer."""
    problem = house.write(sender="ops@partner.example")
    incidents = []
    for number in range(customers):
        row = house.office.take(
            mail("It is down.", sender=f"c{number}@c{number}.example", message_id=f"m{number}@c{number}.example")
        )
        incidents.append(int(row.ticket_id))
        link(house.office.desk, incidents[-1], problem, house.office.agent)
    return problem, incidents


def solve(house: House, problem: int) -> None:
    set_fields(house.office.desk, problem, {"category": "Delivery > Late > Courier"}, house.office.agent)
    house.office.desk.solve(problem, house.office.agent)


def test_solving_the_problem_solves_its_incidents_with_one_notice_each(house_everywhere: House) -> None:
    house = house_everywhere
    problem, incidents = outage(house, 3)
    assert house.office.ticket(problem).type == "problem"
    assert {house.office.ticket(number).type for number in incidents} == {"incident"}
    set_fields(house.office.desk, incidents[0], {"category": "card"}, house.office.agent)
    solve(house, problem)
    house.follow()
    house.follow()
    for place, number in enumerate(incidents):
        row = house.office.ticket(number)
        assert row.status == "solved"
        assert row.fields["category"] == ("Payment > Card" if place == 0 else "Delivery > Late > Courier")
        assert house.told(number, "status")[-1]["why"] == f"problem {problem} is solved"
    told = {row.recipient: message_from_bytes(row.raw) for row in house.office.outbox("resolution")}
    assert set(told) == {"ops@partner.example", *(f"c{number}@c{number}.example" for number in range(3))}
    for number in range(3):
        assert told[f"c{number}@c{number}.example"]["References"].split()[0] == f"<m{number}@c{number}.example>"
    assert house.told(problem, "incidents_solved") == [{"incidents": incidents}]


def test_many_are_solved_in_batches(house: House) -> None:
    problem, incidents = outage(house, BATCH + 3)
    solve(house, problem)
    house.follow()
    assert sum(house.office.ticket(number).status == "solved" for number in incidents) == BATCH
    house.follow()
    assert {house.office.ticket(number).status for number in incidents} == {"solved"}
    house.follow()
    assert [len(told["incidents"]) for told in house.told(problem, "incidents_solved")] == [BATCH, 3]
    assert len(house.office.outbox("resolution")) == len(incidents) + 1


def test_an_incident_that_lacks_more_than_its_problem_knows_stays_and_says_why(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.automation.incidents.BATCH", 1)  # so that it could stand in the way of the others
    house.take_over(
        fields="fields:\n  - {id: invoice, type: text, required: solve, teams: [billing]}\n  - {id: cause, type: text}\n"
    )
    problem, (first, second) = outage(house, 2)
    house.office.desk.team(first, "billing", house.office.agent)
    house.office.desk.solve(problem, house.office.agent)
    for _ in range(3):
        house.follow()
    assert (house.office.ticket(first).status, house.office.ticket(second).status) == ("new", "solved")
    why = f"ticket {first} cannot be solved without these fields: invoice"
    assert house.told(first, "incident_not_solved") == [{"problem": problem, "why": why}], "it is tried once"


def test_it_can_be_taken_back(house: House) -> None:
    problem, (first, second, third) = outage(house, 3)
    unlink(house.office.desk, third, house.office.agent)
    solve(house, problem)
    house.follow()
    address = house.office.reply_to(first)
    house.office.take(mail("Still down!", sender="c0@c0.example", to=address), to=(address,))
    assert house.office.ticket(first).status == "open"
    house.office.desk.reopen(problem, house.office.agent)
    assert reopen_incidents(house.office.desk, problem, house.office.agent) == [second]
    assert house.told(problem, "incidents_reopened") == [{"incidents": [second]}]
    assert reopen_incidents(house.office.desk, problem, house.office.agent) == []
    assert house.office.ticket(third).status == "new"
    house.office.desk.solve(problem, house.office.agent)
    house.follow()
    assert [house.office.ticket(number).status for number in (first, second, third)] == ["solved", "solved", "new"]


def test_a_problem_that_is_opened_again_at_once_solves_nothing(house: House) -> None:
    problem, (only,) = outage(house, 1)
    solve(house, problem)
    house.office.desk.reopen(problem, house.office.agent)
    house.follow()
    assert house.office.ticket(only).status == "new"


def test_what_cannot_be_linked_is_said(house: House) -> None:
    problem, (incident,) = outage(house, 1)
    desk, agent, other = house.office.desk, house.office.agent, house.write(sender="x@x.example")
    for source, target, why in (
        (problem, problem, "its own problem"),
        (other, incident, f"is an incident of problem {problem} itself"),
        (problem, other, "has incidents of its own"),
        (other, 999, "there is no ticket 999"),
    ):
        with pytest.raises(DeskError, match=why):
            link(desk, source, target, agent)
    link(desk, incident, other, agent)
    with house.office.database.read() as connection:
        assert [row.number for row in incidents_of(connection, other)] == [incident]
        assert incidents_of(connection, problem) == []
    assert house.told(problem, "incident_unlinked") == [{"incident": incident}]
