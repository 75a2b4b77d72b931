"""Ask the requester of a solved ticket how they were served, if nothing speaks against it (docs/csat.md)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from gateway.desk.actions import incoming_of, is_believed
from gateway.desk.automatic import post_automatic, stay_silent
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading, Letter, Person, people_of, thread_for
from gateway.notify.policy import Suppression
from gateway.notify.survey import Choice, Survey
from gateway.store.budget_lookup import was_answered
from gateway.store.schema import contacts, messages, outbox, surveys, ticket_tags
from gateway.store.tickets import add_events, ticket_row
from gateway.threading.model import NoticeKind, Status
from gateway.threading.survey_tokens import NO_SURVEYS, PAGE, SurveyToken, mint_survey

RATE_PATH = "/rate"  # of the pages of gateway.web.pages.surveys
NO_SURVEYS_PATH = "/no-surveys"
STOP_DAYS = 365  # how long "no more surveys" in a mail works; longer than its answers count
_SOLVED = (Status.SOLVED.value, Status.CLOSED.value)


def ask(connection: Connection, office: Office, number: int, now: datetime) -> bool:
    """Post the question, or leave an event that says why nobody is asked; whether mail goes out.

    A ticket that is open again is left alone: it is asked about when it is solved again.
    """
    ticket = ticket_row(connection, number, lock=True)
    survey = connection.execute(select(surveys).where(surveys.c.ticket_id == number)).one_or_none()
    if ticket is None or survey is None or survey.asked_at is not None or ticket.status not in _SOLVED:
        return False
    person = next((it for it in people_of(connection, number) if it.role == "requester"), None)
    if person is None:
        return _skip(connection, number, "no_author", "the requester was removed from the ticket", now)
    # Two tickets of one person must not be asked about at the same moment by two nodes.
    contact = connection.execute(select(contacts).where(contacts.c.id == person.contact).with_for_update()).one()
    why = next(_objections(connection, office, ticket, survey, contact, now), None)
    if why is not None:
        return _skip(connection, number, why.reason, why.sentence, now, to=person)
    ends_at = now + timedelta(days=office.configuration.csat.window_days)
    posted = post_automatic(
        connection,
        office,
        Heading.of(ticket),
        person,
        _letter(connection, office, ticket, person, ends_at, now),
        incoming=incoming_of(_opened_by(connection, number)),
        acknowledge=True,
        shadow=False,
        now=now,
    )
    add_events(connection, number, now, posted.event)
    if not posted.outgoing:
        _remember_skip(connection, number, str(posted.event[2]["reason"]))
        return False
    connection.execute(
        update(surveys)
        .where(surveys.c.ticket_id == number)
        .values(
            due_at=None,
            skipped=None,
            asked_at=now,
            ends_at=ends_at,
            participant_id=person.participant,
            contact_id=person.contact,
            scale=office.configuration.csat.scale,
            message_id=posted.event[2]["message_id"],
        )
    )
    return True


def _skip(
    connection: Connection, number: int, reason: str, sentence: str, now: datetime, *, to: Person | None = None
) -> bool:
    why = Suppression(reason, sentence)
    nobody = Person(0, 0, "", "", "requester", None, undeliverable=False)
    add_events(connection, number, now, stay_silent(NoticeKind.CSAT, to or nobody, why).event)
    _remember_skip(connection, number, reason)
    return False


def _remember_skip(connection: Connection, number: int, reason: str) -> None:
    connection.execute(update(surveys).where(surveys.c.ticket_id == number).values(due_at=None, skipped=reason[:40]))


def _objections(
    connection: Connection, office: Office, ticket: Row[Any], survey: Row[Any], contact: Row[Any], now: datetime
) -> Iterator[Suppression]:
    """What speaks against asking, beside what speaks against any automatic mail (``gateway.notify.policy``)."""
    settings = office.configuration.csat
    if not settings.enabled or not (survey.ruled or office.addresses.brand(ticket.brand).csat):
        yield Suppression("brand_off", "the brand's customers are not asked")
    if survey.ruled is False:
        yield Suppression("rule_off", "a rule says that nobody is asked about this ticket")
    if ticket.merged_into is not None:
        yield Suppression("merged", f"the ticket was merged into ticket {ticket.merged_into}")
    if survey.solved_at is not None and now - survey.solved_at > timedelta(days=settings.window_days):
        yield Suppression("csat_late", f"the ticket was solved more than {settings.window_days} days ago")
    tags = set(connection.execute(select(ticket_tags.c.tag).where(ticket_tags.c.ticket_id == ticket.id)).scalars())
    if excluding := sorted(tags & set(settings.without_tags)):
        yield Suppression("csat_tags", f"the ticket has the tag {excluding[0]}")
    if settings.with_tags and not survey.ruled and not tags & set(settings.with_tags):
        yield Suppression("csat_tags", f"the ticket has none of the tags {', '.join(settings.with_tags)}")
    answered = exists().where(messages.c.ticket_id == ticket.id, messages.c.kind == "answer", messages.c.public)
    if not connection.execute(select(answered)).scalar():
        yield Suppression("csat_unanswered", "none of our people answered the ticket")
    if contact.no_surveys_at is not None:
        yield Suppression("no_surveys", f"{contact.address} wants no surveys")
    since = now - timedelta(days=settings.person_days)
    lately = exists().where(surveys.c.contact_id == contact.id, surveys.c.asked_at > since)
    if settings.person_days and connection.execute(select(lately)).scalar():
        yield Suppression("csat_lately", f"{contact.address} was asked within the last {settings.person_days} days")
    if (failed := _unreached(connection, ticket.id)) is not None:
        yield Suppression("undeliverable", f"the last answer did not reach {failed}")


def _unreached(connection: Connection, number: int) -> str | None:
    """To whom our last answer could not be delivered, if it could not."""
    last = connection.execute(
        select(outbox.c.recipient, outbox.c.state)
        .where(outbox.c.ticket_id == number, outbox.c.kind == NoticeKind.ANSWER.value)
        .order_by(outbox.c.id.desc())
        .limit(1)
    ).first()
    return str(last.recipient) if last is not None and last.state == "failed" else None


def _opened_by(connection: Connection, number: int) -> dict[str, Any]:
    """The trace of the mail that opened the ticket."""
    found = connection.execute(
        select(messages.c.trace)
        .where(messages.c.ticket_id == number, messages.c.direction == "in")
        .order_by(messages.c.id)
        .limit(1)
    ).scalar_one_or_none()
    return dict(found or {})


def _letter(
    connection: Connection, office: Office, ticket: Row[Any], person: Person, ends_at: datetime, now: datetime
) -> Letter:
    believed = is_believed(connection, ticket.id, person)
    thread = thread_for(connection, ticket.id, person)
    return Letter(
        kind=NoticeKind.CSAT,
        notice=_notice(
            office, ticket.id, person, ends_at, now,
            subject=ticket.subject if believed else None,
            customer=person.name if believed else "",
        ),
        once_key=f"csat:{ticket.id}",
        language=ticket.language,
        in_reply_to=thread.parent,
        references=thread.ancestors,
        known_sender=was_answered(connection, person.address),
    )  # fmt: skip


def _notice(
    office: Office, number: int, person: Person, ends_at: datetime, now: datetime, *, subject: str | None, customer: str
) -> Survey:
    configuration = office.configuration
    last_day = ends_at.astimezone(UTC).date()
    base = configuration.web.base_url

    def token(choice: int, until: Any = last_day) -> str:
        return mint_survey(office.keyring, SurveyToken(number, person.participant, choice), expires=until)

    def mailbox(of: str) -> str:
        return f"{configuration.reply_local}+{of}@{configuration.reply_domain}"

    stop = token(NO_SURVEYS, now.astimezone(UTC).date() + timedelta(days=STOP_DAYS))
    page = f"{base}{RATE_PATH}/{token(PAGE)}" if base else ""
    return Survey(
        choices=tuple(
            Choice(value, f"{page}?choice={value}" if page else "", mailbox(token(value)))
            for value in range(1, configuration.csat.scale + 1)
        ),
        stop_link=f"{base}{NO_SURVEYS_PATH}/{stop}" if base else "",
        stop_mailbox=mailbox(stop),
        subject=subject,
        customer=customer,
    )
