"""Mail to agents: what happened on a ticket, what became of their own mail, and that a mail in their name was not believed.

Unlike mail to customers these show what is internal, so they go to active agents alone, each by a mail of their own whose reply address
is theirs (docs/agents.md). The refusal is the exception: it may answer a forger's mail, so nothing of that mail is in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from markupsafe import Markup, escape

from gateway.config.model import Brand
from gateway.notify.agent_words import say
from gateway.notify.compose import Outgoing, compose, plain
from gateway.notify.headers import one_line, wire_address
from gateway.notify.html import FONTS, html_line
from gateway.notify.notices import Addressee, Finished, hide_reply_addresses, written_date
from gateway.notify.render import NoticeError, Templates
from gateway.threading.evidence import number_marker
from gateway.threading.model import NoticeKind

MAX_NEWEST = 8_000  # characters of the newest message that a notification repeats
MAX_EARLIER = 1_500  # of each one before it
TEMPLATES = ("agent", "agent_report", "agent_refusal")


class Occasion(StrEnum):
    """Why an agent is told; also the names of the preferences, ``sla`` for both of its own."""

    NEW = "new"
    ASSIGNED = "assigned"
    REPLY = "reply"
    MENTION = "mention"
    SLA_WARNING = "sla_warning"
    SLA_BREACH = "sla_breach"
    RULE = "rule"
    RETURNED = "returned"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a ticket as an agent reads it in a mail."""

    author: str
    at: datetime  # in the zone in which it is shown
    text: str  # what was written this time
    public: bool
    folded: int = 0  # lines of quoted text that are left out
    files: tuple[str, ...] = ()
    trust: str | None = None  # of a mail from outside: the level, and ...
    trust_reason: str = ""  # ... what it rests on


@dataclass(frozen=True, slots=True)
class Card:
    """A ticket's facts at this moment."""

    subject: str
    customer: str
    customer_name: str
    status: str
    priority: str
    team: str | None
    assignee: str | None
    tags: tuple[str, ...] = ()
    others: tuple[tuple[int, str, str], ...] = ()  # number, subject, status
    link: str = ""
    due: str = ""  # the nearest promise that runs, in the brand's zone; "": none
    late: bool = False  # and that moment is over


@dataclass(frozen=True, slots=True)
class AgentUpdate:
    """Something happened on a ticket."""

    occasion: Occasion
    who: str  # did it; for SLA the promise, for RETURNED the agent who had it
    card: Card
    history: tuple[Said, ...]  # newest first
    internal: bool  # a reply to this mail stays internal
    commands: str = ""  # which may be written at the top; "" where replies by mail are not taken


@dataclass(frozen=True, slots=True)
class AgentReport:
    """What became of an agent's own mail."""

    card: Card
    done: tuple[str, ...]
    not_done: tuple[str, ...] = ()
    held: tuple[str, ...] = ()  # why the answer waits, the first sentence says that it does
    text: str = ""  # as it was posted, or waits
    commands: str = ""  # asked for with #help
    help: tuple[str, ...] = ()  # one line each


@dataclass(frozen=True, slots=True)
class AgentRefusal:
    """A mail in the agent's name was kept internal. Holds nothing that its author wrote."""

    reason: str  # a key of the words: "refusal_token"
    link: str


AgentNotice = AgentUpdate | AgentReport | AgentRefusal


def write_to_agent(
    notice: AgentNotice,
    to: Addressee,
    *,
    name: str,
    templates: Templates,
    brand: Brand,
    sender: str,
    language: str,
    ticket: int,
    date: datetime,
) -> Finished:
    """Render and compose one mail to one agent, in the agent's ``language``.

    Raises NoticeError for a faulty template and UnsendableAddress where no mail can go to the agent.
    """
    recipient, reverse_path = wire_address(to.address), wire_address(to.reply_to)
    domain = reverse_path.rpartition("@")[2]
    text, html = agent_fields(notice, brand, sender, language, ticket, reply_domain=domain)
    template = template_of(notice)
    letter = templates.render(language, template, text, html)
    subject = one_line(letter.subject or "")
    if not subject:
        file = templates.file(f"mail/{language}/{template}.txt.j2")
        raise NoticeError(f"{file}:1: begin with a line 'Subject: ...' and an empty line")
    body = plain(letter.text)
    raw = compose(
        Outgoing(
            kind=NoticeKind.AGENT,
            language=language,
            sender_name=brand.name,
            sender=sender,
            reply_to=reverse_path,
            recipient=recipient,
            recipient_name=name,
            subject=subject,
            date=date,
            message_id=to.message_id,
            in_reply_to=to.in_reply_to,
            references=to.references,
            text=body,
            html=letter.html,
        )
    )
    return Finished(NoticeKind.AGENT, True, language, recipient, reverse_path, to.message_id, subject, body, raw)


def template_of(notice: AgentNotice) -> str:
    match notice:
        case AgentUpdate():
            return "agent"
        case AgentReport():
            return "agent_report"
        case AgentRefusal():
            return "agent_refusal"


def agent_fields(
    notice: AgentNotice, brand: Brand, sender: str, language: str, ticket: int, *, reply_domain: str
) -> tuple[dict[str, object], dict[str, object]]:
    """The placeholders for the text part and for the HTML part (docs/notices.md lists them)."""
    text: dict[str, object] = {
        "brand": one_line(brand.name),
        "address": sender,
        "number": str(ticket),
        "reference": number_marker(ticket),
        "language": language,
        "fonts": FONTS.get(language, FONTS["en"]),
    }
    html = dict(text)

    def clean(words: str) -> str:
        return hide_reply_addresses(plain(words), reply_domain, sender)

    match notice:
        case AgentUpdate():
            facts = _facts(notice.card, notice.history, language)
            text |= {
                "subject": one_line(notice.card.subject),
                "headline": say(
                    language, f"event_{notice.occasion}", who=one_line(notice.who, _longest(notice.occasion))
                ),
                "facts": [f"{label}: {value}" for label, value in facts],
                "history": [_said(said, language, clean, first=not place) for place, said in enumerate(notice.history)],
                "reply": _reply(notice, language),
                "commands": say(language, "commands", list=notice.commands) if notice.commands else "",
                "link": notice.card.link,
            }
            html |= text | {
                "facts": [Markup("<strong>{}</strong> {}").format(label, value) for label, value in facts],
                "history": [
                    _said_html(said, language, clean, first=not place) for place, said in enumerate(notice.history)
                ],
                "link": _link(notice.card.link),
            }
        case AgentReport():
            said_again = clean(notice.text)
            text |= {
                "subject": one_line(notice.card.subject),
                "done": [one_line(line, 1000) for line in notice.done],
                "not_done": [one_line(line, 1000) for line in notice.not_done],
                "held": [one_line(line, 1000) for line in notice.held],
                "facts": [f"{label}: {value}" for label, value in _facts(notice.card, (), language)],
                "words": [f"> {line}".rstrip() for line in said_again.split("\n")] if said_again else [],
                "help": [one_line(line, 300) for line in notice.help],
                "link": notice.card.link,
            }
            html |= text | {
                "words": [html_line(line) for line in said_again.split("\n")] if said_again else [],
                "link": _link(notice.card.link),
            }
        case AgentRefusal():
            text |= {"reason": say(language, notice.reason), "link": notice.link}
            html |= text | {"link": _link(notice.link)}
    return text, html


def _longest(occasion: Occasion) -> int:
    """Characters of who did it: a name, but for mail that did not arrive an address and a reason."""
    return 400 if occasion is Occasion.UNDELIVERED else 80


def _reply(notice: AgentUpdate, language: str) -> str:
    if not notice.commands:
        return say(language, "reply_off")
    return say(language, "reply_internal" if notice.internal else "reply_public")


def _facts(card: Card, history: Sequence[Said], language: str) -> list[tuple[str, str]]:
    """What stands beside the conversation, as (label, value)."""
    nobody = say(language, "nobody")
    name = one_line(card.customer_name, 80)
    address = one_line(card.customer, 320)
    facts = [(say(language, "customer"), f"{name} <{address}>" if name else address)]
    heard = next((said for said in history if said.trust is not None), None)
    if heard is not None:
        level = say(language, f"trust_{heard.trust}")
        reason = one_line(heard.trust_reason.removeprefix("not ").removeprefix("verified: "), 200)
        facts.append((say(language, "sender"), f"{level} ({reason})" if reason else level))
    facts += [
        (say(language, "status"), say(language, f"status_{card.status}")),
        (say(language, "priority"), say(language, f"priority_{card.priority}")),
        (say(language, "assignee"), one_line(card.assignee or nobody, 120)),
    ]
    if card.due:
        facts.append((say(language, "due"), say(language, "due_late" if card.late else "due_at", when=card.due)))
    if card.team:
        facts.append((say(language, "team"), one_line(card.team)))
    if card.tags:
        facts.append((say(language, "tags"), one_line(", ".join(card.tags))))
    if card.others:
        others = "; ".join(
            f"#{number} {one_line(subject, 60)} ({say(language, f'status_{status}')})"
            for number, subject, status in card.others
        )
        facts.append((say(language, "others"), others))
    return facts


def _pieces(said: Said, language: str, clean: Callable[[str], str], *, first: bool) -> tuple[str, str, str]:
    """Head, text and remarks of one message."""
    limit = MAX_NEWEST if first else MAX_EARLIER
    text = clean(said.text[: limit + 1])
    cut = len(said.text) > limit
    head = " · ".join(
        (
            say(language, "public" if said.public else "internal"),
            one_line(said.author, 80),
            written_date(said.at, language),
        )
    )
    remarks = [say(language, "cut")] if cut else []
    if said.files:
        remarks.append(say(language, "files", names=one_line(", ".join(said.files[:10]), 300)))
    if said.folded:
        remarks.append(say(language, "folded", lines=said.folded))
    return head, text[:limit] or say(language, "no_text"), "\n".join(remarks)


def _said(said: Said, language: str, clean: Callable[[str], str], *, first: bool) -> str:
    head, text, remarks = _pieces(said, language, clean, first=first)
    return "\n".join(part for part in (f"[{head}]", text, remarks) if part)


_BORDER = {True: "#1a56db", False: "#b45309"}
_BLOCK = Markup(
    '<div class="{}" style="margin:0 0 16px;padding:8px 12px;border-left:4px solid {};">'
    '<div class="faint" style="font-size:13px;color:#5f6876;">{}</div>{}{}</div>'
)
_REMARK = Markup('<div class="faint" style="font-size:13px;color:#5f6876;">{}</div>')
_BREAK = Markup("<br>\n")


def _said_html(said: Said, language: str, clean: Callable[[str], str], *, first: bool) -> Markup:
    """Public messages have a blue edge, internal ones an amber one, and each says it in words too."""
    head, text, remarks = _pieces(said, language, clean, first=first)
    lines = _BREAK.join([html_line(line) for line in text.split("\n")])
    below = Markup("").join([_REMARK.format(line) for line in remarks.split("\n") if line])
    kind = "public" if said.public else "internal"
    return _BLOCK.format(kind, _BORDER[said.public], head, lines, below)


def _link(link: str) -> Markup:
    return Markup('<a href="{0}" style="color:#1a56db;" class="link">{0}</a>').format(link) if link else escape("")
