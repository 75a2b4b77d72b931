"""Which promise of ``sla.yaml`` is a ticket's."""

from collections.abc import Iterator

from gateway.config.sla import Applies, compile_policy
from gateway.desk.office import Office
from gateway.rules.sla import Policy
from gateway.rules.ticket import TicketFacts


def policy_for(office: Office, ticket: TicketFacts) -> Policy | None:
    """What is promised to this ticket; None where nothing is."""
    policies = office.loaded.side.sla.policies
    contract = office.organizations.by_id.get(ticket.organization) if ticket.organization else None
    if contract is not None and contract.policy:
        written = next((one for one in policies if one.id == contract.policy), None)
    else:
        written = next((one for one in policies if _applies(one.when, ticket)), None)
    return None if written is None else compile_policy(written, office.calendars, ticket.priority)


def _applies(when: Applies, ticket: TicketFacts) -> bool:
    return all(_tests(when, ticket))


def _tests(when: Applies, ticket: TicketFacts) -> Iterator[bool]:
    yield not when.brand or ticket.brand in when.brand
    yield not when.team or ticket.team in when.team
    yield not when.tags or bool(ticket.tags & set(when.tags))
    yield not when.organization or ticket.organization in when.organization
    yield not when.requester_domain or ticket.requester_domain in when.requester_domain
    yield when.vip is None or ticket.vip is when.vip
