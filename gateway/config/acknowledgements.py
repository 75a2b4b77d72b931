"""What acknowledgements say beyond "we have your mail"."""

from pydantic import Field

from gateway.config.section import Section
from gateway.config.teams import Duration


class Overload(Section):
    """More mail than can be answered as usual."""

    waiting: int = Field(
        ge=1, examples=[50], description="From so many tickets of the team on that wait for an answer of ours."
    )
    answer_within: Duration | None = Field(
        default=None,
        description="The time within which we answer then, in the team's working hours: `2d`. Empty: none is named.",
    )


class Acknowledgements(Section):
    """Each is a text of ours, and names nothing that the sender wrote."""

    promise: bool = Field(
        default=True,
        description="Say until when we answer, where `sla.yaml` promises a first reply, in the customer's time zone.",
    )
    situations: bool = Field(
        default=True,
        description="Say that the team is closed now, for which holiday, and when it is back; and to important customers that they come "
        "first.",
    )
    overload: Overload | None = Field(default=None, description="When to say that it takes longer. Empty: never.")
    delayed: bool = Field(
        default=False,
        description="Tell the customer, once, shortly before the time that we named is over without an answer, and name a new one.",
    )
    menu: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        examples=["welcome"],
        description="Offer this menu of `menus.yaml`, to be answered with a number. Rules for mail that comes in may name another.",
    )
