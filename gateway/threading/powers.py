"""What a mail may do, and what becomes of it instead: the whole table, as data (docs/threading.md, "Powers"). Pure.

Nobody else compares trust with a level to grant something: whoever lets a mail do anything asks ``ruling``. The first row of an
action whose conditions all hold decides, and its reason stands in the trace.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from gateway.threading.model import TokenState, Trust


class Action(StrEnum):
    """What somebody may want who sends us a mail."""

    OPEN = "open a ticket"
    BE_ACKNOWLEDGED = "get the acknowledgement"
    WRITE_BY_TOKEN = "write to the ticket that a reply address names"  # noqa: S105 - a right, no password
    WRITE_BY_MESSAGE_ID = "write to the ticket that a Message-ID of ours names"
    WRITE_IN_CONVERSATION = "write to the ticket on which a mail of the conversation is"
    WRITE_BY_NUMBER = "write to the ticket that a number names"
    ADD_COPIED = "make those in Cc participants"
    CHANGE_REQUESTER = "make somebody else the requester"
    READ = "be sent what others wrote, or a list of tickets"
    WRITE_AS_AGENT = "write to the ticket that an agent's own reply address names"
    COMMAND = "change a ticket by a command in the text"
    SPEAK_FOR = "open a ticket in the name of the customer whose mail an agent forwards"
    ANSWER_ELSEWHERE = "be answered at the address in Reply-To"


class Power(IntEnum):
    """What is granted, or what happens instead. Order matters: more is stronger."""

    NOTHING = 0  # it is as if the mail had not asked
    HINT = 1  # a ticket of its own, which agents see may belong to that one
    APART = 2  # kept on the ticket, internal, as a request to join: nothing is sent, nothing changes
    MARKED = 3  # granted, and marked as not verified; no word of the mail is repeated to anybody
    GRANTED = 4


class Part(StrEnum):
    """What the author is on the ticket that the evidence names."""

    HOLDER = "holder"  # the very participant to whom our mail with this reply address went
    WITHDRAWN = (
        "withdrawn"  # the reply address was given to a participant, or in a mail, from whom the right was taken back
    )
    MOVED = "moved"  # the address's participant was left behind by a merge; the author takes part in the ticket
    MEMBER = "member"  # takes part, but by somebody else's reply address or by none
    BYSTANDER = "bystander"  # does not take part, but writes to those who do
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything about a mail and its author that the table asks for."""

    trust: Trust
    evidence: TokenState = (
        TokenState.MALFORMED
    )  # of what names the ticket; of a mail in the conversation: VALID or too old
    part: Part = Part.STRANGER
    for_agent: bool = False  # the participation used is an agent's
    is_agent: bool = False  # From names an agent, which alone gives nothing
    permitted: bool = False  # configuration, the agent's role, or a person's confirmation allows this action at all


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. An empty condition asks for nothing; ``below``: of trust, so that the row is a refusal."""

    action: Action
    power: Power
    why: str  # ``{trust}`` is filled in
    evidence: tuple[TokenState, ...] = ()
    parts: tuple[Part, ...] = ()
    below: Trust | None = None
    for_agent: bool | None = None
    is_agent: bool | None = None
    permitted: bool | None = None

    def holds(self, standing: Standing) -> bool:
        return (
            (not self.evidence or standing.evidence in self.evidence)
            and (not self.parts or standing.part in self.parts)
            and (self.below is None or standing.trust < self.below)
            and (self.for_agent is None or standing.for_agent is self.for_agent)
            and (self.is_agent is None or standing.is_agent is self.is_agent)
            and (self.permitted is None or standing.permitted is self.permitted)
        )


@dataclass(frozen=True, slots=True)
class Ruling:
    power: Power
    why: str


def ruling(action: Action, standing: Standing) -> Ruling:
    """What the table says of this mail and this action, with the reason for people. Every action has an answer."""
    row = next(row for row in _ROWS_OF[action] if row.holds(standing))
    return Ruling(row.power, row.why.format(trust=standing.trust.name))


_BROKEN = (TokenState.FORGED, TokenState.MALFORMED)
_EXPIRED = (TokenState.EXPIRED,)
_BY_TOKEN, _BY_ID, _AS_AGENT = Action.WRITE_BY_TOKEN, Action.WRITE_BY_MESSAGE_ID, Action.WRITE_AS_AGENT
_IN_TALK = Action.WRITE_IN_CONVERSATION
_OTHERS = (Part.MEMBER, Part.BYSTANDER, Part.STRANGER)
_OUTSIDE = (Part.WITHDRAWN, Part.BYSTANDER, Part.STRANGER)

_NO_SIGNATURE = "its signature does not hold, so it proves nothing"
_TAKEN_BACK = "the participant's right to write was taken back"
_NOT_THE_HOLDER = "the author is not the participant to whom the token was given"
_AGENT_ALONE = "an agent's address gives no right without the agent's own token"
_NOT_IN = "the author does not take part in this ticket"
_WEAKLY = "the author takes part, but the address is verified {trust} only"

TABLE: tuple[Row, ...] = (
    Row(Action.OPEN, Power.MARKED, "nothing proves that the author is who From says", below=Trust.WEAK),
    Row(Action.OPEN, Power.GRANTED, "anybody may open a ticket"),
    #
    Row(Action.BE_ACKNOWLEDGED, Power.NOTHING, "nothing proves the author", below=Trust.WEAK, permitted=False),
    Row(Action.BE_ACKNOWLEDGED, Power.MARKED, "nothing proves the author: a fixed text alone", below=Trust.WEAK),
    Row(Action.BE_ACKNOWLEDGED, Power.GRANTED, "the author is verified {trust}"),
    #
    Row(_BY_TOKEN, Power.NOTHING, _NO_SIGNATURE, evidence=_BROKEN),
    Row(_BY_TOKEN, Power.HINT, "the token has expired", evidence=_EXPIRED),
    Row(_BY_TOKEN, Power.APART, _TAKEN_BACK, parts=(Part.WITHDRAWN,)),
    Row(_BY_TOKEN, Power.APART, _NOT_THE_HOLDER, parts=_OTHERS),
    Row(_BY_TOKEN, Power.APART, _AGENT_ALONE, for_agent=True),
    Row(_BY_TOKEN, Power.APART, _AGENT_ALONE, parts=(Part.MOVED,), is_agent=True),
    Row(_BY_TOKEN, Power.APART, _WEAKLY, parts=(Part.MOVED,), below=Trust.FORWARDED),
    Row(
        _BY_TOKEN,
        Power.GRANTED,
        "the author takes part in the ticket to which the token's was merged, verified {trust}",
        parts=(Part.MOVED,),
    ),
    Row(_BY_TOKEN, Power.APART, "the author's address could not be verified", below=Trust.WEAK),
    Row(_BY_TOKEN, Power.GRANTED, "the author is the token's participant, verified {trust}"),
    #
    Row(_BY_ID, Power.NOTHING, "it looks like ours, but we never made it", evidence=_BROKEN),
    Row(_BY_ID, Power.APART, _NOT_IN, parts=_OUTSIDE),
    Row(_BY_ID, Power.APART, _AGENT_ALONE, is_agent=True),
    Row(_BY_ID, Power.APART, _AGENT_ALONE, for_agent=True),
    Row(_BY_ID, Power.APART, _WEAKLY, below=Trust.FORWARDED),
    Row(_BY_ID, Power.GRANTED, "the author takes part in this ticket, verified {trust}"),
    #
    Row(
        _IN_TALK,
        Power.HINT,
        "an ancestor that we never saw binds mails only for a while",
        evidence=_EXPIRED,
        parts=(Part.HOLDER, Part.MOVED, Part.MEMBER),
    ),
    Row(_IN_TALK, Power.HINT, f"{_NOT_IN}, and the conversation is old", evidence=_EXPIRED),
    Row(
        _IN_TALK,
        Power.APART,
        "the author answers in a conversation with this ticket's participants",
        parts=(Part.BYSTANDER,),
    ),
    Row(_IN_TALK, Power.HINT, "nobody of this ticket is among those addressed", parts=_OUTSIDE),
    Row(_IN_TALK, Power.APART, _AGENT_ALONE, is_agent=True),
    Row(_IN_TALK, Power.APART, _AGENT_ALONE, for_agent=True),
    Row(_IN_TALK, Power.HINT, _WEAKLY, below=Trust.FORWARDED),
    Row(_IN_TALK, Power.GRANTED, "the author takes part in this ticket, verified {trust}"),
    #
    Row(Action.WRITE_BY_NUMBER, Power.HINT, "anybody can write a number"),
    #
    Row(Action.ADD_COPIED, Power.NOTHING, "the configuration adds nobody because of Cc", permitted=False),
    Row(Action.ADD_COPIED, Power.NOTHING, _NOT_IN, parts=_OUTSIDE),
    Row(Action.ADD_COPIED, Power.NOTHING, "agents add people by hand", is_agent=True),
    Row(Action.ADD_COPIED, Power.NOTHING, "agents add people by hand", for_agent=True),
    Row(Action.ADD_COPIED, Power.NOTHING, _WEAKLY, below=Trust.FORWARDED),
    Row(Action.ADD_COPIED, Power.GRANTED, "a participant, verified {trust}, sent them a copy"),
    #
    Row(Action.CHANGE_REQUESTER, Power.NOTHING, "who asked never changes by mail"),
    Row(Action.READ, Power.NOTHING, "nothing is told by mail to those who ask by mail"),
    #
    Row(_AS_AGENT, Power.NOTHING, _NO_SIGNATURE, evidence=_BROKEN),
    Row(_AS_AGENT, Power.HINT, "the token has expired", evidence=_EXPIRED),
    Row(_AS_AGENT, Power.APART, _TAKEN_BACK, parts=(Part.WITHDRAWN,)),
    Row(_AS_AGENT, Power.APART, _NOT_THE_HOLDER, parts=(*_OTHERS, Part.MOVED)),
    Row(_AS_AGENT, Power.APART, "an agent's token needs an agent's address in From", is_agent=False),
    Row(_AS_AGENT, Power.APART, "the token was given to a customer, and makes no agent of anybody", for_agent=False),
    Row(
        _AS_AGENT,
        Power.APART,
        "an agent's token needs an agent whose address is strongly verified",
        below=Trust.STRONG,
    ),
    Row(_AS_AGENT, Power.GRANTED, "the author is the agent to whom the token was given, verified {trust}"),
    #
    Row(Action.COMMAND, Power.NOTHING, _NO_SIGNATURE, evidence=(*_BROKEN, *_EXPIRED)),
    Row(Action.COMMAND, Power.NOTHING, _TAKEN_BACK, parts=(Part.WITHDRAWN,)),
    Row(Action.COMMAND, Power.NOTHING, _NOT_THE_HOLDER, parts=(*_OTHERS, Part.MOVED)),
    Row(Action.COMMAND, Power.NOTHING, "only agents give commands", is_agent=False),
    Row(Action.COMMAND, Power.NOTHING, "the token was given to a customer", for_agent=False),
    Row(
        Action.COMMAND, Power.NOTHING, "a command needs an agent whose address is strongly verified", below=Trust.STRONG
    ),
    Row(Action.COMMAND, Power.NOTHING, "the agent's role does not allow this command", permitted=False),
    Row(Action.COMMAND, Power.GRANTED, "the author is the agent to whom the token was given, verified {trust}"),
    #
    Row(Action.SPEAK_FOR, Power.NOTHING, "only agents forward in a customer's name", is_agent=False),
    Row(Action.SPEAK_FOR, Power.NOTHING, "nothing proves that the agent forwarded it", below=Trust.STRONG),
    Row(Action.SPEAK_FOR, Power.GRANTED, "an agent, verified {trust}, forwarded the customer's mail"),
    #
    Row(Action.ANSWER_ELSEWHERE, Power.NOTHING, "answers go to the address in From"),
)

_ROWS_OF = {action: tuple(row for row in TABLE if row.action is action) for action in Action}
