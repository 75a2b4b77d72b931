"""What follows from what happened and from time, over the real store on both engines."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.automation.worker import BATCH, MAIL_FIRST, Automaton
from gateway.desk.quarantine import Act, act
from gateway.rules.engine import run_event_rules
from gateway.rules.ticket import Case
from gateway.store.quarantine import Selection
from gateway.store.schema import journal, promises, rule_timers, ticket_tags
from gateway.threading.model import Status
from tests.automation.conftest import House
from tests.support.accepted import accepted, mail

Ruled = Callable[..., House]

EVENTS = """\
events:
  - name: Urgent words
    on: created
    when: {mail: {subject: urgent}}
    then: {priority: high, tags: [urgent]}
  - name: High goes to the second line
    on: priority
    when: {became: high, by: rule}
    then: {team: second, agent: lee@example.com, note: "Ticket {ticket.number} is urgent"}
  - name: Order numbers
    on: [created, replied]
    when: {mail: {body: 'order (?P<order>[A-Z]-[0-9]+)'}}
    then: {fields: {order: '{match.order}'}}
  - name: Reopened
    on: status
    when: {was: solved, became: open, by: customer}
    then: {tags: [reopened]}
"""


def tags(house: House, number: int) -> set[str]:
    with house.office.database.read() as connection:
        return set(connection.execute(select(ticket_tags.c.tag).where(ticket_tags.c.ticket_id == number)).scalars())


def test_rules_follow_from_a_mail_and_from_each_other(ruled: Ruled) -> None:
    house = ruled(rules=EVENTS)
    number = house.write("My order A-17 is lost.", subject="Urgent: lost")
    assert house.follow() > 0
    ticket = house.office.ticket(number)
    assert (ticket.priority, ticket.team, ticket.fields) == ("high", "second", {"order": "A-17"})
    assert tags(house, number) == {"urgent"}
    (note,) = [message for message in house.office.messages(number) if message.direction == "note"]
    assert (note.text, note.public) == (f"Ticket {number} is urgent", False)
    (acted,) = house.office.events(number, "rules")
    assert [(one["rule"], one["line"]) for one in acted.data["applied"]] == [
        ("Urgent words", 2),
        ("Order numbers", 10),
        ("High goes to the second line", 6),
    ]
    assert [event.data["to"] for event in house.office.events(number, "assigned")] == ["lee@example.com"]
    (mail,) = house.office.outbox("agent")
    assert mail.recipient == "lee@example.com"


def test_nothing_follows_twice(ruled: Ruled) -> None:
    house = ruled(rules=EVENTS)
    number = house.write("order A-17", subject="urgent")
    house.follow()
    before = len(house.office.events(number))
    assert house.follow() == 0
    assert len(house.office.events(number)) == before


def test_a_reply_and_what_people_do_are_followed_too(ruled: Ruled) -> None:
    house = ruled(rules=EVENTS)
    number = house.write()
    house.office.desk.reply(number, house.office.agent, "Try this.", status=Status.SOLVED)
    house.follow()
    house.reply(number, "It is order B-99.")
    house.follow()
    assert house.office.ticket(number).fields == {"order": "B-99"}
    assert tags(house, number) == {"reopened"}


def test_a_machine_without_rules_only_ticks_off(house: House) -> None:
    number = house.write("order A-17", subject="urgent")
    assert house.follow() > 0
    assert house.follow() == 0
    assert house.office.ticket(number).priority == "normal"
    assert not house.office.events(number, "rules")


def test_a_rule_that_cannot_be_carried_out_says_so(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: r, on: created, then: {agent: nobody@example.com}}]")
    number = house.write()
    house.follow()
    (failed,) = house.office.events(number, "rule_failed")
    assert failed.data["why"] == "rule r: there is no active agent nobody@example.com"


TIMERS = """\
timers:
  - name: Unanswered
    when: {waiting: {over: 4h}, status: [new, open]}
    then: {priority: high}
  - name: Silent customer
    when: {since_agent: {over: 2d}, status: pending}
    then: {tags: [silent]}
"""


def test_a_timed_rule_applies_when_its_time_has_come_and_once(ruled: Ruled) -> None:
    house = ruled(rules=TIMERS)
    number = house.write()
    house.follow()
    house.office.later(hours=3, minutes=59)
    assert house.follow() == 0
    house.office.later(minutes=1)
    assert house.follow() == 1
    assert house.office.ticket(number).priority == "high"
    house.office.desk.priority(number, "low", house.office.agent)
    house.office.later(hours=9)
    house.follow()
    assert house.office.ticket(number).priority == "low"


def test_an_answer_disarms_it_and_another_word_arms_it_again(ruled: Ruled) -> None:
    house = ruled(rules=TIMERS)
    number = house.write()
    house.follow()
    house.office.later(hours=3)
    house.office.desk.reply(number, house.office.agent, "Try this.")
    house.follow()
    house.office.later(hours=30)
    house.follow()
    assert house.office.ticket(number).priority == "normal"
    house.reply(number)
    house.follow()
    house.office.later(hours=4)
    house.follow()
    assert house.office.ticket(number).priority == "high"


def test_a_week_of_downtime_is_caught_up_with_once(ruled: Ruled) -> None:
    house = ruled(rules=TIMERS)
    numbers = [house.write(message_id=f"m{k}@customer.example") for k in range(25)]
    house.follow()
    house.office.later(days=7)
    house.follow()
    assert {house.office.ticket(number).priority for number in numbers} == {"high"}
    assert all(len(house.office.events(number, "priority")) == 1 for number in numbers)


def test_several_nodes_do_it_once(ruled: Ruled) -> None:
    house = ruled(rules=TIMERS)
    number = house.write()
    other = Automaton(house.office.database, lambda: house.office.office, lambda: house.office.now)
    house.follow()
    house.office.later(hours=5)
    house.follow()
    assert other.once()[0] == 0
    assert len(house.office.events(number, "priority")) == 1


def test_a_new_rule_reaches_tickets_to_which_nothing_happens(ruled: Ruled) -> None:
    house = ruled(rules="timers: []")
    numbers = [house.write(message_id=f"m{k}@customer.example") for k in range(12)]
    house.follow()
    house.office.later(hours=10)
    house.take_over(rules=TIMERS)
    house.follow()  # their timers are armed
    house.follow()  # and run out at once
    assert {house.office.ticket(number).priority for number in numbers} == {"high"}
    house.take_over(rules="timers: []")
    house.follow()
    with house.office.database.read() as connection:
        assert connection.execute(select(rule_timers)).first() is None


SLA = """\
policies:
  - id: standard
    warn_before: 30m
    targets:
      high: {first_reply: 1h}
      any: {first_reply: 4h, next_reply: 2h, resolution: 2d}
"""


def clock(house: House, number: int, metric: str) -> object:
    with house.office.database.read() as connection:
        rows = connection.execute(
            select(promises)
            .where(promises.c.ticket_id == number, promises.c.metric == metric)
            .order_by(promises.c.round)
        ).all()
    return rows[-1]


def test_promises_are_kept_as_rows_and_the_nearest_is_the_tickets(ruled: Ruled) -> None:
    house = ruled(sla=SLA)
    start = house.office.now
    number = house.write()
    house.follow()
    assert house.office.ticket(number).due_at == start + timedelta(hours=4)
    house.office.later(hours=1)
    house.office.desk.reply(number, house.office.agent, "Try this.")
    house.follow()
    assert house.office.ticket(number).due_at is None  # pending: all clocks stand
    assert clock(house, number, "first_reply").spent_seconds == 3600  # type: ignore[attr-defined]
    house.office.later(hours=10)
    house.reply(number)
    house.follow()
    assert house.office.ticket(number).due_at == house.office.now + timedelta(hours=2)


def test_warned_and_broken_promises_are_events_and_mail_to_agents(ruled: Ruled) -> None:
    house = ruled(
        sla=SLA,
        rules="events: [{name: Late, on: sla_breached, then: {tags: [late]}}, {name: Soon, on: sla_warned, then: {priority: urgent}}]",
    )
    number = house.write()
    house.office.desk.assign(number, house.office.agent, house.office.agent)
    house.follow()
    house.office.later(hours=3, minutes=30)
    house.follow()
    assert [event.data["metric"] for event in house.office.events(number, "sla_warned")] == ["first_reply"]
    assert house.office.ticket(number).priority == "urgent"
    assert not house.office.events(number, "sla_breached")
    house.office.later(minutes=31)
    house.follow()
    house.follow()
    assert [event.data["metric"] for event in house.office.events(number, "sla_breached")] == ["first_reply"]
    assert tags(house, number) == {"late"}
    told = [mail.once_key for mail in house.office.outbox("agent")]
    assert [key for key in told if "sla" in key] == [
        f"agent:sla_warning:{number}:first_reply:1:{house.office.agent}",
        f"agent:sla_breach:{number}:first_reply:1:{house.office.agent}",
    ]


def test_after_downtime_only_the_breach_is_told(ruled: Ruled) -> None:
    house = ruled(sla=SLA)
    number = house.write()
    house.follow()
    house.office.later(days=1)
    house.follow()
    assert not house.office.events(number, "sla_warned")
    assert len(house.office.events(number, "sla_breached")) == 1


def test_a_raised_priority_shortens_the_promise(ruled: Ruled) -> None:
    house = ruled(sla=SLA)
    start = house.office.now
    number = house.write()
    house.follow()
    house.office.desk.priority(number, "high", house.office.agent)
    house.follow()
    assert house.office.ticket(number).due_at == start + timedelta(hours=1)


@pytest.mark.parametrize("when", ["{has_header: X-Spam}", "{not: {has_header: X-Spam}}"])
def test_headers_are_for_mail_that_comes_in(house: House, when: str) -> None:
    with pytest.raises(Exception, match="`has_header` is for rules about mail that comes in"):
        house.take_over(rules=f"events: [{{name: r, on: created, when: {{mail: {when}}}, then: {{priority: high}}}}]")


def test_a_fault_with_one_ticket_stops_no_other(ruled: Ruled, monkeypatch: pytest.MonkeyPatch) -> None:
    house = ruled(rules=EVENTS)
    bad, good = (house.write("order A-17", subject="urgent", message_id=f"m{k}@customer.example") for k in range(2))

    def faulty(rules: object, case: Case) -> object:
        if case.ticket.number == bad:
            raise ZeroDivisionError
        return run_event_rules(rules, case)  # type: ignore[arg-type]

    monkeypatch.setattr("gateway.automation.following.run_event_rules", faulty)
    house.follow()
    assert house.office.ticket(good).priority == "high"
    assert house.office.ticket(bad).priority == "normal"
    assert [event.data["why"] for event in house.office.events(bad, "rule_failed")] == [
        "a fault of the program: ZeroDivisionError"
    ]
    assert house.follow() == 0


INTAKE = """\
rules:
  - name: Orders
    when: {subject: 'order (?P<order>[A-Z]-[0-9]+)', body: '(?P<count>[0-9]+) pieces'}
    then: {type: question, fields: {order: '{match.order}', pieces: '{match.count}', shop: web}}
  - name: Suspicious parcels
    when: {subject: parcel}
    then: {quarantine: true}
  - name: Never read for held mail
    then: {tags: [read]}
"""


def test_a_rule_fills_fields_before_the_ticket_is_there(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE)
    number = house.write("3 pieces are missing", subject="Re: order A-17")
    ticket = house.office.ticket(number)
    assert (ticket.type, ticket.fields) == ("question", {"order": "A-17", "pieces": "3", "shop": "web"})
    assert tags(house, number) == {"read"}


def test_a_rule_holds_mail_and_a_person_lets_it_go(ruled: Ruled) -> None:
    house = ruled(rules=INTAKE)
    held = house.office.take(mail(subject="Your parcel"))
    assert (held.fate, held.cause, held.ticket_id) == ("quarantined", "held_by_rule", None)
    assert "'Suspicious parcels'" in held.trace["reason"]
    act(
        house.office.database,
        Act.RELEASE,
        Selection(receipts=(held.receipt,)),
        actor="kim@example.com",
        now=house.office.now,
        is_ours=house.office.office.addresses.is_ours,
    )
    house.office.work()
    with house.office.database.read() as connection:
        again = connection.execute(select(journal).where(journal.c.receipt == held.receipt)).one()
    assert again.fate == "opened"


@pytest.mark.parametrize(
    ("then", "wrong"),
    [("{quarantine: true, team: a}", "`quarantine` stands alone"), ("{quarantine: true}", "would hold every mail")],
)
def test_rules_that_hold_too_much_are_refused(house: House, then: str, wrong: str) -> None:
    with pytest.raises(Exception, match=wrong):
        house.take_over(rules=f"rules: [{{name: r, then: {then}}}]")


def test_in_a_flood_mail_comes_first(ruled: Ruled) -> None:
    house = ruled(rules="events: [{name: r, on: created, then: {tags: [seen]}}]")
    house.follow()
    for _ in range(BATCH + 2):
        house.write()
    flood = [
        accepted(mail(str(number), sender=f"c{number}@flood.example"), at=house.office.now)
        for number in range(MAIL_FIRST)
    ]
    house.office.journal.append(flood)
    assert house.follow() == BATCH, "one transaction a look"
    assert house.follow() == 2, "and still it goes on"
    house.office.work()
    assert house.follow() == MAIL_FIRST, "then everything at once"
