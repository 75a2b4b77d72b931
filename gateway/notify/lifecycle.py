"""What customers are told as their ticket goes on: when we answer, that it takes longer, that we wait for them, that two are one.

As in ``Resolution``, ``subject`` and ``customer`` are the customer's own words: only where their mail was verified.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.notify.headers import one_line


class Situation(StrEnum):
    """What an acknowledgement says of the moment at which the mail came (docs/notices.md)."""

    USUAL = ""
    HOLIDAY = "holiday"
    AFTER_HOURS = "after_hours"
    OVERLOAD = "overload"
    VIP = "vip"


@dataclass(frozen=True, slots=True)
class Reminder:
    """ "We wait for your answer." ``closing``: until when, before the ticket is solved; "" where it is not."""

    closing: str = ""
    subject: str | None = None
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Delayed:
    """ "It takes longer than we said." """

    earlier: str  # the moment that we had named
    promised: str  # the new one
    subject: str | None = None
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """ "Your ticket goes on as part of another." Says nothing about that one, which may be somebody else's."""

    old_number: int
    subject: str | None = None
    customer: str = ""


Lifecycle = Reminder | Delayed | Merged


def lifecycle_fields(notice: Lifecycle) -> Mapping[str, object]:
    """The placeholders beside those that every mail has (docs/notices.md)."""
    customer: dict[str, object] = {"customer": one_line(notice.customer, 80)}
    match notice:
        case Reminder():
            return customer | {"closing": notice.closing}
        case Delayed():
            return customer | {"earlier": notice.earlier, "promised": notice.promised}
        case Merged():
            return customer | {"old_number": str(notice.old_number)}
