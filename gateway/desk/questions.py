"""The question how somebody was served: what speaks against it, what it says, and what is kept of it (docs/csat.md).

It goes out alone (``gateway.desk.surveys``) or beside the word that the ticket is solved (``csat.with_solution``).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from gateway.desk.automatic import Posted, stay_silent
from gateway.desk.office import Office
from gateway.desk.outgoing import Person
from gateway.notify.policy import Suppression
from gateway.notify.survey import Choice, Survey
from gateway.store.schema import contacts, messages, outbox, surveys, ticket_tags
from gateway.store.tickets import add_events
from gateway.threading.model import NoticeKind
from gateway.threading.survey_tokens import NO_SURVEYS, PAGE, SurveyToken, mint_survey

RATE_PATH = "/rate"  # of the pages of gateway.web.pages.surveys
NO_SURVEYS_PATH = "/no-surveys"
STOP_DAYS = 365  # how long "no more surveys" in a mail works; longer than its answers count


def question_beside(
    connection: Connection, office: Office, ticket: Row[Any], person: Person, now: datetime
) -> Survey | None:
    """The question to stand in the mail that says that the ticket is solved, where that is configured and nothing speaks against it.

    What speaks against it is an event. The caller posts the mail and then calls ``keep``.
    """
    settings = office.configuration.csat
    kept = connection.execute(select(surveys).where(surveys.c.ticket_id == ticket.id)).one_or_none()
    if not settings.enabled or not settings.with_solution or (kept is not None and kept.asked_at is not None):
        return None
    if not (office.addresses.brand(ticket.brand).csat or (kept is not None and kept.ruled)):
        return None
    if kept is None:
        connection.execute(insert(surveys).values(ticket_id=ticket.id))
    connection.execute(
        update(surveys).where(surveys.c.ticket_id == ticket.id).values(solved_at=now, due_at=None, skipped=None)
    )
    survey = connection.execute(select(surveys).where(surveys.c.ticket_id == ticket.id)).one()
    contact = connection.execute(select(contacts).where(contacts.c.id == person.contact).with_for_update()).one()
    why = next(objections(connection, office, ticket, survey, contact, now), None)
    if why is None:
        return survey_for(office, ticket.id, person, now)
    add_events(connection, ticket.id, now, stay_silent(NoticeKind.CSAT, person, why).event)
    remember_skip(connection, ticket.id, why.reason)
    return None


def keep(connection: Connection, office: Office, number: int, person: Person, posted: Posted, now: datetime) -> None:
    """Remember what became of a question that was posted: that it was asked, or why not."""
    told = posted.event[2]
    if not posted.outgoing:
        remember_skip(connection, number, str(told["reason"]))
        return
    connection.execute(
        update(surveys)
        .where(surveys.c.ticket_id == number)
        .values(
            due_at=None,
            skipped=None,
            asked_at=now,
            ends_at=_ends_at(office, now),
            participant_id=person.participant,
            contact_id=person.contact,
            scale=office.configuration.csat.scale,
            message_id=told["message_id"],
        )
    )


def remember_skip(connection: Connection, number: int, reason: str) -> None:
    connection.execute(update(surveys).where(surveys.c.ticket_id == number).values(due_at=None, skipped=reason[:40]))


def objections(
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


def survey_for(
    office: Office, number: int, person: Person, now: datetime, *, subject: str | None = None, customer: str = ""
) -> Survey:
    """The question to this person about this ticket, with its signed links and addresses."""
    configuration = office.configuration
    last_day = _ends_at(office, now).astimezone(UTC).date()
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


def _ends_at(office: Office, now: datetime) -> datetime:
    return now + timedelta(days=office.configuration.csat.window_days)
