"""Whose word does a new ticket carry? Not always the sender's: an agent forwards, a web site submits, a telephone system records.

The author of the mail is who sent it and what trust was found for. Whoever else is taken for the requester here has proven nothing:
they are asked and answered under the same budgets, and get no right that a stranger's first mail would not give.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.desk.office import Office
from gateway.journal import Entry
from gateway.mail.address import address_key
from gateway.mail.forms import Submission, submission_of
from gateway.mail.forwarded import Original, original_of
from gateway.mail.language import language_of
from gateway.mail.model import Auto, Kind, Mailbox
from gateway.mail.voicemail import Call, call_of
from gateway.pipeline.record import author_of
from gateway.pipeline.stages import Understood
from gateway.store.tickets import NewMessage
from gateway.threading.powers import Action, Power, Standing, ruling

UNPROVEN = "none"
SAID_LIMIT = 20_000  # characters of a forwarder's own words that the event keeps


@dataclass(frozen=True, slots=True)
class Origin:
    """The requester of a new ticket, and how their mail is shown."""

    requester: Mailbox
    name: str  # for the contact; "" where nobody vouches for it
    subject: str | None
    reply_text: str
    language: str | None
    auto: Auto  # of what the requester wrote: machines are not acknowledged
    message_id: str | None  # that an acknowledgement answers
    references: tuple[str, ...]
    trust: str  # shown with the message
    call: Call | None = None  # the ticket is titled by the caller
    events: tuple[tuple[str, Mapping[str, Any]], ...] = ()


def origin_of(
    understood: Understood, entry: Entry, office: Office, *, by_agent: bool, is_colleague: Callable[[str], bool]
) -> Origin:
    """Who asks for what. ``by_agent``: From names an agent, which alone proves nothing. ``is_colleague``: is this an agent's address?"""
    plain = _sender(understood, entry)
    if understood.unreadable or understood.message.author is None:
        return plain
    if by_agent:
        original = original_of(understood.message, is_colleague)
        if original is None or office.addresses.is_ours(original.author.address):
            return plain
        if ruling(Action.SPEAK_FOR, Standing(understood.trust, is_agent=by_agent)).power is not Power.GRANTED:
            return _with_event(plain, "maybe_from", _facts(original, understood.message.author.address))
        return _forwarded(plain, original, understood.message.author.address)
    submission = submission_of(understood.message, office.forms)
    if submission is not None:
        return _submitted(plain, submission, office)
    call = call_of(understood.message, office.phone_systems)
    return plain if call is None else _recorded(plain, call)


def as_told_by(origin: Origin, new: NewMessage) -> NewMessage:
    """The row of the mail that opened the ticket, shown as its origin's word. The text stays whole."""
    ancestors = new.ancestors
    if origin.message_id and origin.message_id != new.message_id:
        ancestors = tuple(dict.fromkeys((origin.message_id, *ancestors)))
    return replace(
        new,
        author=origin.requester.address,
        author_name=origin.requester.name,
        reply_text=origin.reply_text,
        ancestors=ancestors,
        trust=origin.trust,
    )


def _sender(understood: Understood, entry: Entry) -> Origin:
    message = understood.message
    author = author_of(understood, entry)
    return Origin(
        requester=author,
        name=author.name if message.author is not None else "",
        subject=message.subject,
        reply_text=message.reply_text,
        language=message.language,
        auto=message.auto,
        message_id=message.message_id,
        references=message.references,
        trust=understood.trust.name.lower(),
    )


def _with_event(origin: Origin, kind: str, data: Mapping[str, Any]) -> Origin:
    return replace(origin, events=(*origin.events, (kind, data)))


def _facts(original: Original, agent: str) -> dict[str, Any]:
    return {
        "agent": agent,
        "from": original.author.address,
        "name": original.author.name,
        "date": original.date.isoformat() if original.date else None,
        "subject": original.subject,
        "confidence": original.confidence.value,
        "how": original.how,
    }


def _forwarded(plain: Origin, original: Original, agent: str) -> Origin:
    """The agent's own words are for colleagues: they stay out of what the customer may be quoted."""
    facts = _facts(original, agent) | ({"said": original.comment[:SAID_LIMIT]} if original.comment else {})
    return replace(
        plain,
        requester=original.author,
        name=original.author.name,
        subject=original.subject or plain.subject,
        reply_text=original.text,
        language=language_of(original.text) or plain.language,
        auto=original.auto or plain.auto,
        message_id=original.message_id or plain.message_id,
        references=original.references if original.message_id else plain.references,
        trust=UNPROVEN,
        events=(("forwarded_by", facts),),
    )


def _submitted(plain: Origin, submission: Submission, office: Office) -> Origin:
    facts = {"form": submission.form, "fields": dict(submission.fields), "sent_by": plain.requester.address}
    author = submission.author
    if author is None or office.addresses.is_ours(author.address) or _same(author, plain.requester):
        return _with_event(plain, "form_fields", facts | {"author": None})
    events = (("form_fields", facts | {"author": author.address}),)
    return replace(plain, requester=author, name=author.name, events=events)


def _recorded(plain: Origin, call: Call) -> Origin:
    """A machine sent it: the ticket is titled by the caller, nobody is acknowledged."""
    facts = {
        "kind": call.kind.value,
        "system": call.system,
        "caller": call.caller,
        "seconds": call.seconds,
        "part": call.part,
        "transcript": call.transcript,
    }
    auto = plain.auto if plain.auto.is_auto else Auto(Kind.AUTO_GENERATED, f"{call.kind.value} from {call.system}")
    event = ("voicemail", {name: value for name, value in facts.items() if value is not None})
    return replace(plain, auto=auto, call=call, events=(event,))


def _same(one: Mailbox, other: Mailbox) -> bool:
    return address_key(one.address) == address_key(other.address)
