"""What a ticket may become, and who answers for it."""

import re

import pytest

from gateway.desk.actions import DeskError
from gateway.threading.model import Status
from tests.behaviours.conftest import House, Web

FIELDS = """\
statuses:
  - {id: waiting-for-parts, category: on_hold}
  - {id: checked, category: open}
transitions:
  new: [open, on_hold, waiting-for-parts]
  waiting-for-parts: [checked]
  checked: [pending, solved]
"""


def test_people_take_only_the_steps_that_are_allowed(house: House) -> None:
    house.take_over(fields=FIELDS)
    number = house.write()
    with pytest.raises(
        DeskError, match=r"a ticket that is new can become open, on_hold, waiting-for-parts, not solved"
    ):
        house.desk.solve(number, house.agent)
    assert not house.outbox("resolution")
    house.desk.set_status(number, Status.ON_HOLD, house.agent, own="waiting-for-parts")
    with pytest.raises(DeskError, match="waiting-for-parts can become checked, open, not solved"):
        house.desk.reply(number, house.agent, "Done.", status=Status.SOLVED)
    assert not house.outbox("answer"), "nothing is sent before it is known that it can be done"
    house.desk.set_status(number, Status.OPEN, house.agent, own="checked")
    house.desk.solve(number, house.agent)
    assert house.ticket(number).status == "solved"


def test_an_answer_never_fails_because_of_them(house: House) -> None:
    house.take_over(fields=FIELDS)
    number = house.write()
    house.desk.reply(number, house.agent, "We look at it.")
    assert house.ticket(number).status == "open", "not pending, which may not follow on new"
    house.desk.set_status(number, Status.ON_HOLD, house.agent, own="waiting-for-parts")
    house.desk.reply(number, house.agent, "The part is ordered.")
    assert (house.ticket(number).status, house.ticket(number).substatus) == ("on_hold", "waiting-for-parts")


def test_a_customers_word_asks_nobody(house: House) -> None:
    house.take_over(fields=FIELDS)
    number = house.write()
    house.desk.set_status(number, Status.ON_HOLD, house.agent, own="waiting-for-parts")
    house.say(number, "Any news?")
    assert (house.ticket(number).status, house.ticket(number).substatus) == ("open", "")


def test_a_rule_that_may_not_says_so(house: House) -> None:
    rules = "events: [{name: Solve at once, on: created, then: {status: solved, tags: [seen]}}]"
    house.take_over(fields=FIELDS, rules=rules)
    number = house.write()
    house.follow()
    assert house.ticket(number).status == "new"
    (failed,) = house.events(number, "rule_failed")
    assert failed.data["why"] == "a ticket that is new can become open, on_hold, waiting-for-parts, not solved"
    assert house.events(number, "tags"), "the rest of the rule is done"


def test_the_page_offers_them_alone(web: Web) -> None:
    web.house.take_over(fields=FIELDS)
    web.house.write()
    page = web.visitor().get("/tickets/1").text
    form = page[page.index('<select name="status">') :]
    offered = re.findall(r'<option value="([^"]+)"', form[: form.index("</select>")])
    assert offered == ["new", "open", "on_hold", "waiting-for-parts"]


def test_whoever_solves_a_ticket_that_nobody_has_answers_for_it(house: House) -> None:
    number = house.write()
    house.desk.solve(number, house.agent)
    assert house.ticket(number).assignee_id == house.agent


def test_a_ticket_is_never_new_again_and_never_without_a_priority(house: House) -> None:
    number = house.write()
    house.desk.set_status(number, Status.OPEN, house.agent)
    with pytest.raises(DeskError, match="nobody sets a ticket new by hand"):
        house.desk.set_status(number, Status.NEW, house.agent)
    with pytest.raises(DeskError, match="there is no priority ''"):
        house.desk.priority(number, "", house.agent)
