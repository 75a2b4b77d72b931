"""May this sender mail? What the lists reject, and who floods: told from memory, which is read again in the background each second."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.config.trusted import trusted_networks
from gateway.rules.floods import door_key
from gateway.rules.networks import ip_address
from gateway.rules.sender_lists import Action, Sender, SenderLists
from gateway.smtp import replies
from gateway.smtp.blocking import Blocking
from gateway.smtp.ports import Settings
from gateway.smtp.replies import SmtpReply

log = logging.getLogger("gateway.smtp")

_REFRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class KnownSenders:
    """What the store says of senders at one moment."""

    lists: SenderLists = field(default_factory=SenderLists)
    muted: frozenset[str] = frozenset()  # keys of ``gateway.rules.floods.door_key``


ReadSenders = Callable[[], KnownSenders]
"""May block, and raise: what was known last stays then, and the pipeline looks at every mail again."""


class SenderCheck:
    def __init__(self, read: ReadSenders, blocking: Blocking) -> None:
        self._read = read
        self._blocking = blocking
        self._asked_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._known = KnownSenders()

    def refusal(
        self, reverse_path: str, peer: str, settings: Settings, clock: Callable[[], datetime]
    ) -> SmtpReply | None:
        """Why nothing is taken from this sender by this client; None: go on. Nothing is proven here, so it takes both by their word.

        Whoever could be one that is allowed comes in: the pipeline, which knows whether it is proven, decides.
        """
        self._look_again()
        claimed = Sender(reverse_path, proven=True, reverse_path=reverse_path, peer=peer)
        lists = self._known.lists
        listed = lists.find(claimed, now=clock()) if lists.entries else None
        if listed is not None and listed.action is Action.REJECT:
            log.info("sender refused", extra={"peer": peer, "reverse_path": reverse_path, "why": listed.sentence})
            return replies.SENDER_REFUSED
        is_flooding = reverse_path and settings.limits.enabled and door_key(reverse_path, peer) in self._known.muted
        if is_flooding and not _is_trusted(peer, settings):
            return replies.SENDER_TOO_FAST
        return None

    def _look_again(self) -> None:
        now = time.monotonic()
        if now - self._asked_at >= _REFRESH_SECONDS and (self._task is None or self._task.done()):
            self._asked_at = now
            self._task = asyncio.get_running_loop().create_task(self.refresh())

    async def refresh(self) -> None:
        try:
            self._known = await self._blocking(self._read)
        except Exception:
            log.exception("lists of senders unknown; the last ones count")

    def close(self) -> None:
        """Wait for no answer any more."""
        if self._task is not None:
            self._task.cancel()


def _is_trusted(peer: str, settings: Settings) -> bool:
    address = ip_address(peer)
    return address is None or any(address in network for network in trusted_networks(settings.configuration))
