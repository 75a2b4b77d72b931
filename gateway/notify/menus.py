"""A choice by number: what the customer may answer, and what came of their choice (docs/notices.md).

Labels are the admin's words. As in ``Resolution``, ``subject`` and ``customer`` are the customer's own: only where their mail was
verified.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.notify.headers import one_line


@dataclass(frozen=True, slots=True)
class Menu:
    """ "Answer with a number", where there is something to choose from; else "we have noted your choice"."""

    options: tuple[str, ...] = ()  # labels in the mail's language, in the order of their numbers
    chosen: str = ""  # the label of the choice that led here; "" where the menu begins
    answers: bool = True  # one of us will write: said where there is nothing more to choose
    subject: str | None = None
    customer: str = ""


def menu_fields(notice: Menu) -> Mapping[str, object]:
    """The placeholders beside those that every mail has (docs/notices.md)."""
    return {
        "options": option_labels(notice.options),
        "chosen": one_line(notice.chosen, 80),
        "answers": notice.answers,
        "customer": one_line(notice.customer, 80),
    }


def option_labels(labels: tuple[str, ...]) -> list[str]:
    return [one_line(label, 80) for label in labels]
