"""Mail out: signed, laid into the outbox, and taken by a smarthost that throws it away. From the first signature to the last "sent"."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.journeys import REFERENCE, discarded
from bench.machinery import cpu_seconds, discarding, gateway, roles
from gateway.bell import Ropes
from gateway.config.model import Brand, DkimKey
from gateway.delivery.signed import signed
from gateway.notify.notices import Acknowledgement, Addressee, write
from gateway.notify.render import Templates
from gateway.store.database import Database
from gateway.store.outbox import OutgoingMail, enqueue
from gateway.store.schema import outbox
from tests.support.signed_mail import rsa_key

BATCH = 32
_SECONDS = 300.0


def measure_outbound(folder: Path, mails: int) -> list[dict[str, Any]]:
    """Acknowledgements of one brand, DKIM-signed with RSA 2048, over the connections that the defaults allow."""
    key = folder / "brand.pem"
    key.write_bytes(rsa_key(2048)[0])
    settings = DkimKey(domain="example.com", selector="s1", key_file=key)
    yardstick = discarded(mails)
    written = [_mail(number) for number in range(mails + 1)]
    with discarding() as (port, sink):
        environ = {"GATEWAY__OUTBOUND__SMARTHOST": f"127.0.0.1:{port}", "GATEWAY__OUTBOUND__TLS": "none"}
        with gateway(folder / "outbound", "--roles", "delivery", environ=environ) as running:
            database = Database(f"sqlite:///{running.data_dir / 'gateway.db'}")
            ropes = Ropes(running.data_dir, {"delivery": 1})
            _lay(database, ropes, [(number, raw, settings) for number, raw in written[mails:]])
            _wait_sent(database, 1)
            delivery = roles(running)["delivery"]
            before, began = cpu_seconds(delivery), time.perf_counter()
            own = time.process_time()
            for start in range(0, mails, BATCH):
                _lay(
                    database,
                    ropes,
                    [(number, raw, settings) for number, raw in written[start : min(start + BATCH, mails)]],
                )
            laid, own = time.perf_counter() - began, time.process_time() - own
            _wait_sent(database, mails + 1)
            seconds = time.perf_counter() - began
            cost = cpu_seconds(delivery) - before
            sunk = cpu_seconds(sink)
            ropes.close()
            database.dispose()
    per_second = mails / seconds
    ratio = per_second / yardstick
    return [
        {
            "what": "outbound, DKIM-signed (RSA 2048), to a smarthost that discards",
            "per_second": per_second,
            "laid_into_the_outbox_per_second": mails / laid,
            "cpu_ms_a_mail": {
                "signing and laying": round(own / mails * 1000, 2),
                "delivery": round(cost / mails * 1000, 2),
                "smarthost": round(sunk / mails * 1000, 2),
            },
            "discarding_per_second": yardstick,
            "ratio": ratio,
            "where_discarding_does_1625": ratio * REFERENCE,
            "target": ">= 300/s where discarding does 1625/s",
            "met": max(per_second, ratio * REFERENCE) >= 300,
        }
    ]


def _mail(number: int) -> tuple[int, bytes]:
    brand = Brand(id="bench", name="Example Support", addresses=("support@example.com",))
    to = Addressee(
        f"kim{number}@customer.example", "reply+x@reply.example.com", f"{number}.b@reply.example.com", None, ()
    )
    finished = write(
        Acknowledgement(),
        to,
        templates=_TEMPLATES,
        brand=brand,
        sender="support@example.com",
        language="ko",
        ticket=number + 1,
        date=datetime.now(UTC),
    )
    return number, finished.raw


_TEMPLATES = Templates()


def _lay(database: Database, ropes: Ropes, mails: list[tuple[int, bytes, DkimKey]]) -> None:
    now = datetime.now(UTC)
    rows = [
        OutgoingMail(
            kind="ack",
            once_key=f"bench:{number}",
            recipient=f"kim{number}@customer.example",
            reverse_path="",
            message_id=f"{number}.b@reply.example.com",
            subject="bench",
            raw=signed(raw, settings, now),
            created_at=now,
            expires_at=now + timedelta(hours=1),
            automatic=True,
        )
        for number, raw, settings in mails
    ]
    with database.write() as connection:
        enqueue(connection, rows)
    ropes.ring("delivery")


def _wait_sent(database: Database, wanted: int) -> None:
    deadline = time.monotonic() + _SECONDS
    query = select(func.count()).select_from(outbox).where(outbox.c.state == "sent")
    while time.monotonic() < deadline:
        with database.read() as connection:
            if connection.execute(query).scalar_one() >= wanted:
                return
        time.sleep(0.02)
    raise SystemExit(f"{wanted} mails were not sent within {_SECONDS:.0f} s")
