"""What time brings for held mail: the weekly digest, the last call, deletion after it, and the end of deleted bytes.

Whatever is due stands in rows and settings, so any node may look, several may, and after a week of downtime one mail catches up.
Nothing is deleted by itself before a mail that announced it was really sent, and the days that it promised have passed.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gateway.config.quarantine import WEEKDAYS
from gateway.delivery.signed import signed
from gateway.desk.alarms import raise_alarm
from gateway.desk.office import Office
from gateway.desk.quarantine import Act, note
from gateway.mail.masking import mask
from gateway.notify.held import CauseCount, Digest, HeldMail, LastCall, write_held
from gateway.store.agents import list_agents
from gateway.store.database import Database
from gateway.store.outbox import NO_SMARTHOST, OutgoingMail, enqueue
from gateway.store.quarantine import announced, delete, erase
from gateway.store.quarantine_calls import ONCE_KEY, advance, due_for_deletion, forget_unheard
from gateway.store.quarantine_views import longest_held, sums_by_cause
from gateway.store.tickets import GATEWAY
from gateway.store.view_model import QuarantineRow
from gateway.threading.causes import CARRY_SECRETS
from gateway.threading.model import NoticeKind
from gateway.threading.tokens import mint_message_id

BATCH = 100
LINES = 15  # mails that a digest or last call names
MOST_ANNOUNCED = 2_000  # in one last call; the rest waits for the next day's
LIFETIME = timedelta(days=5)  # as long as an answer: nothing is deleted before it was sent

_DIGEST = "quarantine_digest"
_LAST_CALL = "quarantine_last_call"


def latest_turn(now: datetime, zone: ZoneInfo, hour: int, weekday: int | None = None) -> date:
    """The last day (Monday is 0; None: any day) on which the clock of ``zone`` has passed ``hour``."""
    local = now.astimezone(zone)
    day = local.date()
    if local < datetime.combine(day, time(hour), zone):
        day -= timedelta(days=1)
    return day if weekday is None else day - timedelta(days=(day.weekday() - weekday) % 7)


def send_digest(database: Database, office: Office, now: datetime) -> int:
    """Write the weekly digest if its turn has come since the last one; how many mails. An empty quarantine is not worth one."""
    settings = office.configuration.quarantine
    if not settings.digest:
        return 0
    day = latest_turn(now, _zone(office), settings.hour, WEEKDAYS.index(settings.digest_weekday))
    with database.write() as connection:
        if not advance(connection, _DIGEST, day.isoformat()):
            return 0
        causes = tuple(CauseCount(it.cause, it.mails, it.oldest_at) for it in sums_by_cause(connection))
        if not causes:
            return 0
        soon = _lines(longest_held(connection, limit=LINES), office)
        return _post(connection, office, Digest(causes, soon, settings.keep_days), f"quarantine-digest:{day}:", now)


def send_last_call(database: Database, office: Office, now: datetime) -> int:
    """Announce, once a day, what could be deleted before tomorrow's announcement is heard; how many mails were written."""
    settings = office.configuration.quarantine
    day = latest_turn(now, _zone(office), settings.hour).isoformat()
    kept, ahead = timedelta(days=settings.keep_days), timedelta(days=settings.last_call_days)
    with database.write() as connection:
        forget_unheard(connection)
        if not advance(connection, _LAST_CALL, day):
            return 0
        soon = now + ahead + timedelta(days=1) - kept
        rows = longest_held(connection, limit=MOST_ANNOUNCED, held_before=soon, unannounced=True)
        if not rows:
            return 0
        earliest = max(_held_at(rows[0]) + kept, now + ahead)
        notice = LastCall(_counted(rows), _lines(rows[:LINES], office), earliest)
        written = _post(connection, office, notice, f"{ONCE_KEY}{day}:", now)
        if written:
            announced(connection, [row.id for row in rows], day)
        return written


def delete_announced(database: Database, office: Office, now: datetime) -> int:
    """Delete what is past its days and was announced long enough ago; how many mails."""
    settings = office.configuration.quarantine
    held_before = now - timedelta(days=settings.keep_days)
    sent_before = now - timedelta(days=settings.last_call_days)
    done = 0
    while True:
        with database.write() as connection:
            due = due_for_deletion(connection, held_before=held_before, sent_before=sent_before, limit=BATCH)
            deleted = delete(connection, due, actor=GATEWAY, now=now) if due else []
            note(connection, Act.DELETE, deleted, actor=GATEWAY, now=now)
        done += len(deleted)
        if not deleted:
            return done


def end_deleted(database: Database, office: Office, now: datetime) -> int:
    """Remove the bytes of mail that was deleted longer ago than it can be taken back; how many mails."""
    before = now - timedelta(days=office.configuration.quarantine.undo_days)
    done = 0
    while True:
        with database.write() as connection:
            ended = erase(connection, deleted_before=before, now=now, limit=BATCH)
        done += ended
        if ended < BATCH:
            return done


def _post(connection: Connection, office: Office, notice: Digest | LastCall, once_key: str, now: datetime) -> int:
    """One mail to each active admin, in their own language; how many were new."""
    configuration = office.configuration
    brand = configuration.brands[0]
    mails = []
    for agent in list_agents(connection, active_only=True):
        if agent.role != "admin" or office.addresses.is_ours(agent.address):  # to ourselves it would become a ticket
            continue
        message_id = mint_message_id(
            office.keyring,
            ticket=0,
            participant=0,
            kind=NoticeKind.AGENT,
            nonce=f"{once_key}{agent.id}".encode(),
            domain=configuration.reply_domain,
        )
        subject, raw = write_held(
            notice,
            language=agent.language,
            brand=brand,
            zone=_zone(office),
            to=agent.address,
            desk=configuration.web.base_url,
            message_id=message_id,
            date=now,
        )
        mails.append(
            OutgoingMail(
                kind=NoticeKind.AGENT.value,
                once_key=f"{once_key}{agent.id}",
                recipient=agent.address,
                reverse_path="",  # nobody reads a report about it, and it must never be answered
                message_id=message_id,
                subject=subject,
                raw=signed(raw, brand.dkim, now),
                created_at=now,
                expires_at=now + LIFETIME,
                automatic=False,
                hold_reason=None if configuration.outbound.smarthost else NO_SMARTHOST,
            )
        )
    if not mails:
        why = "mail is held in quarantine, and there is no active admin with an address outside to tell"
        raise_alarm(connection, office, "quarantine_unheard", why, now)
    return sum(row is not None for row in enqueue(connection, mails))


def _zone(office: Office) -> ZoneInfo:
    configuration = office.configuration
    return ZoneInfo(configuration.quarantine.time_zone or configuration.brands[0].time_zone)


def _held_at(row: QuarantineRow) -> datetime:
    return row.settled_at or row.received_at


def _lines(rows: Sequence[QuarantineRow], office: Office) -> tuple[HeldMail, ...]:
    kept, hidden = timedelta(days=office.configuration.quarantine.keep_days), office.configuration.privacy.mask
    return tuple(
        HeldMail(
            row.sender,
            "" if row.cause in CARRY_SECRETS else mask(row.subject, hidden),
            row.cause or "",
            _held_at(row) + kept,
        )
        for row in rows
    )


def _counted(rows: Sequence[QuarantineRow]) -> tuple[CauseCount, ...]:
    """By cause, most first; ``rows`` begin with the longest held."""
    found: dict[str, CauseCount] = {}
    for row in rows:
        cause = row.cause or ""
        known = found.get(cause, CauseCount(cause, 0, _held_at(row)))
        found[cause] = CauseCount(cause, known.mails + 1, known.oldest_at)
    return tuple(sorted(found.values(), key=lambda it: (-it.mails, it.cause)))
