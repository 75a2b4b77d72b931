"""Menus that customers answer with a number: which one is offered on a ticket, and how an offer is remembered.

An offer is an event of its own, so that everybody sees it; the newest one counts, until it is answered or one of us writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from gateway.config.menus import LastChoice, choices_at, labels
from gateway.desk.automatic import Posted
from gateway.desk.office import Office
from gateway.store.schema import events
from gateway.store.tickets import GATEWAY, add_events

_ENDS = ("menu_offered", "menu_chosen", "answered")


@dataclass(frozen=True, slots=True)
class Level:
    """What a customer reads of a menu at one time."""

    menu: str
    path: tuple[int, ...]  # the choices that led there, counted from 1
    options: tuple[str, ...]  # labels, in the order of their numbers


@dataclass(frozen=True, slots=True)
class Offer:
    """A level as it was offered to a participant."""

    level: Level
    language: str
    participant: int
    message_id: str  # of the mail that offered it

    def data(self) -> Mapping[str, Any]:
        """As events keep it."""
        level = self.level
        return {
            "menu": level.menu,
            "path": list(level.path),
            "options": list(level.options),
            "language": self.language,
            "participant": self.participant,
            "message_id": self.message_id,
            "why": f"{level.menu}: " + ", ".join(f"{number}. {label}" for number, label in enumerate(level.options, 1)),
        }


def level_of(office: Office, menu: str, path: Sequence[int], brand: str, language: str) -> Level | None:
    """A level with its labels in this language, else the brand's; None where there is nothing to choose."""
    found = office.menus.get(menu)
    choices = choices_at(found, path) if found is not None else ()
    if not choices:
        return None
    return Level(menu, tuple(path), labels(choices, language, str(office.addresses.brand(brand).language)))


def remember_offer(
    connection: Connection, ticket: int, participant: int, posted: Posted, level: Level, now: datetime
) -> None:
    """Write that a level was offered with the mail that was posted; nothing where none was."""
    if posted.outgoing:
        told = posted.event[2]
        offer = Offer(level, str(told["language"]), participant, str(told["message_id"]))
        add_events(connection, ticket, now, ("menu_offered", GATEWAY, offer.data()), handled=True)


def standing_offer(connection: Connection, ticket: int) -> Offer | None:
    """The newest offer, if nobody has answered it and none of us has written since."""
    newest = connection.execute(
        select(events.c.kind, events.c.data)
        .where(events.c.ticket_id == ticket, events.c.kind.in_(_ENDS))
        .order_by(events.c.id.desc())
        .limit(1)
    ).first()
    return offer_in(newest.data) if newest is not None and newest.kind == "menu_offered" else None


def offer_in(data: Mapping[str, Any]) -> Offer:
    """What ``Offer.data`` wrote."""
    level = Level(str(data["menu"]), tuple(data["path"]), tuple(data["options"]))
    return Offer(level, str(data["language"]), int(data["participant"]), str(data["message_id"]))


def was_offered(connection: Connection, ticket: int, menu: str) -> bool:
    """Whether the menu's beginning was offered on this ticket before."""
    told = connection.execute(
        select(events.c.data).where(events.c.ticket_id == ticket, events.c.kind == "menu_offered")
    ).scalars()
    return any(data["menu"] == menu and not data["path"] for data in told)


def still_as_offered(office: Office, offer: Offer, brand: str) -> Sequence[LastChoice]:
    """The choices of the offer; empty where the menu reads otherwise today, so that a number could mean something else."""
    level = offer.level
    if level_of(office, level.menu, level.path, brand, offer.language) != level:
        return ()
    return choices_at(office.menus[level.menu], level.path)
