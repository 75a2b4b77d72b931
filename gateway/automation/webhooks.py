"""Tell other programs: each call is a row that is written with the rule's other changes, and made afterwards until it is answered.

A call is an HTTP POST of JSON with three header fields: ``X-Gateway-Key``, the same at each repetition; ``X-Gateway-Timestamp``; and
``X-Gateway-Signature: v1=`` with the HMAC-SHA256, in hexadecimal, of timestamp, a full stop and the body, under the webhook's secret.
Redirects are not followed: who may be called stands in the configuration.
"""

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import Connection, Row, insert, or_, select, update

from gateway.automation.effects import CannotDo
from gateway.config.webhooks import Webhook
from gateway.desk.office import Office
from gateway.mail.masking import masked
from gateway.rules.changes import Effect
from gateway.store.database import Database
from gateway.store.schema import contacts, messages, tickets, webhook_calls
from gateway.store.tickets import add_events

SECONDS = 10.0
"""For connecting, and for each read of the answer."""

SECONDS_IN_ALL = 30.0
"""For a whole call: a program that answers an octet at a time must not keep all others waiting."""

MAX_ANSWER = 2_000
"""Octets of the answer that are read; they are kept to be shown."""

UNICAST = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is reached."""

LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
"""Between tries. After the last one the call is given up: about two days."""

Resolve = Callable[[str, int], list[str]]
"""Host and port to addresses; raises OSError."""


class Refused(Exception):
    """The call may not be made; another try would not help. The text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str


def add_call(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:
    """Leave a call to be made: the effect ``webhook`` of a rule."""
    hook = office.webhooks.get(effect.value)
    if hook is None:
        raise CannotDo(f"there is no webhook {effect.value}")
    payload = masked(_payload(connection, number, effect.rule, hook, now), office.configuration.privacy.mask)
    connection.execute(
        insert(webhook_calls).values(
            webhook=hook.id,
            rule=effect.rule[:80],
            ticket_id=number,
            key=office.entropy(16).hex(),
            payload=payload,
            state="waiting",
            created_at=now,
            next_attempt_at=now,
        )
    )
    return False


def _payload(connection: Connection, number: int, rule: str, hook: Webhook, now: datetime) -> dict[str, Any]:
    row = connection.execute(
        select(tickets, contacts.c.address.label("requester"))
        .join(contacts, contacts.c.id == tickets.c.requester_id)
        .where(tickets.c.id == number)
    ).one()
    facts: dict[str, Any] = {
        "number": row.id,
        "brand": row.brand,
        "status": row.status,
        "priority": row.priority,
        "team": row.team,
        "type": row.type or None,
        "fields": row.fields,
        "language": row.language,
        "requester": row.requester,
        "created_at": row.created_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
    }
    if hook.words:
        newest = connection.execute(
            select(messages.c.reply_text)
            .where(messages.c.ticket_id == number, messages.c.public)
            .order_by(messages.c.id.desc())
            .limit(1)
        ).scalar_one_or_none()
        facts |= {"subject": row.subject, "text": (newest or "")[:20_000]}
    return {"event": "rule", "rule": rule, "at": now.isoformat(), "ticket": facts}


def make_calls(
    database: Database, office: Office, now: datetime, *, resolve: Resolve | None = None, limit: int = 10
) -> int:
    """Make the calls that are due; how many were tried. Each is claimed first, so that two nodes do not make it at once."""
    with database.write() as connection:
        claimed = _claim(connection, now, limit)
    for row in claimed:
        outcome: Answer | Exception
        try:
            outcome = _call(office, row, now, resolve or _addresses)
        except (Refused, OSError, http.client.HTTPException) as error:
            outcome = error
        with database.write() as connection:
            _settle(connection, row, outcome, now)
    return len(claimed)


def _claim(connection: Connection, now: datetime, limit: int) -> list[Row[Any]]:
    due = (
        select(webhook_calls)
        .where(
            webhook_calls.c.state == "waiting",
            webhook_calls.c.next_attempt_at <= now,
            or_(webhook_calls.c.lease_until.is_(None), webhook_calls.c.lease_until <= now),
        )
        .order_by(webhook_calls.c.next_attempt_at, webhook_calls.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(connection.execute(due))
    numbers = [row.id for row in rows]
    connection.execute(update(webhook_calls).where(webhook_calls.c.id.in_(numbers)).values(lease_until=now + LEASE))
    return rows


def _settle(connection: Connection, row: Row[Any], outcome: Answer | Exception, now: datetime) -> None:
    attempts = row.attempts + 1
    values: dict[str, Any] = {"attempts": attempts, "lease_until": None}
    if isinstance(outcome, Answer) and 200 <= outcome.status < 300:
        values |= {"state": "done", "finished_at": now, "next_attempt_at": None, "last_reply": f"{outcome.status}"}
    else:
        why = _why(outcome)
        final = (
            isinstance(outcome, Refused)
            or attempts > len(WAITS)
            or (isinstance(outcome, Answer) and outcome.status == 410)
        )
        values["last_reply"] = why
        if final:
            values |= {"state": "failed", "finished_at": now, "next_attempt_at": None}
            data = {"rule": row.rule, "why": f"webhook {row.webhook}: {why}"}
            add_events(connection, row.ticket_id, now, ("rule_failed", "rule", data), handled=True)
        else:
            values["next_attempt_at"] = now + WAITS[attempts - 1]
    connection.execute(update(webhook_calls).where(webhook_calls.c.id == row.id).values(values))


def _why(outcome: Answer | Exception) -> str:
    if isinstance(outcome, Answer):
        return f"it answered {outcome.status} {outcome.text}".strip()[:500]
    return " ".join((str(outcome) or type(outcome).__name__).split())[:500]


def _call(office: Office, row: Row[Any], now: datetime, resolve: Resolve) -> Answer:
    hook = office.webhooks.get(row.webhook)
    if hook is None:
        raise Refused("it is not in the configuration any more")
    body = json.dumps(row.payload, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = str(int(now.timestamp()))
    parts = urlsplit(hook.url)
    connection = _connection(parts, _allowed(hook, parts, resolve))
    ends = threading.Timer(SECONDS_IN_ALL, connection.cut)
    ends.start()
    try:
        connection.request(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "support-gateway",
                "X-Gateway-Key": row.key,
                "X-Gateway-Timestamp": timestamp,
                "X-Gateway-Signature": f"v1={signature(hook.secret.get_secret_value(), timestamp, body)}",
            },
        )
        answer = connection.getresponse()
        text = answer.read(MAX_ANSWER).decode("utf-8", "replace")
    except (OSError, ValueError, http.client.HTTPException):
        if not connection.is_cut:
            raise
    finally:
        ends.cancel()
        connection.close()
    if connection.is_cut:
        raise TimeoutError(f"it took longer than {SECONDS_IN_ALL:g} s in all")
    return Answer(answer.status, "".join(character if character.isprintable() else " " for character in text))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What proves to the other side that we called: compare it in constant time, and refuse timestamps older than minutes."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _addresses(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _allowed(hook: Webhook, parts: SplitResult, resolve: Resolve) -> str:
    """The address to connect to. It is looked up once and then used, so that a name cannot lead elsewhere in between."""
    host = parts.hostname or ""
    found = resolve(host, _port(parts))
    if not found:
        raise OSError(f"{host} has no address")
    if not hook.allow_private:
        private = [address for address in found if not _is_public(address)]
        if private:
            raise Refused(f"{host} leads to {private[0]}, which is no public address (`allow_private` is off)")
    return found[0]


def _is_public(address: str) -> bool:
    """Whether it is reached through the internet; of an address that stands for one of IPv4, whether that one is."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed in NAT64:
            parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        elif parsed not in UNICAST or parsed.sixtofour is not None:
            return False
    return parsed.is_global and not parsed.is_multicast


class _Pinned(http.client.HTTPConnection):
    """Connects to a given address, whatever its host's name leads to."""

    def __init__(self, parts: SplitResult, address: str, context: ssl.SSLContext | None) -> None:
        super().__init__(parts.hostname or "", _port(parts), timeout=SECONDS)
        self._address = address
        self._context = context
        self._open: socket.socket | None = None  # the library lets go of it while the answer is read
        self.is_cut = False

    def connect(self) -> None:
        self._open = socket.create_connection((self._address, self.port), timeout=SECONDS)
        if self._context is not None:
            self._open = self._context.wrap_socket(self._open, server_hostname=self.host)
        self.sock = self._open

    def cut(self) -> None:
        """End it now, from another thread; whoever reads gets an error or the end."""
        self.is_cut = True
        if self._open is not None:
            with suppress(OSError):
                self._open.shutdown(socket.SHUT_RDWR)


def _connection(parts: SplitResult, address: str) -> _Pinned:
    return _Pinned(parts, address, ssl.create_default_context() if parts.scheme == "https" else None)
