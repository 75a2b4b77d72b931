"""Customers who do not answer: reminding them, and what comes of it."""

import itertools
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.config.section import Section
from gateway.config.teams import Duration
from gateway.rules.durations import parse_duration


class Reminders(Section):
    """Tickets that wait for the customer (`pending`) after a word of ours."""

    enabled: bool = Field(default=False, description="Remind customers who do not answer.")
    after: Annotated[tuple[Duration, ...], Field(max_length=5)] = Field(
        default=("24h", "72h"), description="When, since the ticket waits for them; each later than the one before."
    )
    hours: Literal["calendar", "business"] = Field(
        default="calendar", description="`business`: only the working hours of the ticket's team count."
    )
    solve_after: Duration | None = Field(
        default=None,
        description="Solve the ticket when they have not answered in this time either, and tell them. Empty: it stays as it is.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        steps = [*self.after, *([self.solve_after] if self.solve_after else [])]
        for earlier, later in itertools.pairwise(steps):
            if parse_duration(later) <= parse_duration(earlier):
                raise ValueError(f"`{later}` must be later than `{earlier}` before it")
        if self.enabled and not steps:
            raise ValueError("nothing would ever happen: give `after`, `solve_after` or both")
        return self
