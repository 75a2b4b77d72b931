"""``rules.yaml``: rules for mail that comes in, for what happens to tickets, and for what time brings. Pure."""

from pydantic import BaseModel, ConfigDict, Field

from gateway.rules.automation import EventRule, TimedRule
from gateway.rules.model import Rule
from gateway.rules.trials import Trial


class RulesFile(BaseModel):
    """A file of rules."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[Rule, ...] = Field(
        default=(), max_length=1000, description="Rules for mail that opens a ticket, read from top to bottom."
    )
    events: tuple[EventRule, ...] = Field(
        default=(), max_length=1000, description="Rules for what happens to tickets, asked from top to bottom."
    )
    timers: tuple[TimedRule, ...] = Field(default=(), max_length=1000, description="Rules for what time brings.")
    tests: tuple[Trial, ...] = Field(
        default=(),
        max_length=1000,
        description="What is expected of the rules. A file whose tests fail is not taken into use.",
    )
