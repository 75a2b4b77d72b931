"""Rules over fields and own statuses: what strangers wrote is checked, promises pause, nothing is solved without what is needed."""

from datetime import timedelta

from sqlalchemy import update

from gateway.desk.ticket_model import set_fields
from gateway.store.schema import messages
from gateway.store.ticket_history import histories
from gateway.threading.model import Status
from tests.ticket_model.conftest import GATEWAY, House

RULES = """\
events:
  - name: Order number
    on: created
    when: {mail: {body: ['order (?P<order>[A-Z0-9-]+)']}}
    then: {fields: {order: '{match.order}', amount: '1,500'}}
  - name: Everybody is down
    on: created
    when: {subject: [outage]}
    then: {fields: {impact: high, urgency: high}, status: in-repair}
  - name: Told
    on: status
    when: {became: [waiting-for-parts]}
    then: {tags: [parts]}
  - name: Any hold
    on: status
    when: {became: [on_hold], status: [on_hold]}
    then: {tags: [held]}
  - name: Solve it
    on: noted
    then: {status: solved}
"""


def test_values_of_rules_are_checked_and_kept_as_they_are_meant(house_everywhere: House) -> None:
    house = house_everywhere
    house.take_over(rules=RULES)
    good, bad = (
        house.write("My order AB-123456 is late."),
        house.write("My order 17-X is late.", sender="lee@customer.example"),
    )
    house.follow()
    assert house.office.ticket(good).fields == {"order": "AB-123456", "amount": 1500.0}
    assert house.office.ticket(bad).fields == {"amount": 1500.0}
    (failed,) = house.told(bad, "rule_failed")
    assert failed == {"rule": "Order number", "why": "order: '17-X' does not have its form"}


def test_impact_and_urgency_by_rule_set_priority_and_an_own_status_both_columns(house: House) -> None:
    house.take_over(rules=RULES)
    number = house.write(subject="outage")
    house.follow()
    row = house.office.ticket(number)
    assert (row.priority, row.status, row.substatus) == ("urgent", "open", "in-repair")


def test_conditions_know_own_statuses_and_their_categories(house: House) -> None:
    house.take_over(rules=RULES)
    number = house.write()
    house.follow()
    house.office.desk.set_status(number, Status.ON_HOLD, house.office.agent, own="waiting-for-parts")
    house.follow()
    with house.office.database.read() as connection:
        assert histories(connection, [number])[number].tags == {"parts", "held"}


def test_a_rule_solves_nothing_that_lacks_what_is_needed(house: House) -> None:
    house.take_over(rules=RULES)
    number = house.write()
    house.office.desk.note(number, house.office.agent, "That is all.")
    house.follow()
    assert house.office.ticket(number).status == "new"
    (failed,) = house.told(number, "rule_failed")
    assert failed["why"] == f"ticket {number} cannot be solved without these fields: category"
    set_fields(house.office.desk, number, {"category": "card"}, house.office.agent)
    house.office.desk.note(number, house.office.agent, "That is all.")
    house.follow()
    assert house.office.ticket(number).status == "solved"


SLA = "policies:\n  - {id: standard, targets: {any: {resolution: 2d}}}\n"


def test_an_own_status_that_pauses_stops_the_clock_of_an_open_ticket(house: House) -> None:
    house.take_over(sla=SLA)
    number = house.write()
    house.follow()
    before = house.office.ticket(number).due_at
    house.office.later(hours=1)
    house.office.desk.set_status(number, Status.OPEN, house.office.agent, own="in-repair")
    house.follow()
    assert house.office.ticket(number).due_at is None, "no promise runs"
    house.office.later(hours=5)
    house.office.desk.set_status(number, Status.OPEN, house.office.agent)
    house.follow()
    assert house.office.ticket(number).due_at - before == timedelta(hours=5)


def test_important_customers_are_a_fact_when_something_proves_them(house: House) -> None:
    house.take_over(
        gateway=f"{GATEWAY}vip: {{senders: [customer.example], tag: null}}\n",
        rules="events:\n  - {name: VIP, on: noted, when: {vip: true}, then: {priority: urgent}}\n",
    )
    number = house.write()

    def ask(trust: str) -> str:
        """The priority after rules were asked, where the customer's mail has this trust."""
        with house.office.database.write() as connection:
            connection.execute(update(messages).where(messages.c.direction == "in").values(trust=trust))
        house.office.desk.note(number, house.office.agent, "Who is this?")
        house.follow()
        return str(house.office.ticket(number).priority)

    assert ask("none") == "normal", "a From that nothing proves is no important customer"
    assert ask("strong") == "urgent"
