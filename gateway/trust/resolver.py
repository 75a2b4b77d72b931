"""DNS, asked in one place: cached, one question at a time for each name, and never longer than a deadline.

A server that is silent or broken is an answer too (``FAILED``), kept for a short while, so that it costs each mail nothing.
"""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

QUERY_SECONDS = 1.2  # for one try of one server
LOOKUP_SECONDS = 4.0  # for all tries of one name
MOST_AT_ONCE = 400  # each holds a socket
SHORTEST, LONGEST = 30.0, 3600.0  # seconds an answer is kept, whatever its TTL says
NOTHING_SECONDS = 60.0  # how long "there is no such name" is kept
FAILED_SECONDS = 15.0  # how long a failure is kept: the server may be back soon
CACHED = 10_000  # answers


class Status(StrEnum):
    FOUND = "found"
    EMPTY = "empty"  # the name exists, without records of this type
    NO_NAME = "no_name"  # NXDOMAIN, or no name that DNS could hold
    FAILED = "failed"  # SERVFAIL, silence, a loop: nobody can tell


@dataclass(frozen=True, slots=True)
class Answer:
    """``values`` by type: TXT ``bytes`` (strings of a record joined), A, AAAA and PTR ``str``, MX ``(preference, host)``."""

    status: Status
    values: tuple[Any, ...] = ()

    @property
    def failed(self) -> bool:
        return self.status is Status.FAILED


FAILED = Answer(Status.FAILED)
NO_NAME = Answer(Status.NO_NAME)


class Resolver(Protocol):
    """Never raises but for cancellation; answers within a few seconds, whatever DNS does."""

    async def lookup(self, name: str, kind: str) -> Answer: ...


def servers_of(listed: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """``127.0.0.1:53`` and ``[::1]`` as address and port (53 where none is named)."""
    found = []
    for text in listed:
        host, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "53")
        found.append((str(ipaddress.ip_address(host.strip("[]"))), int(port)))
    return tuple(found)


class DnsResolver:
    """Asks recursive servers by dnspython: UDP, and TCP where the answer was cut off. Belongs to one event loop."""

    def __init__(self, servers: Sequence[tuple[str, int]] = (), *, clock: Callable[[], float] = time.monotonic) -> None:
        """``servers``: empty for those of the system."""
        self._servers = tuple(servers)
        self._clock = clock
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._known: OrderedDict[tuple[str, str], tuple[float, Answer]] = OrderedDict()
        self._asked: dict[tuple[str, str], asyncio.Task[Answer]] = {}
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def lookup(self, name: str, kind: str) -> Answer:
        key = (name.lower().rstrip("."), kind)
        kept = self._known.get(key)
        if kept is not None and kept[0] > self._clock():
            self._known.move_to_end(key)
            return kept[1]
        task = self._asked.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._ask_and_keep(key))
            self._asked[key] = task
        return await asyncio.shield(task)  # whoever gives up waiting leaves the answer to the next one

    async def _ask_and_keep(self, key: tuple[str, str]) -> Answer:
        try:
            async with self._room:
                answer, seconds = await self._ask(*key)
        except Exception:  # a malformed answer finds ever new ways to raise in a parser
            answer, seconds = FAILED, FAILED_SECONDS
        finally:
            self._asked.pop(key, None)
        self._known[key] = (self._clock() + seconds, answer)
        while len(self._known) > CACHED:
            self._known.popitem(last=False)
        return answer

    async def _ask(self, name: str, kind: str) -> tuple[Answer, float]:
        try:
            asked = dns.name.from_text(f"{name}.")
        except (dns.exception.DNSException, UnicodeError):
            return NO_NAME, NOTHING_SECONDS
        try:
            found = await self._configured().resolve(
                asked, kind, raise_on_no_answer=False, search=False, lifetime=LOOKUP_SECONDS
            )
        except dns.resolver.NXDOMAIN:
            return NO_NAME, NOTHING_SECONDS
        if found.rrset is None:
            return Answer(Status.EMPTY), NOTHING_SECONDS
        values = tuple(_value(kind, record) for record in found.rrset)
        return Answer(Status.FOUND, values), min(max(float(found.rrset.ttl), SHORTEST), LONGEST)

    def _configured(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=not self._servers)
            if self._servers:
                resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in self._servers]
            resolver.timeout = QUERY_SECONDS
            resolver.use_edns(0, 0, 1232)
            self._resolver = resolver
        return self._resolver


def _value(kind: str, record: Any) -> Any:
    if kind == "TXT":
        return b"".join(record.strings)
    if kind == "MX":
        return (int(record.preference), record.exchange.to_text(omit_final_dot=True))
    if kind == "PTR":
        return record.target.to_text(omit_final_dot=True)
    return str(record.address)
