"""What the door needs from the rest of the house. ``gateway.app`` hands it in; tests hand in smaller things."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from gateway.config.addresses import Recipient
from gateway.config.model import Configuration, Limits
from gateway.journal import Accepted


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware time of day."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class CommitQueue(Protocol):
    """``gateway.group_commit.GroupCommit``."""

    async def append(self, record: Accepted) -> None:
        """Return when the record is durable; raise anything when it is not."""
        ...


class Addresses(Protocol):
    """``gateway.config.addresses.AddressBook``."""

    def verdict(self, address: str) -> Recipient: ...


class BlobSink(Protocol):
    """``gateway.store.blobs.BlobWriter``."""

    def write(self, chunk: bytes) -> None: ...
    def content(self) -> bytes: ...
    def commit(self) -> str: ...
    def abort(self) -> None: ...


class Blobs(Protocol):
    """``gateway.store.blobs.BlobStore``."""

    def writer(self) -> BlobSink: ...


class LoginRefused(Exception):
    """Nobody is asked now: there were too many tries of late."""


LogIn = Callable[[str, str, str], str | None]
"""Name, secret, peer: as whom mail may be sent in, or None. May block, and raise LoginRefused."""


class AuthorCheck(Protocol):
    """Whether the author of a mail is forged beyond doubt. ``gateway.roles.forged``."""

    def asks(self, peer: str, reverse_path: str, size: int) -> bool:
        """Whether a mail of this client, of so many octets, is looked at at all; quick."""
        ...

    async def refuses(self, raw: bytes, *, peer: str, helo: str, reverse_path: str) -> bool:
        """Whether it is to be refused; False also where that cannot be told in time. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration in force. A session keeps the one it began with; a reload holds for the next ones."""

    configuration: Configuration
    addresses: Addresses

    @property
    def limits(self) -> Limits:
        return self.configuration.limits


CurrentSettings = Callable[[], Settings]
Entropy = Callable[[int], bytes]
