"""What people are told when somebody joins a conversation: the newcomers, and those who take part already."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.notify.headers import one_line

_LONGEST_ADDRESS = 320


@dataclass(frozen=True, slots=True)
class Added:
    """ "You take part from now on." To somebody who perhaps never heard of us, so nothing that anybody wrote stands in it: no
    subject, no name, no text.
    """

    by: str = ""  # the verified address of the participant who sent them a copy; "" where one of us added them


@dataclass(frozen=True, slots=True)
class Newcomers:
    """ "These people take part from now on." ``subject`` and ``customer`` as in ``Resolution``: for verified customers alone."""

    addresses: tuple[str, ...]
    by: str = ""
    subject: str | None = None
    customer: str = ""


def joining_fields(notice: Added | Newcomers) -> Mapping[str, object]:
    """The placeholders beside those that every mail has (docs/notices.md)."""
    by = one_line(notice.by, _LONGEST_ADDRESS)
    if isinstance(notice, Added):
        return {"by": by}
    people = tuple(one_line(address, _LONGEST_ADDRESS) for address in notice.addresses)
    return {"by": by, "people": people, "customer": one_line(notice.customer, 80)}
