"""Rules for mail that comes in: as they are written in YAML, as they are run (``Ruleset``), and what they yield (``Outcome``)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.rules.facts import Facts
from gateway.rules.findings import Conditions, Finding
from gateway.rules.patterns import address_glob, compile_pattern, domain_glob


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _pattern(value: str) -> str:
    compile_pattern(value)
    return value


def _address(value: str) -> str:
    address_glob(value)
    return value


def _domain(value: str) -> str:
    domain_glob(value)
    return value


def word(value: str) -> str:
    """The value; ValueError where it is not one line with something in it."""
    if not value.strip() or any(ord(character) < 32 for character in value):
        raise ValueError(f"{value!r} must be one line with at least one letter")
    return value


def listed(value: object) -> object:
    """One value stands for a list of it."""
    return [value] if isinstance(value, str) else value


# One value or a list of them; each is checked by itself, so that a mistake is placed at the entry.
_ONE_OR_MORE = (BeforeValidator(listed), Field(min_length=1))
Patterns = Annotated[tuple[Annotated[str, AfterValidator(_pattern)], ...], *_ONE_OR_MORE]
Addresses = Annotated[tuple[Annotated[str, AfterValidator(_address)], ...], *_ONE_OR_MORE]
Domains = Annotated[tuple[Annotated[str, AfterValidator(_domain)], ...], *_ONE_OR_MORE]
Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64), AfterValidator(word)], ...], *_ONE_OR_MORE]
Languages = Annotated[tuple[Literal["ko", "ja", "en"], ...], *_ONE_OR_MORE]
Kinds = Annotated[tuple[Literal["human", "auto-reply", "auto-generated", "bounce", "list"], ...], *_ONE_OR_MORE]

Levels = Annotated[tuple[Literal["none", "temperror", "weak", "forwarded", "strong"], ...], *_ONE_OR_MORE]
Proofs = Annotated[tuple[Literal["unchecked", "passed", "unproven", "unknown", "failed"], ...], *_ONE_OR_MORE]
Results = Annotated[
    tuple[Literal["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"], ...], *_ONE_OR_MORE
]

Lists = Annotated[tuple[Literal["allow", "block", "suspend", "reject"], ...], *_ONE_OR_MORE]


class When(_Written):
    """All conditions that are given must hold; of the values of one condition, any one is enough."""

    to: Addresses | None = Field(
        default=None,
        description="A recipient of the mail, in envelope, To or Cc. `*` stands for any run of characters: `*@example.com`.",
    )
    author: Addresses | None = Field(default=None, description="The address in From, with `*` as above.")
    author_domain: Domains | None = Field(
        default=None, description="Its domain; `*.example.com` for all domains below it."
    )
    subject: Patterns | None = Field(
        default=None, description="Regular expression (RE2) to be found in the subject; upper and lower case alike."
    )
    body: Patterns | None = Field(default=None, description="The same for the text of the mail.")
    has_header: Words | None = Field(default=None, description="Name of a header field that the mail has.")
    language: Languages | None = Field(default=None, description="Language of the mail, by its script.")
    kind: Kinds | None = Field(default=None, description="What wrote the mail.")
    brand: Words | None = Field(default=None, description="The brand's id that the mail was sent to.")
    trust: Levels | None = Field(default=None, description="How far the sender is believed.")
    proof: Proofs | None = Field(
        default=None, description="What checking the sender came to; `failed` is mail that is likely forged."
    )
    verified_domain: Domains | None = Field(
        default=None, description="The domain that proves the sender; written as `author_domain`."
    )
    dkim: Results | None = Field(default=None, description="Result of the best DKIM signature.")
    spf: Results | None = Field(default=None, description="Result of SPF for the envelope's sender.")
    dmarc: Results | None = Field(default=None, description="Whether DKIM or SPF passed for the domain of From.")
    vip: bool | None = Field(default=None, description="Whether the sender is an important customer (`vip`).")
    listed: Lists | None = Field(
        default=None,
        description="The list on which the sender is. Mail of other lists than `allow` only comes here when released.",
    )
    spam_score: float | None = Field(
        default=None, description="The highest spam score of all scanners is this or more."
    )
    spam_symbol: Words | None = Field(default=None, description="Name of something that a scanner noticed.")
    virus: bool | None = Field(default=None, description="Whether a scanner found a virus.")
    not_scanned: bool | None = Field(default=None, description="Whether a scanner said nothing of the mail.")
    all_of: "tuple[When, ...] | None" = Field(
        default=None, alias="all", min_length=1, description="List of conditions that must all hold."
    )
    any_of: "tuple[When, ...] | None" = Field(
        default=None, alias="any", min_length=1, description="List of conditions of which one must hold."
    )
    none_of: "When | None" = Field(default=None, alias="not", description="Condition that must not hold.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("this condition is empty; write one, or leave out `when` for a rule that always applies")
        return self


class Then(_Written):
    """What happens to the mail or to its new ticket. A later rule overrides team, priority, status and acknowledge."""

    drop: Literal[True] | None = Field(
        default=None,
        description="Keep no ticket of this mail. The journal keeps it, with the rule's name; later rules are not read.",
    )
    quarantine: Literal[True] | None = Field(
        default=None,
        description="Hold the mail for people, before it becomes a ticket. Later rules are not read; released, it is not held by this.",
    )
    team: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(word)] | None = Field(
        default=None, description="Team of the ticket."
    )
    priority: Literal["low", "normal", "high", "urgent"] | None = Field(
        default=None, description="Priority of the ticket."
    )
    tags: Words | None = Field(default=None, description="Tags to add; those of all rules are gathered.")
    status: Literal["new", "open", "pending", "on_hold", "solved"] | None = Field(
        default=None, description="Status of the new ticket."
    )
    acknowledge: bool | None = Field(default=None, description="`false`: no acknowledgement for this mail.")
    type: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(word)] | None = Field(
        default=None, description="Type of the ticket."
    )
    fields: dict[str, Annotated[str, Field(min_length=1, max_length=1000)]] | None = Field(
        default=None,
        min_length=1,
        description="Fields of the ticket; named groups of the rule's patterns are filled in: `order: '{match.order}'`.",
    )

    menu: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(word)] | None = Field(
        default=None, description="The acknowledgement offers this menu of `menus.yaml`, to be answered with a number."
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("this rule does nothing; write what to do, such as `team: billing`")
        if (self.drop or self.quarantine) and len(self.model_fields_set) > 1:
            raise ValueError(f"there is no ticket then: `{'drop' if self.drop else 'quarantine'}` stands alone")
        return self


class Rule(_Written):
    """One rule."""

    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(word)] = Field(
        examples=["Invoices to billing"], description="Unique name; shown wherever the rule acted."
    )
    when: When | None = Field(
        default=None, description="Conditions. Left out: the rule applies to every mail (it may not drop then)."
    )
    then: Then = Field(description="What to do.")
    stop: bool = Field(default=False, description="`true`: later rules are not read when this one applies.")

    @model_validator(mode="after")
    def _never_drops_all(self) -> Self:
        if (self.then.drop or self.then.quarantine) and self.when is None:
            what = "drop" if self.then.drop else "hold"
            raise ValueError(f"this rule would {what} every mail; give it a condition with `when`")
        return self


Test = Callable[[Facts], Finding]


@dataclass(frozen=True, slots=True)
class Actions:
    """What all matching rules said, joined. None: no rule said anything."""

    drop: str | None = None  # the name of the rule that drops the mail
    team: str | None = None
    priority: str | None = None
    tags: tuple[str, ...] = ()
    status: str | None = None
    acknowledge: bool | None = None
    quarantine: str | None = None  # the name of the rule that holds the mail
    type: str | None = None
    fields: tuple[tuple[str, str], ...] = ()  # each named once
    menu: str | None = None


@dataclass(frozen=True, slots=True)
class CompiledRule:
    name: str
    file: str
    line: int
    conditions: Conditions
    when: When | None  # whose patterns' named groups fill the fields
    actions: Actions
    stop: bool


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All rules in the order in which they are read."""

    rules: tuple[CompiledRule, ...] = ()
    tests: tuple[Test, ...] = ()


class RuleHit(NamedTuple):
    """One rule that was read: where it stands, whether it applied, and why."""

    name: str
    file: str
    line: int
    matched: bool
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    actions: Actions
    hits: tuple[RuleHit, ...]  # in the order of reading; rules after a drop or stop were not read and are not here
