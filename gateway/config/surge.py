"""Many similar mails at once (docs/operations.md)."""

from pydantic import Field

from gateway.config.section import Line, Section


class Surge(Section):
    """A wave of mails about the same: found, told to the admin, and tagged. What follows is for people and rules."""

    enabled: bool = Field(default=False, description="Look for waves once a minute.")
    people: int = Field(
        default=8, ge=3, le=1000, description="So many different people must write of the same within `minutes`."
    )
    minutes: int = Field(default=15, ge=1, le=240, description="Within this time.")
    quiet_minutes: int = Field(
        default=120,
        ge=5,
        le=1440,
        description="A wave is over when nobody wrote of it for so long; another one is a new wave.",
    )
    tag: Line = Field(
        default="surge",
        min_length=1,
        max_length=64,
        pattern=r"^[^\s,]+$",
        description="Tag of its tickets, for rules and views.",
    )
