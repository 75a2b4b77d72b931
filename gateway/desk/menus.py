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
class Offer:
    """A level of a menu as a customer was shown it."""

    menu: str
    path: tuple[int, ...]  # choices that led there, counted from 1
    options: tuple[str, ...]  # what they read beside the numbers
    language: str
    participant: int
    message_id: str

    def data(self) -> Mapping[str, Any]:
        return {
            "menu": self.menu,
            "path": list(self.path),
            "options": list(self.options),
            "language": self.language,
            "participant": self.participant,
            "message_id": self.message_id,
            "why": f"{self.menu}: " + ", ".join(f"{number}. {label}" for number, label in enumerate(self.options, 1)),
        }


def options_of(office: Office, menu: str, path: Sequence[int], brand: str, language: str) -> tuple[str, ...]:
    """Labels of a level of a menu, in this language, else the brand's; empty where there is none."""
    found = office.menus.get(menu)
    if found is None:
        return ()
    return labels(choices_at(found, path), language, str(office.addresses.brand(brand).language))


def remember_offer(
    connection: Connection,
    ticket: int,
    posted: Posted,
    offer: tuple[str, Sequence[int], Sequence[str], int],
    now: datetime,
) -> None:
    """Write that a menu was offered with the mail that was posted; nothing where none was. ``offer``: menu, path, labels, participant."""
    menu, path, options, participant = offer
    if not posted.outgoing or not options:
        return
    told = posted.event[2]
    made = Offer(menu, tuple(path), tuple(options), str(told["language"]), participant, str(told["message_id"]))
    add_events(connection, ticket, now, ("menu_offered", GATEWAY, made.data()), handled=True)


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
    return Offer(
        str(data["menu"]),
        tuple(data["path"]),
        tuple(data["options"]),
        str(data["language"]),
        int(data["participant"]),
        str(data["message_id"]),
    )


def was_offered(connection: Connection, ticket: int, menu: str) -> bool:
    """Whether the menu's beginning was offered on this ticket before."""
    told = connection.execute(
        select(events.c.data).where(events.c.ticket_id == ticket, events.c.kind == "menu_offered")
    ).scalars()
    return any(data["menu"] == menu and not data["path"] for data in told)


def still_as_offered(office: Office, offer: Offer, brand: str) -> Sequence[LastChoice]:
    """The choices of the offer; empty where the menu reads otherwise today, so that a number could mean something else."""
    menu = office.menus.get(offer.menu)
    if menu is None or options_of(office, offer.menu, offer.path, brand, offer.language) != offer.options:
        return ()
    return choices_at(menu, offer.path)
