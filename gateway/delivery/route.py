"""The way to the smarthost: connections that are used again, and patience with a smarthost that cannot be reached."""

import asyncio
import ssl
import time
from collections.abc import Callable
from datetime import timedelta

from gateway.config.model import Outbound
from gateway.delivery.schedule import reconnect_after
from gateway.delivery.session import Patience, Session, TrustStore

IDLE_SECONDS = 10.0
"""How long an unused connection is kept. Shorter than any server's patience, long enough to bridge a moment's lull."""

MAILS_A_CONNECTION = 500
"""Then a new one is made, so that the load spreads over a smarthost's machines."""

ALARM_AFTER = 3
"""Failures in a row: a smarthost that restarts is nobody's alarm."""


class Route:
    """Connections under one configuration of ``outbound``. A changed configuration is a new route."""

    def __init__(
        self,
        outbound: Outbound,
        *,
        hostname: str,
        patience: Patience,
        dice: Callable[[], float],
        trust: TrustStore = ssl.create_default_context,
        rest_after: Callable[[int, float], timedelta] = reconnect_after,
    ) -> None:
        """``rest_after(failures, dice)``: how long to leave a smarthost alone."""
        self.outbound = outbound
        self._hostname = hostname
        self._patience = patience
        self._dice = dice
        self._trust = trust
        self._rest_after = rest_after
        self._idle: list[tuple[float, Session]] = []  # when it was given back; the youngest last
        self._farewells: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._rest_until = 0.0
        self.closed = False

    @property
    def rest(self) -> float:
        """Seconds until the smarthost may be tried again; 0: now."""
        return max(0.0, self._rest_until - time.monotonic())

    @property
    def troubled(self) -> bool:
        """No mail has got a reply since the smarthost could not be used."""
        return self._failures > 0

    def failed(self) -> bool:
        """It could not be used: leave it alone for a while. True where that is worth an alarm: the third time in a row."""
        if self.rest > 0.0:  # connections that fail together are one failure
            return False
        self._failures += 1
        self._rest_until = time.monotonic() + self._rest_after(self._failures, self._dice()).total_seconds()
        return self._failures == ALARM_AFTER

    def worked(self) -> bool:
        """A mail got a reply. True where that ends an outage which was worth an alarm."""
        ended = self._failures >= ALARM_AFTER
        self._failures, self._rest_until = 0, 0.0
        return ended

    async def take(self, *, fresh: bool = False) -> Session:
        """A connection that is ready for a mail: the youngest idle one, or (``fresh``: always) a new one; Unreachable else."""
        while self._idle and not fresh:
            given_back, session = self._idle.pop()
            if session.usable and time.monotonic() - given_back < IDLE_SECONDS:
                return session
            self._part(session)
        return await Session.open(self.outbound, hostname=self._hostname, patience=self._patience, trust=self._trust)

    def give_back(self, session: Session) -> None:
        if not session.usable:
            session.close()
        elif self.closed or session.mails >= MAILS_A_CONNECTION or len(self._idle) >= self.outbound.connections:
            self._part(session)
        else:
            self._idle.append((time.monotonic(), session))

    def tidy(self) -> None:
        """Part with connections that nobody used for a while."""
        oldest = time.monotonic() - IDLE_SECONDS
        stale = [session for given_back, session in self._idle if given_back < oldest or not session.usable]
        self._idle = [item for item in self._idle if item[1] not in stale]
        for session in stale:
            self._part(session)

    async def close(self) -> None:
        """Part with every idle connection; those in use end when they are given back."""
        self.closed = True
        for _, session in self._idle:
            self._part(session)
        self._idle.clear()
        if self._farewells:
            await asyncio.wait(self._farewells)

    def _part(self, session: Session) -> None:
        farewell = asyncio.create_task(session.quit())
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)
