"""Offer a menu to a ticket's requester, by a rule or because a choice leads to others (docs/notices.md)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from gateway.automation.effects import CannotDo
from gateway.desk.menus import level_of, remember_offer, was_offered
from gateway.desk.office import Office
from gateway.desk.outgoing import people_of
from gateway.desk.telling_requester import post_to_requester
from gateway.notify.menus import Menu
from gateway.rules.changes import Effect
from gateway.store.tickets import ticket_row


def by_rule(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:
    """From its beginning, and once a ticket: a machine that answers each offer gets one."""
    row = ticket_row(connection, number)
    assert row is not None
    if was_offered(connection, number, effect.value):
        raise CannotDo(f"the menu {effect.value} was offered on this ticket before")
    if effect.value not in office.menus:
        raise CannotDo(f"there is no menu {effect.value}")
    return offer(connection, office, row, effect.value, (), now, rule=effect.rule)


def offer(
    connection: Connection,
    office: Office,
    ticket: Row[Any],
    menu: str,
    path: Sequence[int],
    now: datetime,
    *,
    chosen: str = "",
    rule: str = "",
) -> bool:
    """Mail the choices to which ``path`` leads, if the policy lets it. ``chosen``: the label of the choice that leads there."""
    person = next((one for one in people_of(connection, ticket.id) if one.role == "requester"), None)
    level = level_of(office, menu, path, ticket.brand, ticket.language)
    if person is None or level is None:
        return False
    write = partial(_written, level.options, chosen)
    occasion = f"{menu}:{'.'.join(map(str, path))}"
    told = {"menu": menu, **({"rule": rule} if rule else {})}
    posted = post_to_requester(connection, office, ticket, write, occasion, now, person=person, told=told)
    if posted is None:
        return False
    remember_offer(connection, ticket.id, person.participant, posted, level, now)
    return posted.outgoing


def _written(options: tuple[str, ...], chosen: str, subject: str | None, customer: str) -> Menu:
    return Menu(options, chosen, subject=subject, customer=customer)
