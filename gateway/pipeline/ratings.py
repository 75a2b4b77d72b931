"""Mail that answers a survey: to the address of an answer, or in so many words to the mail that asked (docs/csat.md)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, exists, select

from gateway.desk.office import Office
from gateway.desk.ratings import LONGEST_COMMENT, Asked, Given, Outcome, decline, find_asked, rate
from gateway.journal import Entry
from gateway.mail.rating import declines, read_rating
from gateway.mail.thanks import is_thanks
from gateway.pipeline.stages import Understood
from gateway.store.schema import outbox
from gateway.store.tickets import add_events, ticket_row
from gateway.threading.model import Decision, NoticeKind, Step, TokenState
from gateway.threading.model import Outcome as Fate
from gateway.threading.not_me import token_in
from gateway.threading.survey_tokens import NO_SURVEYS, PAGE, SurveyToken, read_survey

KIND = "rating"
"""What a message on the ticket is that answers a survey and says nothing else."""


@dataclass(frozen=True, slots=True)
class SurveyAnswer(Decision):
    """The mail answers a survey and asks nothing: it is kept on the ticket, which stays as it is."""


@dataclass(frozen=True, slots=True)
class _Said:
    asked: Asked
    value: int | None  # None: they want no more surveys
    via: str
    words: str = ""
    wants_answer: bool = False


def to_survey_address(connection: Connection, entry: Entry, office: Office) -> Decision | None:
    """A mail to an address that exists for one answer alone is that answer, whatever stands in it and whoever sent it."""
    token, address = _token_of(entry, office)
    asked = None if token is None else find_asked(connection, token.ticket, token.participant)
    if token is None or asked is None or not (token.choice == NO_SURVEYS or PAGE < token.choice <= asked.scale):
        return None
    step = Step(f"address {address}", "used", "it was given to this person for this answer")
    return _kept(connection, asked, step)


def kept_as_rating(connection: Connection, understood: Understood, decision: Decision) -> Decision:
    """The same decision, or another where the mail is an answer to the survey and asks nothing besides."""
    said = _in_words(connection, understood, decision)
    if said is None or said.wants_answer:
        return decision
    what = "no more surveys" if said.value is None else f"{said.value} of {said.asked.scale}"
    step = Step(f"answer {what}", "used", "the mail answers the survey and asks nothing")
    return replace(_kept(connection, said.asked, step), steps=(*decision.steps, step))


def take_rating(
    connection: Connection,
    entry: Entry,
    understood: Understood,
    office: Office,
    decision: Decision,
    *,
    by_agent: bool,
    now: datetime,
) -> None:
    """Record what the mail answers, if it answers a survey; any other mail is left alone."""
    said = _by_address(connection, entry, understood, office, decision) or _in_words(connection, understood, decision)
    if said is None:
        return
    why = None
    if by_agent:
        why = "our own people do not rate"
    elif understood.message.auto.is_auto:
        why = "a machine wrote the mail"
    elif said.value is None:
        decline(connection, said.asked, how=said.via, now=now)
    else:
        given = Given(said.value, said.via, comment=said.words[:LONGEST_COMMENT])
        if rate(connection, office, said.asked, given, now) is Outcome.OVER:
            why = "the time for answers is over"
    if why is not None:
        data = {"value": said.value, "via": said.via, "why": why}
        author = understood.message.author.address if understood.message.author else ""
        add_events(connection, said.asked.ticket, now, ("rating_ignored", author, data), handled=True)


def _kept(connection: Connection, asked: Asked, step: Step) -> SurveyAnswer:
    """On the ticket, or on the one into which it was merged since."""
    number = asked.ticket
    seen = {number}
    while (row := ticket_row(connection, number)) is not None and row.merged_into not in (None, *seen):
        number = row.merged_into
        seen.add(number)
    reason = f"an answer to the survey about ticket {asked.ticket}"
    return SurveyAnswer(Fate.SILENT_EVENT, number, False, reason, (step,), participant=asked.participant)


def _token_of(entry: Entry, office: Office) -> tuple[SurveyToken | None, str]:
    configuration = office.configuration
    today = entry.received_at.astimezone(UTC).date()
    for address in entry.forward_paths:
        token = token_in(address, local=configuration.reply_local, domain=configuration.reply_domain)
        read = read_survey(office.keyring, token, today=today) if token else None
        if read is not None:
            return read, address
    return None, ""


def _by_address(
    connection: Connection, entry: Entry, understood: Understood, office: Office, decision: Decision
) -> _Said | None:
    token, _ = _token_of(entry, office)
    if token is None or not isinstance(decision, SurveyAnswer):
        return None
    asked = find_asked(connection, token.ticket, token.participant)
    if asked is None:
        return None
    if token.choice == NO_SURVEYS:
        return _Said(asked, None, "mail")
    words = understood.message.reply_text.strip()
    typed = read_rating(words, asked.scale)
    if typed is not None:
        words = typed.words
    return _Said(asked, token.choice, "mail", words="" if is_thanks(words) else words)


def _in_words(connection: Connection, understood: Understood, decision: Decision) -> _Said | None:
    """Only by the participant who was asked, with the right to write to the ticket, and in answer to the mail that asked."""
    if not isinstance(decision, SurveyAnswer) and decision.outcome not in (Fate.APPEND, Fate.FOLLOW_UP):
        return None
    asked = _answered_survey(connection, understood)
    if asked is None or decision.participant != asked.participant:
        return None
    message = understood.message
    if declines(message.reply_text):
        return _Said(asked, None, "reply")
    name = message.author.name if message.author else ""
    rating = read_rating(message.reply_text, asked.scale, author_name=name)
    if rating is None:
        return None
    shows_something = any(not attachment.inline for attachment in message.attachments)
    return _Said(asked, rating.value, "reply", rating.words, rating.wants_answer or shows_something)


def _answered_survey(connection: Connection, understood: Understood) -> Asked | None:
    """The survey that the mail is an answer to: by its Message-ID, or where that is lost, because it was our last word."""
    evidence = understood.evidence
    if evidence.own_ids:
        own = evidence.own_ids[0]
        if own.kind not in (NoticeKind.CSAT, NoticeKind.RESOLUTION):
            return None
        asked = find_asked(connection, own.ticket, own.participant)
        return asked if own.kind is NoticeKind.CSAT or (asked and asked.message_id == own.message_id) else None
    token = next((it for it in evidence.tokens if it.state is TokenState.VALID), None)
    if token is None or token.ticket is None or token.participant is None:
        return None
    asked = find_asked(connection, token.ticket, token.participant)
    if asked is None:
        return None
    later = exists().where(
        outbox.c.ticket_id == asked.ticket,
        outbox.c.participant_id == asked.participant,
        outbox.c.created_at >= asked.asked_at,
        outbox.c.kind != NoticeKind.CSAT.value,
        outbox.c.message_id != asked.message_id,
    )
    return None if connection.execute(select(later)).scalar() else asked
