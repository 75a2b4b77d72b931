"""Figures for Prometheus, all from the database: they hold for every process and node, and survive a restart.

Rates (mails a second and the like) are the reader's work: ``rate(gateway_journal_accepted_total[5m])``. Counters of single
processes are left out on purpose; what they would count is in the ledger.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from gateway import __version__
from gateway.journal import Fate, balance
from gateway.store.breaker import read_breaker
from gateway.store.mail_views import queue_ages
from gateway.store.promise_views import standings, waiting_by_team
from gateway.store.quarantine_views import sums_by_cause
from gateway.store.schema import events, outbox, ratings, silences, surveys, tickets
from gateway.threading.causes import Cause
from gateway.threading.model import Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_OUTBOX_STATES = ("queued", "sending", "held", "sent", "failed", "discarded")


def exposition(connection: Connection, now: datetime, *, free_bytes: int | None = None) -> bytes:
    """All figures in Prometheus' text form (``CONTENT_TYPE``). Costs a few counts over indexes; keep it for some seconds."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(tuple(_figures(connection, now, free_bytes))))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _figures(connection: Connection, now: datetime, free_bytes: int | None) -> Iterable[Metric]:
    ledger = balance(connection)
    ages = queue_ages(connection, now)
    states = _counts(connection, outbox.c.state)
    yield _gauge("gateway_build_info", "This program; always 1", {__version__: 1}, "version")
    yield _counter("gateway_journal_accepted", "Mails accepted with a 250 since the beginning", {"": ledger.accepted})
    yield _gauge(
        "gateway_journal_fates",
        "Mails by what became of them; a gauge, because mail leaves quarantine",
        {fate.value: ledger.fates.get(fate.value, 0) for fate in Fate},
        "fate",
    )
    held = sums_by_cause(connection)
    causes = {cause.value: 0 for cause in Cause} | {it.cause: it.mails for it in held}
    yield _gauge("gateway_quarantine_mails", "Mails held in quarantine, by cause", causes, "cause")
    yield _gauge(
        "gateway_quarantine_oldest_seconds",
        "How long the mail that is held the longest has been held",
        {"": _age(min((it.oldest_at for it in held), default=None), now)},
    )
    yield _gauge("gateway_journal_pending", "Accepted mails without a fate yet", {"": ledger.pending})
    yield _gauge("gateway_journal_crashed", "Pending mails that crashed the pipeline at least once", {"": ages.crashed})
    yield _gauge(
        "gateway_journal_balanced", "1 if accepted = sum of fates + pending, which always holds", {"": ledger.adds_up}
    )
    yield _gauge(
        "gateway_journal_oldest_pending_seconds",
        "Age of the oldest pending mail",
        {"": _age(ages.oldest_pending_at, now)},
    )
    yield _gauge(
        "gateway_outbox_mails", "Mails out by state", {state: states.get(state, 0) for state in _OUTBOX_STATES}, "state"
    )
    yield _gauge(
        "gateway_outbox_oldest_seconds",
        "Age of the oldest mail out that waits",
        {"queued": _age(ages.oldest_queued_at, now), "held": _age(ages.oldest_held_at, now)},
        "state",
    )
    numbers = _counts(connection, tickets.c.status)
    yield _gauge(
        "gateway_tickets",
        "Tickets by status",
        {status.value: numbers.get(status.value, 0) for status in Status},
        "status",
    )
    yield from _promised(connection, now)
    breaker = read_breaker(connection)
    yield _gauge(
        "gateway_automatic_mail_breaker_open",
        "1 while addresses that nothing proves get no automatic mail",
        {"": breaker.is_open(now)},
    )
    silent = connection.execute(select(func.count()).select_from(silences).where(silences.c.until > now)).scalar_one()
    yield _gauge("gateway_silenced_addresses", "Addresses that asked for no automatic mail", {"": silent})
    yield from survey_figures(connection)
    alarms = select(func.count()).select_from(events).where(events.c.kind == "alarm")
    yield _counter(
        "gateway_alarms",
        "Alarms since the beginning, one an hour for each reason",
        {"": connection.execute(alarms).scalar_one()},
    )
    yield _gauge("gateway_timers_overdue", "Timers that should have been carried out", {"": ages.overdue_timers})
    if free_bytes is not None:
        yield _gauge("gateway_free_disk_bytes", "Free space where the data directory lies", {"": free_bytes})


def survey_figures(connection: Connection) -> Iterable[Metric]:
    """Surveys by what became of them, ratings by which side of the middle they are on."""
    asked = func.count(surveys.c.asked_at)
    waiting, skipped = func.count(surveys.c.due_at), func.count(surveys.c.skipped)
    row = connection.execute(select(asked, waiting, skipped)).one()
    yield _gauge(
        "gateway_surveys",
        "Solved tickets that customers were asked about, will be, or were not",
        dict(zip(("asked", "waiting", "skipped"), row, strict=True)),
        "state",
    )
    counts = dict.fromkeys(("satisfied", "neutral", "dissatisfied"), 0)
    for score, count in connection.execute(select(ratings.c.score, func.count()).group_by(ratings.c.score)):
        counts["satisfied" if score > 0.5 else "neutral" if score == 0.5 else "dissatisfied"] += count
    yield _gauge("gateway_ratings", "Ratings by customers, as they stand now", counts, "kind")


def _promised(connection: Connection, now: datetime) -> Iterable[Metric]:
    help_text = "Promises of unsolved tickets whose clock runs, by policy and metric; late: past their time"
    family = GaugeMetricFamily("gateway_promises", help_text, labels=["policy", "metric", "state"])
    for one in standings(connection, now):
        family.add_metric([one.policy, one.metric, "running"], one.running - one.late)
        family.add_metric([one.policy, one.metric, "late"], one.late)
    yield family
    help_text = "Tickets whose customer waits for a word of ours, by team"
    family = GaugeMetricFamily("gateway_tickets_waiting", help_text, labels=["team"])
    for team, count in (waiting_by_team(connection) or {"": 0}).items():
        family.add_metric([team], count)
    yield family


def _counts(connection: Connection, column: object) -> Mapping[str, int]:
    rows = connection.execute(select(column, func.count()).group_by(column))  # type: ignore[call-overload]
    return {row[0]: row[1] for row in rows}


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _gauge(name: str, help_text: str, values: Mapping[str, float], label: str | None = None) -> Metric:
    return _filled(GaugeMetricFamily(name, help_text, labels=[label] if label else None), values)


def _counter(name: str, help_text: str, values: Mapping[str, float], label: str | None = None) -> Metric:
    return _filled(CounterMetricFamily(name, help_text, labels=[label] if label else None), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for label, value in values.items():
        family.add_metric([label] if label else [], value)
    return family
