"""``sla.yaml``: what is promised to whom. The first policy whose conditions hold is the ticket's."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Line, Section
from gateway.config.source import Node
from gateway.config.teams import Duration, Id
from gateway.config.validate import place_of
from gateway.rules.calendar import Calendar
from gateway.rules.durations import parse_duration, say_duration
from gateway.rules.sla import Metric, Policy

Priority = Literal["low", "normal", "high", "urgent", "any"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")


class Targets(Section):
    """What is promised, in business time of the policy's calendar."""

    first_reply: Duration | None = Field(
        default=None, description="The customer's first word to our first public answer."
    )
    next_reply: Duration | None = Field(
        default=None, description="Later on: the customer's oldest unanswered word to our next public answer."
    )
    update: Duration | None = Field(
        default=None, description="Our last public word to the next one, while the ticket is not solved."
    )
    wait: Duration | None = Field(
        default=None, description="All the time that the customer waits for us or a third party."
    )
    resolution: Duration | None = Field(default=None, description="The first word until solved, pauses not counted.")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Words = Annotated[tuple[Line, ...], BeforeValidator(_listed)]


class Applies(Section):
    """Whose tickets. All that is written must hold; of several values one is enough."""

    brand: Words = Field(default=(), description="The ticket's brand.")
    team: Words = Field(default=(), description="The ticket's team.")
    tags: Words = Field(default=(), description="The ticket has one of these tags.")
    organization: Words = Field(default=(), description="The requester's organisation.")
    requester_domain: Words = Field(default=(), description="The domain of the requester's address.")
    vip: bool | None = Field(default=None, description="The requester is on the list of important senders.")


class WrittenPolicy(Section):
    """One policy."""

    id: Id = Field(examples=["standard"], description="Short name: small letters, digits, hyphens.")
    when: Applies = Field(
        default_factory=Applies, description="Whose tickets. Left out: all that no earlier policy takes."
    )
    calendar: Line = Field(default="always", description="Calendar of `calendars.yaml` in whose hours time counts.")
    warn_before: Duration = Field(
        default="15m", description="Warn this long before a promise is broken, by the calendar."
    )
    targets: dict[Priority, Targets] = Field(
        examples=[{"any": {"first_reply": "4h"}}],
        description="By priority (`low`, `normal`, `high`, `urgent`) what is promised; `any` for those that are not named.",
    )


class SlaFile(Section):
    """The file."""

    policies: tuple[WrittenPolicy, ...] = Field(
        default=(), max_length=200, description="Policies, the first that fits counts."
    )


def check_sla(
    written: SlaFile, calendars: Mapping[str, Calendar], tree: Node, contracts: Collection[str] = ()
) -> Iterator[Mistake]:
    """What the file alone cannot tell; and promises that no working day can keep. ``contracts``: policies that organisations name."""
    ids = [policy.id for policy in written.policies]
    open_for_all: str | None = None
    for index, policy in enumerate(written.policies):
        place = place_of(tree, "policies", index, "id")
        if policy.id in ids[:index]:
            yield Mistake.at(place, f"another policy has the id `{policy.id}` too")
        if open_for_all is not None and policy.id not in contracts:
            yield Mistake.at(place, f"no ticket gets here: `{open_for_all}` above has no conditions and takes them all")
        elif open_for_all is None and not policy.when.model_fields_set:
            open_for_all = policy.id
        calendar = calendars.get(policy.calendar)
        if calendar is None:
            where = place_of(tree, "policies", index, "calendar")
            yield Mistake.at(
                where,
                f"there is no calendar `{policy.calendar}` in calendars.yaml.{did_you_mean(policy.calendar, calendars)}",
            )
            continue
        if not any(calendar.week):
            where = place_of(tree, "policies", index, "calendar")
            yield Mistake.at(
                where, f"the calendar `{policy.calendar}` is never open, so nothing promised here would ever be due"
            )
        yield from _order(policy, index, tree)


def _order(policy: WrittenPolicy, index: int, tree: Node) -> Iterator[Mistake]:
    """A first reply that may take longer than the whole ticket, and a less urgent ticket that is promised more."""
    for name, targets in policy.targets.items():
        if targets.first_reply and targets.resolution:
            first, whole = parse_duration(targets.first_reply), parse_duration(targets.resolution)
            if first > whole:
                yield Mistake.at(
                    place_of(tree, "policies", index, "targets", name, "first_reply"),
                    f"the first reply may take {say_duration(first)}, longer than the whole ticket: {say_duration(whole)}",
                )
    for metric in Metric:
        slower: tuple[str, timedelta] | None = None
        for name in PRIORITIES:
            written = getattr(policy.targets.get(name), metric.value, None)
            if written is None:
                continue
            span = parse_duration(written)
            if slower is not None and span > slower[1]:
                yield Mistake.at(
                    place_of(tree, "policies", index, "targets", name, metric.value),
                    f"`{name}` is promised {say_duration(span)}, longer than `{slower[0]}` with {say_duration(slower[1])}",
                )
            slower = name, span


def compile_policy(written: WrittenPolicy, calendars: Mapping[str, Calendar], priority: str) -> Policy:
    """What the policy promises to a ticket of this priority."""
    named = {str(name): targets for name, targets in written.targets.items()}
    targets = named.get(priority) or named.get("any") or Targets()
    return Policy(
        written.id,
        calendars[written.calendar],
        {metric: parse_duration(span) for metric in Metric if (span := getattr(targets, metric.value)) is not None},
        parse_duration(written.warn_before),
    )
