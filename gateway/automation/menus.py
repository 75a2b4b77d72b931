"""What comes of a choice from a menu (docs/notices.md). What it sets is set as by a rule, and rules are asked about it."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from gateway.automation import write
from gateway.automation.facts import facts_of_ticket
from gateway.automation.menu_offers import offer
from gateway.config.menus import LastChoice, choice_at, further_choices
from gateway.desk.menus import Offer, offer_in, still_as_offered
from gateway.desk.office import Office
from gateway.desk.telling_requester import tell_requester
from gateway.notify.menus import Menu
from gateway.notify.notices import Resolution
from gateway.rules.changes import apply
from gateway.rules.ticket import Event
from gateway.store.ticket_history import histories
from gateway.store.tickets import add_events, change_status, change_ticket, ticket_row
from gateway.threading.model import Status

_ANSWERS = ("macro", "reply")
_ASIDE = (Status.PENDING.value, Status.ON_HOLD.value)
_DONE = (Status.SOLVED.value, Status.CLOSED.value)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a choice: events for the rules to be asked about, and whether mail goes out."""

    events: tuple[Event, ...] = ()
    outgoing: bool = False


def choose(connection: Connection, office: Office, chosen: Row[Any], now: datetime) -> Came:
    """Do what a customer chose, and mail them what is next, or what came of it. ``chosen`` is the event."""
    number, label = int(chosen.ticket_id), str(chosen.data["label"])
    shown = offer_in(chosen.data)
    choice = _still_there(connection, office, number, shown)
    if choice is None:
        _hand_to_people(connection, number, chosen, "the menu has changed since it was answered", now)
        add_events(connection, number, now, ("replied", chosen.actor, {"message": chosen.data["message"]}))
        return Came()
    events, outgoing, answered = _carry_out(connection, office, number, shown, choice, now)
    row = ticket_row(connection, number)
    assert row is not None
    if further_choices(choice):
        return Came(
            events, outgoing | offer(connection, office, row, shown.level.menu, shown.level.path, now, chosen=label)
        )
    if answered:
        return Came(events, outgoing)
    if row.status in _DONE:
        return Came(
            events, outgoing | tell_requester(connection, office, row, Resolution, f"menu:{shown.level.menu}", now)
        )
    if choice.status is None:
        _hand_to_people(connection, number, chosen, f"the customer chose {label!r}", now)
        row = ticket_row(connection, number)
        assert row is not None
    noted = partial(_noted, label, row.status not in _ASIDE)
    return Came(events, outgoing | tell_requester(connection, office, row, noted, f"menu:{shown.level.menu}", now))


def _noted(label: str, answers: bool, subject: str | None, customer: str) -> Menu:
    return Menu(chosen=label, answers=answers, subject=subject, customer=customer)


def _still_there(connection: Connection, office: Office, number: int, shown: Offer) -> LastChoice | None:
    """The choice, unless the configuration that is in force by now reads otherwise. The path of ``shown`` leads to the choice itself."""
    row = ticket_row(connection, number, lock=True)
    menu = office.menus.get(shown.level.menu)
    before = replace(shown, level=replace(shown.level, path=shown.level.path[:-1]))
    if row is None or menu is None or not still_as_offered(office, before, row.brand):
        return None
    return choice_at(menu, shown.level.path)


def _carry_out(
    connection: Connection, office: Office, number: int, shown: Offer, choice: LastChoice, now: datetime
) -> tuple[tuple[Event, ...], bool, bool]:
    """Set what the choice sets, as a rule of the menu's name would; its events, whether mail goes out, and whether to the customer."""
    then = choice.then()
    if then is None:
        return (), False, False
    who = f"menu {shown.level.menu}"
    before = facts_of_ticket(histories(connection, [number])[number], office)
    applied = apply(then, before, who, {})
    outgoing = write.write_changes(connection, office, before, applied.ticket, who, now)
    answered = False
    for effect in applied.effects:
        mailed = write.carry_out(connection, office, number, effect, now)
        outgoing |= mailed
        answered |= mailed and effect.kind in _ANSWERS
    return applied.events, outgoing, answered


def _hand_to_people(connection: Connection, number: int, chosen: Row[Any], why: str, now: datetime) -> None:
    """Nobody has answered the customer: the ticket is open, and they wait."""
    row = ticket_row(connection, number, lock=True)
    assert row is not None
    if row.status in (*_ASIDE, *_DONE):
        change_status(connection, row, Status.OPEN, actor=chosen.actor, now=now, why=why, close_at=None)
    change_ticket(connection, number, now, waiting_since=row.waiting_since or chosen.at)
