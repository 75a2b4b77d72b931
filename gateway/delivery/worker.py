"""The process that sends: claims due mails, offers them to the smarthost, writes what became of each.

One task hands mails to connections, one writes outcomes (many in one transaction), one prolongs leases. The database is used in
threads of its own, so that a slow one does not stop the conversation with the smarthost, and a slow smarthost nobody else.
"""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ParamSpec, TypeVar

from gateway.config.model import Configuration, Outbound
from gateway.delivery import attempt, schedule
from gateway.delivery.outcome import REPLY_LENGTH
from gateway.delivery.owner import is_gone, new_owner
from gateway.delivery.route import Route
from gateway.delivery.session import Broken, Patience, TrustStore, Unreachable
from gateway.delivery.storage import Storage
from gateway.store import outbox, outbox_upkeep
from gateway.store.database import Database
from gateway.store.outbox import Claimed, Settlement, State

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How the worker goes about it. The figures are seconds unless they say otherwise."""

    poll: float = 1.0  # how often to look for due mail without being told
    batch: int = 50  # mails in hand at one time
    lease: float = 120.0
    stalled: float = 0.75  # a try that takes longer no longer counts as one of the configured connections ...
    stalled_connections: int = 32  # ... as long as there are no more of them than this
    grace: float = 6.0  # for tries under way, when told to stop; then a third of it (at least 1) to write outcomes


class Delivery:
    """Sends until told to stop. ``configuration`` is asked before each step: a new smarthost is used at once."""

    def __init__(
        self,
        database: Database,
        configuration: Callable[[], Configuration],
        *,
        pace: Pace = Pace(),
        patience: Patience = Patience(),  # noqa: B008 - frozen
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        dice: Callable[[], float] = random.random,
        trust: TrustStore = ssl.create_default_context,
        rest_after: Callable[[int, float], timedelta] = schedule.reconnect_after,
    ) -> None:
        self._configuration = configuration
        self._pace = pace
        self._patience = patience
        self._clock = clock
        self._dice = dice
        self._trust = trust
        self._rest_after = rest_after
        self.owner = new_owner()
        self._storage = Storage(database, pause=pace.poll)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._outcome_bell = asyncio.Event()
        self._route: Route | None = None
        self._trial: asyncio.Task[None] | None = None  # the one try that shows whether an outage is over
        self._waiting: deque[Claimed] = deque()
        self._in_hand: dict[int, Claimed] = {}  # claimed and not settled
        self._tries: set[asyncio.Task[None]] = set()
        self._active = 0  # tries that count as connections
        self._stalled = 0
        self._outcomes: list[Settlement] = []
        self._look_at = 0.0  # loop time of the next look for due mail
        self._release_at = 0.0  # loop time of the next look for mail that was held for want of a smarthost
        self._reclaimed = False
        self._stopping = False

    def wake(self) -> None:
        """There may be something to send. From any thread; before ``run`` it does nothing."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._called)

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop`` is set; tries under way then get ``pace.grace`` seconds.

        What is cut off after that is as after a crash: its attempt is recorded, and it comes back when its lease has run out.
        """
        self._loop = asyncio.get_running_loop()
        settler = asyncio.create_task(self._settle_outcomes())
        keeper = asyncio.create_task(self._keep_leases())
        stopper = asyncio.create_task(self._ring_at(stop))
        try:
            while not stop.is_set():
                self._bell.clear()
                pause = await self._turn()
                if pause > 0:
                    await _event_or(self._bell, pause)
        finally:
            self._stopping = True
            stopper.cancel()
            self._return_waiting()
            if self._tries:
                await asyncio.wait(self._tries, timeout=self._pace.grace)
            for task in self._tries:
                task.cancel()
            self._outcome_bell.set()
            await asyncio.wait([settler], timeout=max(1.0, self._pace.grace / 3))
            settler.cancel()
            keeper.cancel()
            await asyncio.wait([settler, keeper, *self._tries])
            if self._route is not None:
                await self._route.close()
            self._storage.close()
            self._loop = None

    # --- handing mails to connections ---------------------------------------------------------------------------------

    async def _turn(self) -> float:
        """Do all that can be done now; seconds until there may be more to do without the bell."""
        try:
            if not self._reclaimed:
                await self._reclaim_of_the_dead()
                self._reclaimed = True
            outbound = self._configuration().outbound
            if self._route is None or self._route.outbound != outbound:
                await self._take_route(outbound)
            assert self._route is not None
            if not outbound.smarthost:
                return await self._hold_everything()
            await self._release_parked()
            if self._route.troubled:
                return await self._knock(self._route)
            self._start_tries()
            return await self._look_for_mail()
        except Exception as error:
            if not self._storage.is_at_fault(error):
                log.exception("delivery stumbled")
            return self._pace.poll

    async def _take_route(self, outbound: Outbound) -> None:
        old = self._route
        hostname = self._configuration().smtp.hostname or await asyncio.to_thread(socket.getfqdn)
        self._route = Route(
            outbound,
            hostname=hostname,
            patience=self._patience,
            dice=self._dice,
            trust=self._trust,
            rest_after=self._rest_after,
        )
        if old is not None:
            await old.close()
        self._look_at = 0.0
        self._release_at = 0.0
        if outbound.smarthost:
            log.info("delivery uses smarthost", extra={"smarthost": outbound.smarthost})

    async def _hold_everything(self) -> float:
        self._return_waiting()
        if await self._storage.read(outbox_upkeep.anything_queued):
            held = await self._storage.write(outbox_upkeep.park)
            log.info("mail is held: no smarthost is configured", extra={"held": held})
        return self._pace.poll

    async def _release_parked(self) -> None:
        """Again and again: a process that has not yet read the new configuration may still hold its mail."""
        assert self._loop is not None
        if self._loop.time() < self._release_at:
            return
        if await self._storage.read(outbox_upkeep.anything_parked):
            released = await self._storage.write(outbox_upkeep.unpark, self._clock())
            self._look_at = 0.0
            log.info("mail is released: a smarthost is configured", extra={"released": released})
        self._release_at = self._loop.time() + 2 * self._pace.poll

    async def _knock(self, route: Route) -> float:
        """The smarthost could not be used: keep everything but one mail, from time to time, until that one has a reply."""
        self._return_waiting()
        if self._trial is None and route.rest == 0.0:
            for claim in await self._claim(1):
                self._trial = self._begin(claim, route)
        return min(route.rest or self._pace.poll, self._pace.poll)

    def _start_tries(self) -> None:
        assert self._route is not None
        while self._waiting and self._active < self._route.outbound.connections:
            self._begin(self._waiting.popleft(), self._route)

    async def _look_for_mail(self) -> float:
        assert self._loop is not None
        assert self._route is not None
        self._route.tidy()
        now = self._loop.time()
        room = self._pace.batch - len(self._waiting)
        if now >= self._look_at and room * 2 >= self._pace.batch:
            claims = await self._claim(room)
            self._waiting.extend(claims)
            self._look_at = now if len(claims) == room else now + self._pace.poll
            self._start_tries()
        return max(0.0, self._look_at - self._loop.time()) if not self._waiting else self._pace.poll

    async def _claim(self, limit: int) -> list[Claimed]:
        now, jitter = self._clock(), self._dice()
        claims = await self._storage.write(
            outbox.claim,
            owner=self.owner,
            now=now,
            lease=timedelta(seconds=self._pace.lease),
            limit=limit,
            next_attempt=lambda attempts, expires_at: schedule.next_attempt(
                attempts, now, jitter, expires_at=expires_at
            ),
        )
        self._in_hand.update((claim.id, claim) for claim in claims)
        return claims

    def _begin(self, claim: Claimed, route: Route) -> asyncio.Task[None]:
        assert self._loop is not None
        self._active += 1
        task = asyncio.create_task(self._try(claim, route))
        self._tries.add(task)
        stalled = False

        def stall() -> None:
            nonlocal stalled
            if self._stalled < self._pace.stalled_connections:
                stalled = True
                self._stalled += 1
                self._active -= 1
                release_trial()
                self._ring()

        def release_trial() -> None:
            if self._trial is task:
                self._trial = None

        timer = self._loop.call_later(self._pace.stalled, stall)

        def end(_task: asyncio.Task[None]) -> None:
            timer.cancel()
            self._tries.discard(task)
            release_trial()
            if stalled:
                self._stalled -= 1
            else:
                self._active -= 1
            self._ring()

        task.add_done_callback(end)
        return task

    # --- one mail -----------------------------------------------------------------------------------------------------

    async def _try(self, claim: Claimed, route: Route) -> None:
        try:
            raw = claim.raw if claim.raw is not None else await self._storage.read(outbox.read_raw, claim.id)
            result = await attempt.attempt(claim, raw, route)
        except Unreachable as fault:
            self._decide(attempt.postpone(claim, str(fault)))
            if route.failed():
                log.warning("smarthost cannot be used", extra={"fault": str(fault)})
                await self._alarm(str(fault), over=False)
            return
        except Exception as error:
            log.exception("a try failed by our own fault", extra={"outbox": claim.id})
            result = Broken(f"our own fault: {type(error).__name__}"[:REPLY_LENGTH], unconfirmed=False)
        settlement = attempt.judge(claim, result, self._clock(), self._dice())
        self._decide(settlement)
        log.log(
            logging.WARNING if settlement.state is State.FAILED else logging.INFO,
            _DONE[settlement.state],
            extra={
                "outbox": claim.id,
                "ticket": claim.ticket_id,
                "kind": claim.kind,
                "to": claim.recipient,
                "attempt": claim.attempts,
                "reply": settlement.reply,
            },
        )
        if not isinstance(result, Broken) and route.worked():
            log.info("smarthost can be used again")
            await self._alarm("", over=True)

    def _decide(self, settlement: Settlement) -> None:
        self._outcomes.append(settlement)
        self._outcome_bell.set()

    def _return_waiting(self) -> None:
        while self._waiting:
            self._decide(attempt.give_back(self._waiting.popleft()))

    # --- the database -------------------------------------------------------------------------------------------------

    async def _settle_outcomes(self) -> None:
        """Write outcomes, all that came while the last ones were written in one transaction; try until it is done."""
        while self._outcomes or not self._stopping:
            await self._outcome_bell.wait()
            self._outcome_bell.clear()
            batch, self._outcomes = self._outcomes, []
            if not batch:
                continue
            written = await self._storage.write_persistently(outbox.settle, batch, self._clock())
            for settlement in batch:
                self._in_hand.pop(settlement.id, None)
                if settlement.id not in written:
                    log.warning("a late outcome was refused: the lease had run out", extra={"outbox": settlement.id})
            self._ring()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._pace.lease / 4)
            if self._in_hand:
                lease = timedelta(seconds=self._pace.lease)
                claims = tuple(self._in_hand.values())
                await self._storage.write_persistently(outbox.extend, claims, now=self._clock(), lease=lease)

    async def _reclaim_of_the_dead(self) -> None:
        """Mails in the hands of processes of this machine that are gone: no need to wait for their leases."""
        owners = await self._storage.read(outbox_upkeep.owners)
        dead = [owner for owner in owners if is_gone(owner, self.owner)]
        if dead:
            reclaimed = await self._storage.write(outbox_upkeep.reclaim_from, dead)
            log.info("took back mail of a process that is gone", extra={"mails": reclaimed})

    async def _alarm(self, fault: str, *, over: bool) -> None:
        try:
            await self._storage.write(outbox_upkeep.alarm, self._clock(), fault, over=over)
        except Exception as error:
            log.warning("an alarm could not be stored", extra={"fault": str(error)})

    # --- bells --------------------------------------------------------------------------------------------------------

    def _ring(self) -> None:
        self._bell.set()

    def _called(self) -> None:
        self._look_at = 0.0
        self._bell.set()

    async def _ring_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._ring()


_DONE = {State.SENT: "mail sent", State.QUEUED: "mail deferred", State.FAILED: "mail failed"}


async def _event_or(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
