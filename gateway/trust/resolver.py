"""DNS, asked in one place: cached, one question at a time for each name, and never longer than a deadline.

A domain whose servers are silent or broken is an answer too (``FAILED``), kept for a short while, so that it costs each mail
nothing. While our own DNS servers are dead every answer is ``FAILED`` at once (``gateway.trust.pulse``).
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
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from gateway.trust.pulse import Pulse

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
        self._pulse = Pulse(self._probe, clock=clock)

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
                asked = await self._pulse.ask(self._ask(*key))
        except Exception:  # a malformed answer finds ever new ways to raise in a parser
            asked = FAILED, FAILED_SECONDS
        finally:
            self._asked.pop(key, None)
        if asked is None:
            return FAILED  # says nothing about the name, so it is not kept
        answer, seconds = asked
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
            self._pulse.heard()
            return NO_NAME, NOTHING_SECONDS
        except (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout) as error:
            if any(response is not None for *_, response in error.kwargs.get("errors", ())):
                self._pulse.heard()  # one of them at least said that it cannot tell
            elif isinstance(error, dns.resolver.NoNameservers):
                self._pulse.refused()
            return FAILED, FAILED_SECONDS
        self._pulse.heard()
        if found.rrset is None:
            return Answer(Status.EMPTY), NOTHING_SECONDS
        values = tuple(_value(kind, record) for record in found.rrset)
        return Answer(Status.FOUND, values), min(max(float(found.rrset.ttl), SHORTEST), LONGEST)

    async def _probe(self) -> bool:
        """Ask every server for the root; whether one answered. Those that did are asked first from now on."""
        self._resolver = None  # the system's servers may be others by now
        try:
            resolver = self._configured()
        except Exception:  # no resolv.conf, an empty or a broken one
            return False
        servers = resolver.nameservers
        answered = await asyncio.gather(*(_answers(it) for it in servers))
        order = sorted(zip(answered, servers, strict=True), key=lambda it: not it[0])
        resolver.nameservers = [server for _, server in order]
        return any(answered)

    def _configured(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=not self._servers)
            servers = self._servers or tuple((str(host), resolver.port) for host in resolver.nameservers)
            resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in servers]
            resolver.timeout = QUERY_SECONDS
            resolver.use_edns(0, 0, 1232)
            self._resolver = resolver
        return self._resolver


class _Reply(asyncio.DatagramProtocol):
    """Whether anything came back. dnspython's own sockets are not connected, so that they never hear of a refusal."""

    def __init__(self) -> None:
        self.came: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002
        self._settle(True)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002
        self._settle(False)

    def _settle(self, came: bool) -> None:
        if not self.came.done():
            self.came.set_result(came)


async def _answers(server: Any) -> bool:
    query = dns.message.make_query(dns.name.root, dns.rdatatype.NS, use_edns=0, payload=1232)
    try:
        async with asyncio.timeout(QUERY_SECONDS):
            transport, reply = await asyncio.get_running_loop().create_datagram_endpoint(
                _Reply, remote_addr=(server.address, server.port)
            )
            try:
                transport.sendto(query.to_wire())
                return await reply.came
            finally:
                transport.close()
    except (OSError, TimeoutError):  # no way there, or silence
        return False


def _value(kind: str, record: Any) -> Any:
    if kind == "TXT":
        return b"".join(record.strings)
    if kind == "MX":
        return (int(record.preference), record.exchange.to_text(omit_final_dot=True))
    if kind == "PTR":
        return record.target.to_text(omit_final_dot=True)
    return str(record.address)
