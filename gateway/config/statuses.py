"""Own statuses of tickets inside the fixed ones, and which may follow on which (``fields.yaml``)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from gateway.config.labels import Labels, by_language
from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Section
from gateway.config.source import Node
from gateway.config.validate import place_of
from gateway.rules.statuses import CATEGORIES, Statuses, TicketStatus, default_status

Transitions = Mapping[str, Sequence[str]]


class WrittenStatus(Section):
    """A status of your own inside one of the fixed ones."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = Field(
        examples=["waiting-for-parts"], description="What rules and commands call it: small letters, digits, hyphens."
    )
    category: Literal["open", "pending", "on_hold", "solved"] = Field(
        examples=["on_hold"], description="The fixed status that it is one of; what happens to the ticket follows that."
    )
    label: Labels = Field(default_factory=dict, description="What people read, by language. Empty: the id.")
    sla: Literal["run", "pause"] | None = Field(
        default=None, description="Whether the time of promises runs. Empty: as in the category (`open` runs)."
    )
    waiting_on: Literal["us", "customer", "third"] | None = Field(
        default=None,
        description="Whom everybody waits for. Empty: as in the category (`open` us, `pending` the customer, `on_hold` somebody else).",
    )


def check_statuses(statuses: Sequence[WrittenStatus], transitions: Transitions, tree: Node) -> Iterator[Mistake]:
    """Ids that stand twice or are fixed, and steps from or to statuses that there are not."""
    ids = [one.id for one in statuses]
    for index, one in enumerate(statuses):
        place = place_of(tree, "statuses", index, "id")
        if one.id in ids[:index]:
            yield Mistake.at(place, f"another status has the id `{one.id}` too")
        if one.id.replace("-", "_") in CATEGORIES:
            yield Mistake.at(place, f"`{one.id}` is a fixed status; give yours another id")
    yield from _transitions(statuses, transitions, tree)


def _transitions(statuses: Sequence[WrittenStatus], transitions: Transitions, tree: Node) -> Iterator[Mistake]:
    known = (*CATEGORIES, *(one.id for one in statuses))
    by_hand = [name for name in known if name not in ("new", "closed")]
    for before, following in transitions.items():
        if before not in known or before == "closed":
            place = place_of(tree, "transitions", before)
            why = "`closed` tickets are only reopened" if before == "closed" else f"there is no status `{before}`."
            yield Mistake.at(place, why + (did_you_mean(before, known) if before not in known else ""))
        for number, after in enumerate(following):
            if after not in by_hand:
                place = place_of(tree, "transitions", before, number)
                why = f"there is no status `{after}`.{did_you_mean(after, known)}"
                yield Mistake.at(place, f"nobody sets a ticket {after} by hand" if after in known else why)


def statuses_of(statuses: Sequence[WrittenStatus], transitions: Transitions) -> Statuses:
    """The fixed statuses and the own ones."""
    return Statuses(
        tuple(_status(one) for one in statuses), {before: tuple(after) for before, after in transitions.items()}
    )


def _status(one: WrittenStatus) -> TicketStatus:
    usual = default_status(one.category)
    return TicketStatus(
        id=one.id,
        category=one.category,
        labels=by_language(one.label),
        runs=usual.runs if one.sla is None else one.sla == "run",
        waiting_on=one.waiting_on or usual.waiting_on,
    )
