"""Is everything running? For people, for a load balancer, and for Prometheus."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import PlainTextResponse, Response

from gateway.report.health import Thresholds, examine
from gateway.report.metrics import CONTENT_TYPE, exposition
from gateway.report.overview import overview
from gateway.store.view_model import QueueAges
from gateway.web.visit import Refused, Visit


@dataclass(frozen=True, slots=True)
class Tile:
    label: str  # a key of words.py
    figure: int
    since: datetime | None = None
    look: bool = False  # worth a look as soon as it is not 0


def health(visit: Visit) -> Response:
    found = examine(
        visit.services.database, visit.now, free_bytes=visit.services.free_bytes, thresholds=_thresholds(visit)
    )
    with visit.services.database.read() as connection:
        now = overview(connection, visit.now)
    return visit.page("health.html.j2", checks=found.checks, ok=found.ok, tiles=tiles(now.queues), ledger=now.ledger)


def tiles(ages: QueueAges) -> tuple[Tile, ...]:
    """The figures that an admin looks at first."""
    waiting = ages.outbox.get("queued", 0) + ages.outbox.get("sending", 0)
    return (
        Tile("pending_mail", ages.pending, ages.oldest_pending_at),
        Tile("quarantined", ages.quarantined, look=True),
        Tile("queued_mail", waiting, ages.oldest_queued_at),
        Tile("held_mail", ages.outbox.get("held", 0), ages.oldest_held_at, look=True),
        Tile("failed_mail", ages.outbox.get("failed", 0), look=True),
    )


def healthz(visit: Visit) -> Response:
    """200 or 503 in one word; for load balancers and anybody, so it says nothing else."""
    found = examine(
        visit.services.database, visit.now, free_bytes=visit.services.free_bytes, thresholds=_thresholds(visit)
    )
    return PlainTextResponse("ok\n") if found.ok else PlainTextResponse("unwell\n", status_code=503)


def metrics(visit: Visit) -> Response:
    """Prometheus' text: for admins, and for a scraper that comes straight from this machine or a private network.

    What came through a proxy came from anywhere.
    """
    is_admin = visit.session is not None and visit.agent.role == "admin"
    forwarded = any(name in visit.headers for name in ("forwarded", "x-forwarded-for", "via"))
    if not is_admin and (forwarded or not _is_near(visit.peer)):
        raise Refused(403, "error_role")
    with visit.services.database.read() as connection:
        text = exposition(connection, visit.now, free_bytes=_free_bytes(visit))
    return Response(text, headers={"Content-Type": CONTENT_TYPE})


def _thresholds(visit: Visit) -> Thresholds:
    limits = visit.services.configuration().limits
    return Thresholds(pending_entries=limits.pending_entries, free_bytes=limits.free_disk_bytes)


def _free_bytes(visit: Visit) -> int | None:
    try:
        return visit.services.free_bytes()
    except OSError:
        return None


def _is_near(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer == ""  # a Unix socket
    return address.is_loopback or address.is_private
