"""Event rules and timed rules as they are written in YAML. Rules for mail that comes in: ``gateway.rules.model``. Pure."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.rules.durations import parse_duration
from gateway.rules.expressions import compile_expression
from gateway.rules.model import Languages, Patterns, When, Words, listed, word

NOBODY = "none"
"""Written for no team, no agent."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _duration(written: str) -> str:
    parse_duration(written)
    return written


def _expression(written: str) -> str:
    compile_expression(written)
    return written


Duration = Annotated[str, AfterValidator(_duration)]
Word = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(word)]
Text = Annotated[str, Field(min_length=1, max_length=5_000)]
_ONE_OR_MORE = (BeforeValidator(listed), Field(min_length=1))
KindName = Literal[
    "created",
    "replied",
    "answered",
    "noted",
    "status",
    "assigned",
    "team",
    "priority",
    "tagged",
    "field",
    "rated",
    "bounced",
    "sla_warned",
    "sla_breached",
]  # gateway.rules.ticket.EventKind; a test compares them
Kinds = Annotated[tuple[KindName, ...], *_ONE_OR_MORE]
Actors = Annotated[tuple[Literal["customer", "agent", "gateway", "rule"], ...], *_ONE_OR_MORE]
Priorities = Annotated[tuple[Literal["low", "normal", "high", "urgent"], ...], *_ONE_OR_MORE]


class NumberTest(_Written):
    """Bounds of a number; all that are given must hold."""

    over: float | None = Field(default=None, description="More than.")
    under: float | None = Field(default=None, description="Less than.")
    equal: float | None = Field(default=None, alias="is", description="Exactly.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("write a bound: `over`, `under` or `is`")
        return self


class AgeTest(_Written):
    """How long ago, or how long still."""

    over: Duration | None = Field(default=None, description="Longer than: `4h`.")
    under: Duration | None = Field(default=None, description="Shorter than.")
    hours: Literal["calendar", "business"] = Field(
        default="calendar", description="`business`: only the working hours of the ticket's team count."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.over is None and self.under is None:
            raise ValueError("write how long: `over: 4h` or `under: 4h`")
        return self


class FieldTest(_Written):
    """What a field of the ticket holds; all that is given must hold."""

    filled: bool | None = Field(default=None, alias="set", description="Whether it has a value.")
    equal: Words | None = Field(default=None, alias="is", description="It is one of these; of several choices, one is.")
    matches: Patterns | None = Field(default=None, description="Regular expression (RE2) found in it.")
    over: float | None = Field(default=None, description="More than, for numbers.")
    under: float | None = Field(default=None, description="Less than, for numbers.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("write a test: `set`, `is`, `matches`, `over` or `under`")
        return self


def asks_for_headers(when: When) -> bool:
    """Whether a condition on mail looks at header fields anywhere."""
    inner = (*(when.all_of or ()), *(when.any_of or ()), *((when.none_of,) if when.none_of else ()))
    return when.has_header is not None or any(asks_for_headers(one) for one in inner)


class TicketWhen(_Written):
    """All conditions that are given must hold; of the values of one condition, any one is enough."""

    brand: Words | None = Field(default=None, description="The ticket's brand.")
    status: Words | None = Field(default=None, description="Its status.")
    priority: Priorities | None = Field(default=None, description="Its priority.")
    type: Words | None = Field(default=None, description="Its type.")
    team: Words | None = Field(default=None, description="Its team; `none` for tickets of no team.")
    agent: Words | None = Field(default=None, description="Address of its agent; `none` for tickets that nobody has.")
    tags: Words | None = Field(default=None, description="It has one of these tags.")
    field: dict[str, FieldTest] | None = Field(
        default=None, min_length=1, description="What its fields hold, by field."
    )
    subject: Patterns | None = Field(default=None, description="Regular expression (RE2) found in its subject.")
    language: Languages | None = Field(default=None, description="Its language.")
    requester: Words | None = Field(default=None, description="Address of the customer.")
    requester_domain: Words | None = Field(default=None, description="Domain of the customer's address.")
    organization: Words | None = Field(default=None, description="The customer's organisation.")
    vip: bool | None = Field(default=None, description="The customer is on a list of important senders.")
    trust: Words | None = Field(
        default=None,
        description="How sure we are of the sender of the customer's last mail: `none`, `weak`, `forwarded`, `strong`.",
    )
    replies: NumberTest | None = Field(default=None, description="How many public answers of agents it has.")
    exchanges: NumberTest | None = Field(default=None, description="How often the word went to us and back.")
    reopened: NumberTest | None = Field(default=None, description="How often it was reopened.")
    rating: NumberTest | None = Field(default=None, description="The customer's rating, from 0 (worst) to 1 (best).")
    waiting: AgeTest | None = Field(
        default=None, description="How long the customer's oldest unanswered word waits for us."
    )
    since_created: AgeTest | None = Field(default=None, description="How old the ticket is.")
    since_customer: AgeTest | None = Field(default=None, description="How long ago the customer's last word is.")
    since_agent: AgeTest | None = Field(default=None, description="How long ago our last public word is.")
    since_status: AgeTest | None = Field(default=None, description="How long it has had its status.")
    since_update: AgeTest | None = Field(default=None, description="How long ago anything was changed.")
    until_due: AgeTest | None = Field(default=None, description="How long it is until the nearest promise is broken.")
    by: Actors | None = Field(default=None, description="Who caused the event.")
    was: Words | None = Field(
        default=None, description="What the event changed it from: a status, team, agent, priority; `none`."
    )
    became: Words | None = Field(default=None, description="What the event changed it to.")
    mail: When | None = Field(
        default=None, description="Conditions on the mail that brought the event, as in intake rules."
    )
    hours: Literal["open", "closed"] | None = Field(default=None, description="Whether the ticket's team works now.")
    expression: Annotated[str, AfterValidator(_expression)] | None = Field(
        default=None,
        description="An expression in CEL over `ticket`, `event` and `now`, for what the others cannot say.",
    )
    all_of: "tuple[TicketWhen, ...] | None" = Field(
        default=None, alias="all", min_length=1, description="List of conditions that must all hold."
    )
    any_of: "tuple[TicketWhen, ...] | None" = Field(
        default=None, alias="any", min_length=1, description="List of conditions of which one must hold."
    )
    none_of: "TicketWhen | None" = Field(default=None, alias="not", description="Condition that must not hold.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("this condition is empty; write one, or leave out `when` for a rule that always applies")
        if self.mail is not None and asks_for_headers(self.mail):
            raise ValueError(
                "`has_header` is for rules about mail that comes in: let one of them set a tag, and ask for the tag"
            )
        return self


AGES = ("waiting", "since_created", "since_customer", "since_agent", "since_status", "since_update", "until_due")
"""The conditions that become true by themselves as time passes."""


class Notify(_Written):
    """A mail to our own people, never to customers."""

    to: Words = Field(
        examples=[["assignee"]],
        description="`assignee`, `team`, `admins`, or addresses of agents. Whoever the event came from is left out.",
    )
    text: Text = Field(description="What it says; `{ticket.number}` and the other placeholders are filled in.")


class Reply(_Written):
    """A mail to the customer from a template. It is the gateway's own: no agent's answer, and no promise is kept by it."""

    template: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = Field(
        examples=["in-progress"],
        description="Its name: `mail/ko/reply/in-progress.txt.j2` and `.html.j2` and so on, in `templates_dir` or as shipped.",
    )


class TicketThen(_Written):
    """What happens to the ticket. Later rules see the changes of earlier ones."""

    team: Word | None = Field(default=None, description="Give it to this team; `none` takes it away.")
    agent: Word | None = Field(
        default=None, description="Give it to this agent, by address; `auto`: as the team assigns; `none`: nobody."
    )
    priority: Literal["low", "normal", "high", "urgent"] | None = Field(default=None, description="Set the priority.")
    status: Word | None = Field(default=None, description="Set the status.")
    type: Word | None = Field(default=None, description="Set the type.")
    tags: Words | None = Field(default=None, description="Add tags.")
    remove_tags: Words | None = Field(default=None, description="Take tags away.")
    fields: dict[str, Text] | None = Field(
        default=None, min_length=1, description="Set fields; placeholders are filled in: `order: '{match.order}'`."
    )
    macro: Word | None = Field(
        default=None, description="Apply a macro of `macros.yaml`; its text is sent to the customer."
    )
    reply: Reply | None = Field(
        default=None,
        description="Write to the customer by a template, under the budgets and brakes of all automatic mail.",
    )
    menu: Word | None = Field(
        default=None,
        description="Offer the customer a menu of `menus.yaml`, once a ticket, to be answered with a number.",
    )
    note: Text | None = Field(default=None, description="Add an internal note; placeholders are filled in.")
    notify: Annotated[tuple[Notify, ...], Field(min_length=1)] | None = Field(
        default=None, description="Mail our own people."
    )
    webhook: Words | None = Field(default=None, description="Call these webhooks of `webhooks.yaml`.")
    split: Literal[True] | None = Field(
        default=None, description="Make the mail that brought the event a ticket of its own, linked to this one."
    )
    follow_up: Literal[True] | None = Field(
        default=None,
        description="The same as a follow-up: where the mail reopened a solved ticket, that one is solved again.",
    )
    merge_into: Text | None = Field(
        default=None,
        description="Merge it into the ticket with this number, placeholders filled in; only another open ticket of the same customer.",
    )
    csat: bool | None = Field(
        default=None, description="`false`: do not ask for a rating. `true`: ask, if nothing speaks against it."
    )

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("this rule does nothing; write what to do, such as `priority: high`")
        if self.split and self.follow_up:
            raise ValueError("`follow_up` splits the mail off too; leave `split` out")
        return self


class EventRule(_Written):
    """One rule that is asked when something happened to a ticket."""

    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(word)] = Field(
        examples=["Reopened tickets are urgent"], description="Unique name; shown wherever the rule acted."
    )
    on: Kinds = Field(examples=[["replied"]], description="What happened; one of these.")
    when: TicketWhen | None = Field(default=None, description="Conditions. Left out: every time.")
    then: TicketThen = Field(description="What to do.")
    stop: bool = Field(
        default=False, description="`true`: later rules are not asked about this event when this one applies."
    )


class TimedRule(_Written):
    """One rule that applies as time passes: once each time that its conditions become true."""

    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(word)] = Field(
        examples=["Unanswered for a day"], description="Unique name; shown wherever the rule acted."
    )
    when: TicketWhen = Field(description="Conditions, with at least one of time: `waiting: {over: 4h}`.")
    then: TicketThen = Field(description="What to do.")

    @model_validator(mode="after")
    def _waits_for_something(self) -> Self:
        if not any(getattr(self.when, name) is not None for name in AGES):
            raise ValueError(f"a timed rule needs a condition of time beside its others: {', '.join(AGES)}")
        about_events = [name for name in ("by", "was", "became", "mail") if getattr(self.when, name) is not None]
        if about_events:
            raise ValueError(f"nothing happens when time passes: `{about_events[0]}` asks about an event")
        if self.then.split is not None or self.then.follow_up is not None:
            raise ValueError("no mail comes when time passes: there is nothing to `split` off")
        return self
