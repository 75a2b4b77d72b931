"""What agents do about people on the ticket page: add, remove, let in, decline, split off."""

from starlette.responses import Response

from gateway.desk.people import People
from gateway.web.pages.tickets import act
from gateway.web.visit import Visit


def add_person(visit: Visit) -> Response:
    address = visit.form.get("address", "")
    return act(visit, lambda number: _people(visit).add(number, address, visit.agent.id), done="added")


def remove_person(visit: Visit) -> Response:
    participant = visit.number("participant")
    return act(visit, lambda number: _people(visit).remove(number, participant, visit.agent.id), done="removed")


def withdraw_addresses(visit: Visit) -> Response:
    participant = visit.number("participant")
    return act(visit, lambda number: _people(visit).withdraw(number, participant, visit.agent.id), done="withdrawn")


def accept(visit: Visit) -> Response:
    message = visit.number("message")
    return act(visit, lambda _: _people(visit).join(message, visit.agent.id), done="joined")


def decline(visit: Visit) -> Response:
    message = visit.number("message")
    return act(visit, lambda _: _people(visit).decline(message, visit.agent.id), done="declined")


def split(visit: Visit) -> Response:
    """Leads to the new ticket."""
    message = visit.number("message")
    made: list[int] = []
    answer = act(visit, lambda _: made.append(_people(visit).split(message, visit.agent.id)))
    return visit.go(f"/tickets/{made[0]}", done="split") if made else answer


def _people(visit: Visit) -> People:
    return People(visit.services.desk)
