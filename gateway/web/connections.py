"""What one visitor's connections may cost: how many there are, and how long a request and its answer may take in all.

uvicorn answers everybody with 503 once there are too many connections, and lets each of them wait for ever for its first octet: whoever
opens some hundred and says nothing would shut the pages for all. A proxy in front may see to that, but need not be there.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds and counts."""

    request: float = 15.0  # from the connection, or the first octet of a later request, to the last octet of its form
    answer: float = 600.0  # until it was taken: 35 MB at 60 kB/s
    connections: int = 50  # of one address at one time


def bounded(patience: Patience, is_proxy: Callable[[str], bool]) -> type[H11Protocol]:
    """A protocol for one server. ``is_proxy`` tells addresses that speak for many visitors: their connections are not counted."""
    visitors: Counter[str] = Counter()

    class Bounded(_Bounded):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._patience = patience
            self._is_proxy = is_proxy
            self._visitors = visitors

    return Bounded


class _Bounded(H11Protocol):
    _patience: Patience
    _is_proxy: Callable[[str], bool]
    _visitors: Counter[str]
    _counted = ""
    _is_receiving = True  # a request, or the wait for the first one
    _timer: asyncio.TimerHandle | None = None
    _untaken: asyncio.TimerHandle | None = None  # of an answer that is written, and that nobody has taken yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if address and not self._is_proxy(address):
            self._counted = address
            self._visitors[address] += 1
            if self._visitors[address] > self._patience.connections:
                log.info("connection cut: too many of one address", extra={"peer": address})
                transport.abort()
                return
        self._wait(self._patience.request)

    def data_received(self, data: bytes) -> None:
        if self._timer is None:  # the beginning of another request
            self._is_receiving = True
            self._wait(self._patience.request)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        self._rest()
        if self._untaken is None and self.transport.get_write_buffer_size():
            self._untaken = self.loop.call_later(self._patience.answer, self._cut_untaken)
        super().on_response_complete()  # what was sent ahead begins here
        if self.cycle is not None and not self.cycle.response_complete:
            self._is_receiving = True
            self._wait(self._patience.request)
            self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        if self._untaken is not None:
            self._untaken.cancel()
        if self._counted:
            self._visitors[self._counted] -= 1
            if not self._visitors[self._counted]:
                del self._visitors[self._counted]
            self._counted = ""
        super().connection_lost(exc)

    def _look(self) -> None:
        """Whether the request has come whole by now: then its answer has its own time."""
        if (
            self._is_receiving
            and self.cycle is not None
            and not self.cycle.response_complete
            and not self.cycle.more_body
        ):
            self._is_receiving = False
            self._wait(self._patience.answer)

    def _wait(self, seconds: float) -> None:
        self._rest()
        self._timer = self.loop.call_later(seconds, self._cut)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut_untaken(self) -> None:
        self._untaken = None
        if self.transport.get_write_buffer_size():
            self._cut()

    def _cut(self) -> None:
        log.info("connection cut: too slow", extra={"peer": self.client[0] if self.client else ""})
        self.transport.abort()
