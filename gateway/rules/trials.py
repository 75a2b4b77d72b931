"""``tests:`` of ``rules.yaml`` as they are written: a mail or a ticket, and what is expected of the rules. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.mail.address import address_key, domain_of
from gateway.rules.automation import Duration, KindName, Word
from gateway.rules.durations import parse_duration
from gateway.rules.model import Words, listed, word
from gateway.rules.organizations import Organizations
from gateway.rules.ticket import Actor, Event, EventKind, TicketFacts

BEGIN = "2026-03-09T10:00+00:00"
"""The moment of a test that names none: a Monday morning in Europe, the evening in Korea."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _moment(written: str) -> str:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"{written!r} is no moment; write it like 2026-03-09T10:00+09:00") from error
    if moment.tzinfo is None:
        raise ValueError(f"{written!r} lacks its distance from UTC; write it like 2026-03-09T10:00+09:00")
    return written


Texts = Annotated[tuple[str, ...], BeforeValidator(listed), Field(min_length=1, max_length=100)]
Result = Literal["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"]
Moment = Annotated[str, AfterValidator(_moment)]


class TrialMail(_Written):
    """A mail, from a file or written out."""

    file: str | None = Field(
        default=None, description="An `.eml` file beside the rules. What stands here too replaces it."
    )
    author: str | None = Field(
        default=None, alias="from", description="Who wrote it. Else `customer@customer.example`."
    )
    to: Texts | None = Field(default=None, description="To whom. Else the first address of the first brand.")
    subject: str | None = Field(default=None, description="Its subject.")
    body: str | None = Field(default=None, description="Its text.")
    headers: dict[str, str] | None = Field(default=None, description="More header fields.")
    language: Literal["ko", "ja", "en"] | None = Field(default=None, description="Else as the script tells.")
    brand: Word | None = Field(default=None, description="Else the brand of `to`.")
    trust: Literal["none", "temperror", "weak", "forwarded", "strong"] = Field(
        default="strong", description="How far the sender is believed."
    )
    proof: Literal["unchecked", "passed", "unproven", "unknown", "failed"] = Field(
        default="passed", description="What checking the sender came to."
    )
    verified_domain: str = Field(default="", description="The domain that proves the sender, as the condition.")
    dkim: Result = Field(default="none", description="As the condition.")
    spf: Result = Field(default="none", description="As the condition.")
    dmarc: Result = Field(default="none", description="As the condition.")
    kind: Literal["human", "auto-reply", "auto-generated", "bounce", "list"] | None = Field(
        default=None, description="What wrote it. Else as its header fields tell."
    )
    listed: Literal["allow", "block", "suspend", "reject"] | None = Field(
        default=None, description="The list that the sender is on."
    )
    vip: bool = Field(default=False, description="Whether the sender is an important customer.")
    spam_score: float | None = Field(default=None, description="What a scanner said.")
    spam_symbols: Words | None = Field(default=None, description="What a scanner noticed.")
    virus: str = Field(default="", description="The virus that a scanner found.")
    not_scanned: bool = Field(default=False, description="Whether a scanner said nothing.")

    @model_validator(mode="after")
    def _one_line(self) -> Self:
        for text in (
            self.author,
            *(self.to or ()),
            self.subject,
            *(self.headers or {}),
            *(self.headers or {}).values(),
        ):
            if text is not None and any(ord(character) < 32 for character in text):
                raise ValueError("addresses, the subject and header fields are one line each")
        return self


class TrialTicket(_Written):
    """A ticket. The spans of time say how long ago something was, as the conditions of the same name ask."""

    brand: Word | None = Field(default=None, description="Else the first brand.")
    status: Word = Field(default="open", description="Its status: a fixed one, or an own one.")
    priority: Literal["low", "normal", "high", "urgent"] = Field(default="normal", description="Its priority.")
    type: str = Field(default="", description="Its type.")
    team: str = Field(default="", description="Its team; empty: none.")
    agent: str = Field(default="", description="Its agent; empty: nobody.")
    tags: Words | None = Field(default=None, description="Its tags.")
    fields: dict[str, str] = Field(default_factory=dict, description="Its fields.")
    subject: str = Field(default="", description="Its subject.")
    language: Literal["ko", "ja", "en"] = Field(default="en", description="Its language.")
    requester: str = Field(default="customer@customer.example", description="The customer's address.")
    organization: str = Field(default="", description="The customer's organisation. Else that of the address.")
    vip: bool = Field(default=False, description="Whether the customer is important.")
    trust: Literal["none", "weak", "forwarded", "strong"] = Field(default="strong", description="As the condition.")
    replies: int = Field(default=0, ge=0, description="Public answers of agents.")
    exchanges: int = Field(default=0, ge=0, description="How often the word went to us and back.")
    reopened: int = Field(default=0, ge=0, description="How often it was reopened.")
    rating: float | None = Field(default=None, description="From 0 to 1.")
    since_created: Duration = Field(default="1d", description="How old it is.")
    since_customer: Duration | None = Field(default=None, description="Since the customer's last word.")
    since_agent: Duration | None = Field(default=None, description="Since our last public word.")
    since_status: Duration | None = Field(
        default=None, description="Since its status was set. Else as old as the ticket."
    )
    since_update: Duration | None = Field(default=None, description="Since anything was changed.")
    waiting: Duration | None = Field(default=None, description="How long the customer waits for us.")
    until_due: Duration | None = Field(default=None, description="Until the nearest promise is broken.")


class TrialEvent(_Written):
    """Something that happens to the ticket."""

    kind: KindName = Field(description="What happened.")
    by: Literal["customer", "agent", "gateway", "rule"] = Field(default="customer", description="Who caused it.")
    was: str = Field(
        default="", description="What it changed: the earlier status (a fixed or an own one), team, agent, priority."
    )
    became: str = Field(default="", description="What it became.")


class Expected(_Written):
    """What must come of it. All that is written must be so."""

    drop: bool | None = Field(default=None, description="Whether a rule drops the mail.")
    quarantine: bool | None = Field(default=None, description="Whether a rule holds the mail for people.")
    acknowledge: bool | None = Field(default=None, description="`false`: a rule said so. `true`: no rule said `false`.")
    team: str | None = Field(default=None, description="Its team; `none`: none.")
    agent: str | None = Field(default=None, description="Its agent; `none`: nobody.")
    priority: Literal["low", "normal", "high", "urgent"] | None = Field(default=None, description="Its priority.")
    status: str | None = Field(default=None, description="Its status: a fixed one, or an own one inside it.")
    type: str | None = Field(default=None, description="Its type.")
    tags: Words | None = Field(default=None, description="Tags that it has.")
    not_tags: Words | None = Field(default=None, description="Tags that it does not have.")
    fields: dict[str, str] | None = Field(default=None, description="What its fields hold; empty: nothing.")
    effects: Words | None = Field(
        default=None, description="What is done beside: `note`, `notify`, `macro refund`, `webhook erp`."
    )
    not_effects: Words | None = Field(default=None, description="What is not done.")
    rules: Words | None = Field(default=None, description="Rules that apply.")
    not_rules: Words | None = Field(default=None, description="Rules that do not apply.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("write what you expect, such as `team: billing`")
        return self


class Trial(_Written):
    """One test."""

    name: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(word)] = Field(
        examples=["Invoices go to billing"], description="What is tested."
    )
    mail: TrialMail | None = Field(default=None, description="A mail that comes in; alone, it opens a ticket.")
    ticket: TrialTicket | None = Field(default=None, description="A ticket that is there already.")
    event: TrialEvent | None = Field(default=None, description="What happens to `ticket`; `mail` may come with it.")
    at: Moment = Field(default=BEGIN, description="When it happens.")
    after: Duration | None = Field(default=None, description="Let so much time pass afterwards, for timed rules.")
    expect: Expected = Field(description="What must come of it.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.mail is None and self.ticket is None:
            raise ValueError("a test needs a `mail` that comes in or a `ticket` that is there")
        if self.event is not None and self.ticket is None:
            raise ValueError("an `event` needs a `ticket` to which it happens")
        if self.ticket is not None and self.event is None and (self.mail is not None or self.after is None):
            raise ValueError("nothing happens to this `ticket`; write an `event`, or `after: 4h` to let time pass")
        return self

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.at).astimezone(UTC)


def event_of(trial: TrialEvent, statuses: Mapping[str, str]) -> Event:
    """``statuses``: the fixed status of each own one."""
    was, became = (statuses.get(one, one) for one in (trial.was, trial.became))
    own_was, own_became = (one if one in statuses else "" for one in (trial.was, trial.became))
    return Event(EventKind(trial.kind), Actor(trial.by), was, became, own_was, own_became)


def ticket_of(
    written: TrialTicket, brand: str, statuses: Mapping[str, str], organizations: Organizations, now: datetime
) -> TicketFacts:
    """The ticket's facts at ``now``. ``statuses``: the fixed status of each own one."""

    def ago(span: str | None) -> datetime | None:
        return None if span is None else now - parse_duration(span)

    created = now - parse_duration(written.since_created)
    company = organizations.of(written.requester)
    return TicketFacts(
        number=1,
        brand=written.brand or brand,
        status=statuses.get(written.status, written.status),
        own_status=written.status if written.status in statuses else "",
        own_statuses=statuses,
        created_at=created,
        status_since=ago(written.since_status) or created,
        priority=written.priority,
        team=written.team,
        agent=address_key(written.agent) if written.agent else "",
        type=written.type,
        tags=frozenset(written.tags or ()),
        fields=dict(written.fields),
        subject=written.subject,
        language=written.language,
        requester=address_key(written.requester),
        requester_domain=domain_of(written.requester),
        organization=written.organization or (company.id if company is not None else ""),
        vip=written.vip,
        trust=written.trust,
        replies=written.replies,
        exchanges=written.exchanges,
        reopened=written.reopened,
        rating=written.rating,
        customer_at=ago(written.since_customer),
        agent_at=ago(written.since_agent),
        waiting_since=ago(written.waiting),
        updated_at=ago(written.since_update) or created,
        due_at=now + parse_duration(written.until_due) if written.until_due else None,
    )


def end_of(trial: Trial) -> datetime:
    return trial.now + (parse_duration(trial.after) if trial.after else timedelta())
