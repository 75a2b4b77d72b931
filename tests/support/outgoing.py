"""Mails for the outbox, and a delivery worker that runs while a test looks on."""

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Row, insert, select

from gateway.config.model import Configuration
from gateway.delivery.worker import Delivery
from gateway.store.database import Database
from gateway.store.outbox import OutgoingMail, enqueue
from gateway.store.schema import contacts, events, outbox, tickets

_numbers = itertools.count(1)


def configuration(**outbound: Any) -> Configuration:
    """A configuration with this ``outbound`` section."""
    return Configuration.model_validate(
        {
            "reply_domain": "reply.example.com",
            "admin": "admin@example.com",
            "brands": [{"id": "example", "name": "Example", "addresses": ["support@example.com"]}],
            "smtp": {"hostname": "gateway.example.com"},
            "outbound": outbound,
        }
    )


def mail(recipient: str = "ok@customer.test", **changes: Any) -> OutgoingMail:
    """A finished mail, with a Message-ID and an event of its own."""
    number = next(_numbers)
    now = changes.pop("created_at", datetime.now(UTC))
    message_id = f"gw.{number}@reply.example.com"
    raw = (
        f"From: Example <support@example.com>\r\nTo: <{recipient}>\r\nSubject: Mail {number}\r\n"
        f"Message-ID: <{message_id}>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"\r\nHello.\r\n.a line with a dot\r\n.\r\n..\r\nBye {number}.\r\n"
    ).encode(errors="replace")
    values: dict[str, Any] = {
        "kind": "answer",
        "once_key": f"answer:{number}",
        "recipient": recipient,
        "reverse_path": "reply+token@reply.example.com",
        "message_id": message_id,
        "subject": f"Mail {number}",
        "raw": raw,
        "created_at": now,
        "expires_at": now + timedelta(days=5),
        "automatic": False,
    }
    return OutgoingMail(**(values | changes))


def store(database: Database, *mails: OutgoingMail) -> list[int | None]:
    with database.write() as connection:
        return enqueue(connection, mails)


def make_ticket(database: Database, **values: Any) -> int:
    """A ticket of a new contact."""
    now = datetime.now(UTC)
    address = f"customer{next(_numbers)}@customer.test"
    with database.write() as connection:
        contact = connection.execute(
            insert(contacts).values(address_key=address, address=address, created_at=now).returning(contacts.c.id)
        ).scalar_one()
        ticket: int = connection.execute(
            insert(tickets)
            .values(
                {
                    "brand": "example",
                    "address": "support@example.com",
                    "status": "open",
                    "subject": "Help",
                    "requester_id": contact,
                    "language": "en",
                    "created_at": now,
                    "updated_at": now,
                }
                | values
            )
            .returning(tickets.c.id)
        ).scalar_one()
    return ticket


def row(database: Database, number: int | None) -> Row[*tuple[Any, ...]]:
    with database.read() as connection:
        return connection.execute(select(outbox).where(outbox.c.id == number)).one()


def events_of(database: Database, ticket: int | None) -> list[Row[*tuple[Any, ...]]]:
    with database.read() as connection:
        return list(connection.execute(select(events).where(events.c.ticket_id == ticket).order_by(events.c.id)))


class Running:
    """A ``Delivery`` in a thread with a loop of its own, from ``with`` to the end of the block."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self._fault: BaseException | None = None

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self.delivery.run(self._stop))
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        except BaseException as error:  # shown where the test ends
            self._fault = error
        finally:
            self._loop.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        assert not self._thread.is_alive(), "the delivery did not stop"
        if self._fault is not None and error is None:
            raise self._fault


@contextlib.contextmanager
def sending(
    database: Database, settings: Configuration | Callable[[], Configuration], **options: Any
) -> Iterator[Delivery]:
    """A delivery that sends what is in ``database`` while the block runs."""
    ask = settings if callable(settings) else lambda: settings
    with Running(Delivery(database, ask, **options)) as running:
        yield running.delivery
