"""Is this mail an agent's order? Pure: asked after ``decide``, which knows nothing of agents' powers (docs/agents.md).

An agent's address in From gives no power at all. Power takes three things together: the author is an active agent, the mail is
strongly verified (an aligned DKIM signature, or a login; not SPF, not a forwarder's word), and it was sent to the address that we
gave to this very agent for this very ticket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.mail.address import address_key
from gateway.mail.model import Kind, Message
from gateway.threading import powers
from gateway.threading.agent_tokens import AgentToken
from gateway.threading.model import Decision, Evidence, NoticeKind, Outcome, Step, TokenState, Trust


class Standing(StrEnum):
    """What a mail that shows something of an agent's is."""

    ORDER = "order"  # the agent's own: answer, note, commands
    REFUSED = "refused"  # in an agent's name, and not proven: kept internal, nothing is done, the agent is told
    STRANGER = "stranger"  # somebody else used an agent's address: kept internal
    MACHINE = "machine"  # an agent's automatic reply, or a report about mail to an agent: kept in silence


@dataclass(frozen=True, slots=True)
class KnownAgent:
    id: int
    address_key: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class AgentMail:
    """What becomes of it. ``decision`` is what the trace tells."""

    standing: Standing
    decision: Decision
    ticket: int
    agent: int | None = None  # ORDER: who
    internal: bool = True  # ORDER: what the text is unless the mail says otherwise


def judge(
    message: Message,
    evidence: Evidence,
    tokens: Sequence[AgentToken],
    *,
    tickets: Mapping[int, int],
    agents: Mapping[int, KnownAgent],
    trust: Trust,
    is_agent: bool,
    null_reverse_path: bool,
    otherwise: Decision,
) -> AgentMail | None:
    """None where no agent's power is concerned and ``otherwise`` holds. Never raises.

    ``tickets``: where each ticket that the mail names is now (merged ones followed), without those that are gone. ``agents``: by
    the ids in the tokens. ``is_agent``: the author's address is an active agent's.
    """
    if otherwise.outcome in (Outcome.DUPLICATE, Outcome.QUARANTINE):
        return None
    shown = [token for token in tokens if token.ticket in tickets]
    own_ids = [own for own in evidence.own_ids if own.kind is NoticeKind.AGENT and own.ticket in tickets]
    numbers = [
        *(token.ticket for token in shown),
        *(own.ticket for own in own_ids[:1]),
    ]  # of ancestors the nearest counts
    named = [tickets[number] for number in numbers]
    if named and (kind := _machine(message, null_reverse_path=null_reverse_path)):
        outcome, reason = kind
        decision = Decision(outcome, named[0], False, reason, (Step("agent's address", "used", reason),))
        return AgentMail(Standing.MACHINE, decision, named[0])
    if not named:
        if is_agent and otherwise.outcome is Outcome.JOIN_REQUEST and otherwise.ticket is not None:
            return _refused(Standing.REFUSED, otherwise.ticket, otherwise.reason, otherwise)
        return None
    if otherwise.outcome is Outcome.APPEND and not shown:
        return None  # an agent who is a customer here, with the customer's own token
    author = address_key(evidence.author) if evidence.author else None
    token = shown[0] if shown else None
    why = _fault(token, agents, author, trust, named)
    if token is not None and why is None:
        reason = "the agent's own address on this ticket, and the author is strongly verified"
        steps = (Step(_label(token), "used", reason), *otherwise.steps)
        decision = Decision(Outcome.APPEND, named[0], not token.internal, reason, steps)
        return AgentMail(Standing.ORDER, decision, named[0], token.agent, token.internal)
    standing = Standing.REFUSED if is_agent else Standing.STRANGER
    if standing is Standing.STRANGER and token is None:
        return None
    return _refused(standing, named[0], why or "", otherwise, token)


def _machine(message: Message, *, null_reverse_path: bool) -> tuple[Outcome, str] | None:
    if message.bounce is not None or message.auto.kind is Kind.BOUNCE:
        return Outcome.BOUNCE, "a delivery report about a mail to an agent"
    if message.auto.kind in (Kind.AUTO_REPLY, Kind.AUTO_GENERATED):
        return Outcome.SILENT_EVENT, f"an agent's automatic reply ({message.auto.reason or 'machine-made'})"
    if null_reverse_path:
        return Outcome.SILENT_EVENT, "a report with a null reverse-path about a mail to an agent"
    return None


def _fault(
    token: AgentToken | None,
    agents: Mapping[int, KnownAgent],
    author: str | None,
    trust: Trust,
    named: Sequence[int],
) -> str | None:
    """Why the mail has no agent's power; None where it has."""
    if token is None:
        return "the mail was not sent to the agent's own reply address"
    holder = agents.get(token.agent)
    if holder is None or not holder.is_active:
        return "the agent to whom the reply address was given is not active any more"
    if author != holder.address_key:
        return "the author is not the agent to whom the reply address was given"
    if token.state is TokenState.EXPIRED:
        return "the reply address has expired"
    if any(number != named[0] for number in named):
        return "the reply address is of another ticket than the mail that is answered"
    standing = powers.Standing(trust, token.state, powers.Part.HOLDER, for_agent=True, is_agent=True)
    if powers.ruling(powers.Action.WRITE_AS_AGENT, standing).power is not powers.Power.GRANTED:
        return f"an agent's mail needs an aligned DKIM signature or a login, and this one is verified {trust.name} only"
    return None


def _refused(
    standing: Standing, ticket: int, why: str, otherwise: Decision, token: AgentToken | None = None
) -> AgentMail:
    steps = ((Step(_label(token), "ignored", why),) if token is not None else ()) + otherwise.steps
    decision = Decision(Outcome.JOIN_REQUEST, ticket, False, why, steps)
    return AgentMail(standing, decision, ticket)


def _label(token: AgentToken) -> str:
    return f"{token.state.value} reply address of agent {token.agent} on ticket {token.ticket}"
