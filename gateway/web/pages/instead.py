"""Another address of a customer whom mail does not reach, taken with one click."""

from starlette.responses import Response

from gateway.desk.sending_instead import send_instead
from gateway.web.pages.tickets import act
from gateway.web.visit import Visit, number_in


def use_other(visit: Visit) -> Response:
    """Let the proposed address take the participant's place; a lost answer is sent there."""
    participant, contact = visit.number("participant"), number_in(visit.form.get("contact", "")) or 0
    desk, me = visit.services.desk, visit.agent.id
    return act(visit, lambda number: send_instead(desk, number, participant, contact, me), done="instead")
