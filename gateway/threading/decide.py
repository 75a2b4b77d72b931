"""Where a mail belongs, and whether it may go there (docs/threading.md).

First every piece of evidence is weighed by itself, strongest first; each becomes a ``Finding``. Then the rules are asked in
order, and the first one that knows an answer decides. All findings, also those that lost, end in the decision's trace.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.mail.address import address_key
from gateway.mail.model import Kind, Message
from gateway.threading.causes import Cause
from gateway.threading.model import (
    Decision,
    Evidence,
    Known,
    KnownParticipant,
    KnownTicket,
    Outcome,
    SharedAncestor,
    Status,
    Step,
    TokenReading,
    TokenState,
    Trust,
)
from gateway.threading.powers import Action, Part, Power, Ruling, Standing, ruling

AGENT_ROLE = "agent"
MAX_HINTS = 5
_MAX_SHOWN = 120  # characters of an id or address in the trace


@dataclass(frozen=True, slots=True)
class LifecyclePolicy:
    """How long a closed ticket takes linked follow-ups, and how long an ancestor that we never saw binds mails together."""

    token_days_after_close: int
    shared_ancestor_days: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of evidence, weighed. ``answers_us``: it can only come from a mail that we sent."""

    evidence: str
    power: Power
    reason: str
    ticket: KnownTicket | None = None
    participant: int | None = None  # whose right is used, or to whom our mail went
    answers_us: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """A mail with all that is known about it, and its findings."""

    message: Message
    evidence: Evidence
    known: Known
    trust: Trust
    now: datetime
    lifecycle: LifecyclePolicy
    is_agent: bool
    null_reverse_path: bool
    sender: str | None  # address key
    findings: tuple[Finding, ...] = ()

    def member(self, ticket: KnownTicket) -> KnownParticipant | None:
        """The author, where they take part in the ticket."""
        return ticket.participant(self.sender) if self.sender else None

    def first(self, wanted: Callable[[Finding], bool]) -> Finding | None:
        return next((finding for finding in self.findings if wanted(finding)), None)


def decide(
    message: Message,
    evidence: Evidence,
    known: Known,
    *,
    trust: Trust,
    now: datetime,
    lifecycle: LifecyclePolicy,
    is_agent: bool,
    null_reverse_path: bool,
) -> Decision:
    """What becomes of one mail, with the reason and a full trace. Never raises; the same input gives the same answer.

    ``known`` is the store's answer to ``evidence``; ``is_agent`` says that the author's address is an agent's, which by
    itself gives no right at all; ``null_reverse_path`` that the envelope's sender was ``<>``.
    """
    sender = address_key(evidence.author) if evidence.author else None
    case = _Case(message, evidence, known, trust, now, lifecycle, is_agent, null_reverse_path, sender)
    findings = (*_tokens(case), *_own_ids(case), *_shared_ancestors(case), *_forged_ids(case), *_numbers(case))
    case = _Case(message, evidence, known, trust, now, lifecycle, is_agent, null_reverse_path, sender, findings)
    verdicts = (rule(case) for rule in (_duplicate, _delivery_report, _no_author, _machine, _granted, _claimed))
    verdict = next((verdict for verdict in verdicts if verdict is not None), None) or _new_ticket(case)
    return _with_trace(case, verdict)


# --- weighing -----------------------------------------------------------------------------------------------------


def _tokens(case: _Case) -> Iterator[Finding]:
    for token in case.evidence.tokens:
        yield _token(case, token)


def _token(case: _Case, token: TokenReading) -> Finding:
    if token.ticket is None or token.state not in (TokenState.VALID, TokenState.EXPIRED):
        label = f"{token.state.value} reply address {_shown(token.address)}"
        return _finding(label, ruling(Action.WRITE_BY_TOKEN, Standing(case.trust, token.state)))
    label = f"token ticket {token.ticket} participant {token.participant}"
    ticket = _ticket_of(case.known, token.ticket)
    if ticket is None:
        return Finding(label, Power.NOTHING, "the ticket does not exist any more")
    holder = next((it for it in ticket.participants if it.id == token.participant), None)
    member = case.member(ticket)
    used = holder or member
    standing = Standing(
        case.trust,
        token.state,
        _token_part(case, token, holder, member),
        for_agent=used is not None and used.role == AGENT_ROLE,
        is_agent=case.is_agent,
    )
    action = Action.WRITE_AS_AGENT if holder is not None and standing.for_agent else Action.WRITE_BY_TOKEN
    return _finding(label, ruling(action, standing), ticket, token.participant, answers_us=True)


def _token_part(
    case: _Case, token: TokenReading, holder: KnownParticipant | None, member: KnownParticipant | None
) -> Part:
    """A merge may have left the token's own participant behind; then the author must be a participant of the target."""
    if holder is None:
        return Part.STRANGER if member is None else Part.MOVED
    if holder.revoked or holder.withdrew(token):
        return Part.WITHDRAWN
    if case.sender == holder.address_key:
        return Part.HOLDER
    return Part.STRANGER if member is None else Part.MEMBER


def _finding(
    label: str,
    it: Ruling,
    ticket: KnownTicket | None = None,
    participant: int | None = None,
    *,
    answers_us: bool = False,
) -> Finding:
    return Finding(label, it.power, it.why, ticket, participant, answers_us)


def _own_ids(case: _Case) -> Iterator[Finding]:
    for own in case.evidence.own_ids:
        label = f"our message-id <{_shown(own.message_id)}> ticket {own.ticket} {own.kind.value}"
        ticket = _ticket_of(case.known, own.ticket)
        if ticket is None:
            yield Finding(label, Power.NOTHING, "the ticket does not exist any more")
            continue
        member = case.member(ticket)
        it = ruling(Action.WRITE_BY_MESSAGE_ID, _standing(case, member))
        participant = member.id if member and it.power is Power.GRANTED else own.participant
        yield _finding(label, it, ticket, participant, answers_us=True)


def _standing(
    case: _Case,
    member: KnownParticipant | None,
    outside: Part = Part.STRANGER,
    evidence: TokenState = TokenState.VALID,
) -> Standing:
    """Of an author who answers a mail of a ticket, but shows no token."""
    part = outside if member is None else Part.MEMBER
    for_agent = member is not None and member.role == AGENT_ROLE
    return Standing(case.trust, evidence, part, for_agent=for_agent, is_agent=case.is_agent)


def _shared_ancestors(case: _Case) -> Iterator[Finding]:
    """Mails before this one, other than ours. The mail's own id is among them where an answer to it came first."""
    signed = {*(own.message_id for own in case.evidence.own_ids), *case.evidence.forged_ids}
    seen: set[tuple[str, int]] = set()
    # The nearest ancestor first; of one ancestor a stored mail before those that name it, then the newest.
    places = {ancestor: place for place, ancestor in enumerate(dict.fromkeys(it.ancestor for it in case.known.shared))}
    nearest_first = sorted(
        case.known.shared, key=lambda it: (places[it.ancestor], not it.is_message, case.now - it.seen_at, it.ticket)
    )
    for shared in nearest_first:
        ticket = _ticket_of(case.known, shared.ticket)
        # Of an id in our domain the signature alone decides.
        if ticket is None or shared.ancestor in signed or (shared.ancestor, ticket.number) in seen:
            continue
        seen.add((shared.ancestor, ticket.number))
        yield _shared(case, shared, ticket)


def _ticket_of(known: Known, number: int) -> KnownTicket | None:
    """By the number asked for, or by the number of the ticket into which that one was merged."""
    return known.tickets.get(number) or next((it for it in known.tickets.values() if it.number == number), None)


def _shared(case: _Case, shared: SharedAncestor, ticket: KnownTicket) -> Finding:
    how = "of a mail on" if shared.is_message else "named by a mail on"
    label = f"ancestor <{_shown(shared.ancestor)}> {how} ticket {ticket.number}"
    if shared.ancestor == case.message.message_id and shared.is_message:
        return Finding(label, Power.NOTHING, "an equal Message-ID on other content is no link")
    is_recent = case.now - shared.seen_at <= timedelta(days=case.lifecycle.shared_ancestor_days)
    member = case.member(ticket)
    is_good = is_recent or (shared.is_message and member is not None)
    part = Part.BYSTANDER if any(map(ticket.participant, case.evidence.addressed)) else Part.STRANGER
    standing = _standing(case, member, part, TokenState.VALID if is_good else TokenState.EXPIRED)
    it = ruling(Action.WRITE_IN_CONVERSATION, standing)
    return _finding(label, it, ticket, member.id if member and it.power is Power.GRANTED else None)


def _forged_ids(case: _Case) -> Iterator[Finding]:
    it = ruling(Action.WRITE_BY_MESSAGE_ID, Standing(case.trust, TokenState.FORGED))
    for forged in case.evidence.forged_ids:
        yield _finding(f"message-id <{_shown(forged)}>", it)


def _numbers(case: _Case) -> Iterator[Finding]:
    it = ruling(Action.WRITE_BY_NUMBER, Standing(case.trust))
    for number in case.evidence.number_hints:
        ticket = _ticket_of(case.known, number)
        if ticket is None:
            yield Finding(f"number {number} in the text", Power.NOTHING, "there is no such ticket")
        else:
            yield _finding(f"number {number} in the text", it, ticket)


# --- rules, asked in this order ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Verdict:
    outcome: Outcome
    reason: str
    used: Finding | None = None
    ticket: int | None = None
    public: bool = False
    participant: int | None = None
    cause: Cause | None = None
    hints: tuple[int, ...] = ()


def _duplicate(case: _Case) -> _Verdict | None:
    if case.known.duplicate_of is None:
        return None
    reason = f"the same mail was accepted before, as message {case.known.duplicate_of}"
    return _Verdict(Outcome.DUPLICATE, reason, ticket=case.known.duplicate_ticket)


def _delivery_report(case: _Case) -> _Verdict | None:
    if case.message.bounce is None and case.message.auto.kind is not Kind.BOUNCE:
        return None
    return _about_ours(case, Outcome.BOUNCE, "a delivery report about our mail") or _Verdict(
        Outcome.BOUNCE, "a delivery report that names no mail of ours"
    )


def _no_author(case: _Case) -> _Verdict | None:
    if case.sender is not None or case.message.from_mailboxes:
        return None
    return _Verdict(Outcome.QUARANTINE, "the mail names no author", cause=Cause.NO_AUTHOR)


def _machine(case: _Case) -> _Verdict | None:
    """Machine mail about a ticket is kept there in silence; no status changes because of it (RFC 3834 section 4)."""
    kind = case.message.auto.kind
    reason = case.message.auto.reason or "machine-made"
    if kind is Kind.AUTO_REPLY:
        link = _about_ours(case, Outcome.SILENT_EVENT, f"an automatic reply ({reason})") or _linked(case, reason)
        return link or _Verdict(Outcome.SILENT_EVENT, f"an automatic reply ({reason}) to no mail that we know")
    if kind is Kind.AUTO_GENERATED:
        return _about_ours(case, Outcome.SILENT_EVENT, f"machine mail ({reason})")
    if case.null_reverse_path and not case.first(lambda finding: finding.power is Power.GRANTED):
        return _about_ours(case, Outcome.SILENT_EVENT, "a report with a null reverse-path")
    return None


def _about_ours(case: _Case, outcome: Outcome, what: str) -> _Verdict | None:
    """The ticket whose mail a machine answers. Its age, its status and who the machine is do not matter."""
    found = case.first(lambda finding: finding.answers_us)
    if found is None or found.ticket is None:
        return None
    return _Verdict(
        outcome, f"{what} on ticket {found.ticket.number}", found, found.ticket.number, participant=found.participant
    )


def _linked(case: _Case, reason: str) -> _Verdict | None:
    found = case.first(lambda finding: finding.power >= Power.APART)
    if found is None or found.ticket is None:
        return None
    return _Verdict(
        Outcome.SILENT_EVENT,
        f"an automatic reply ({reason}) in the conversation of ticket {found.ticket.number}",
        found,
        found.ticket.number,
        participant=found.participant,
    )


def _granted(case: _Case) -> _Verdict | None:
    found = case.first(lambda finding: finding.power is Power.GRANTED)
    if found is None or found.ticket is None:
        return None
    ticket = found.ticket
    if ticket.status is not Status.CLOSED:
        return _Verdict(Outcome.APPEND, found.reason, found, ticket.number, public=True, participant=found.participant)
    days = case.lifecycle.token_days_after_close
    if ticket.closed_at is not None and case.now - ticket.closed_at > timedelta(days=days):
        reason = f"ticket {ticket.number} was closed more than {days} days ago"
        return _open(case, reason, first_hint=ticket.number)
    reason = f"{found.reason}; ticket {ticket.number} is closed, so a new one is linked to it"
    return _Verdict(
        Outcome.FOLLOW_UP,
        reason,
        found,
        ticket.number,
        public=True,
        participant=found.participant,
        hints=_hints(case, without=ticket.number),
    )


def _claimed(case: _Case) -> _Verdict | None:
    found = case.first(lambda finding: finding.power is Power.APART)
    if found is None or found.ticket is None:
        return None
    if found.ticket.status is Status.CLOSED:
        # Nobody looks at a closed ticket: a mail kept there would be as good as lost.
        return _open(case, f"{found.reason}; ticket {found.ticket.number} is closed", first_hint=found.ticket.number)
    return _Verdict(
        Outcome.JOIN_REQUEST, found.reason, found, found.ticket.number, hints=_hints(case, found.ticket.number)
    )


def _new_ticket(case: _Case) -> _Verdict:
    return _open(case, "a hint is no proof" if _hints(case) else "nothing in this mail names a ticket")


def _open(case: _Case, reason: str, first_hint: int | None = None) -> _Verdict:
    hints = _hints(case) if first_hint is None else (first_hint, *_hints(case, first_hint))[:MAX_HINTS]
    return _Verdict(Outcome.OPEN, reason, public=True, hints=hints)


def _hints(case: _Case, without: int | None = None) -> tuple[int, ...]:
    tickets = (finding.ticket for finding in case.findings if finding.power >= Power.HINT)
    numbers = dict.fromkeys(ticket.number for ticket in tickets if ticket is not None)
    return tuple(number for number in numbers if number != without)[:MAX_HINTS]


# --- the trace -----------------------------------------------------------------------------------------------------


def _with_trace(case: _Case, verdict: _Verdict) -> Decision:
    steps = [_step(finding, verdict) for finding in case.findings]
    if case.known.duplicate_of is not None:
        steps.insert(0, Step(f"equal to message {case.known.duplicate_of}", "used", "same Message-ID and same content"))
    if case.is_agent:
        steps.append(Step("author's address is an agent's", "ignored", "From alone gives nobody an agent's rights"))
    return Decision(
        outcome=verdict.outcome,
        ticket=verdict.ticket,
        public=verdict.public,
        reason=verdict.reason,
        steps=tuple(steps),
        participant=verdict.participant,
        cause=verdict.cause,
        hints=verdict.hints,
    )


def _step(finding: Finding, verdict: _Verdict) -> Step:
    if finding is verdict.used:
        return Step(finding.evidence, "used", finding.reason)
    if finding.ticket is not None and finding.ticket.number in verdict.hints:
        return Step(finding.evidence, "hint", finding.reason)
    if finding.power is Power.NOTHING or verdict.used is None:
        return Step(finding.evidence, "ignored", finding.reason)
    return Step(finding.evidence, "ignored", f"{finding.reason}; {verdict.used.evidence} came first")


def _shown(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
