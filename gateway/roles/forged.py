"""Authors that are forged beyond doubt, for the door: only with ``trust.refused: reject`` (docs/security.md).

What is needed for it is imported with the first mail that is looked at: a door that holds such mail has no use for it.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from gateway.config.model import Configuration
from gateway.config.trusted import trusted_networks
from gateway.rules.networks import ip_address
from gateway.rules.sender_lists import Action, Sender, SenderLists
from gateway.smtp.blocking import Blocking
from gateway.threading.model import Trust

if TYPE_CHECKING:
    from gateway.trust.authenticator import Authenticator
    from gateway.trust.examine import Mail
    from gateway.trust.verdict import Verdict

log = logging.getLogger("gateway.smtp")

SECONDS = 5.0
"""A mail waits so long for DNS. Then it is taken, and the pipeline decides, as about all others."""

THREADS = 2
"""For reading headers and lists; nobody waits for DNS in them."""
MOST_AT_ONCE = 64
MOST_OCTETS = 1024 * 1024
"""Mails that are looked at, and how large: they are in memory meanwhile. Those beyond are taken, and held by the pipeline."""


class ForgedAuthors:
    """``gateway.smtp.ports.AuthorCheck``: DMARC's wish to refuse, carried out in the SMTP dialog."""

    def __init__(
        self, configuration: Callable[[], Configuration], lists: Callable[[], SenderLists], *, seconds: float = SECONDS
    ) -> None:
        """``lists`` may block and raise: it is asked in a thread, and only before a mail is refused."""
        self._configuration = configuration
        self._lists = lists
        self._seconds = seconds
        self._blocking: Blocking | None = None
        self._authenticator: Authenticator | None = None
        self._at_once = 0

    def asks(self, peer: str, reverse_path: str, size: int) -> bool:
        """Never for our own networks and forwarders, whose mail comes from others, nor for reports (the null reverse-path)."""
        configuration = self._configuration()
        trust = configuration.trust
        if not trust.verify or trust.refused != "reject" or not reverse_path or size > MOST_OCTETS:
            return False
        address = ip_address(peer)
        if address is None or any(address in network for network in trusted_networks(configuration)):
            return False
        return self._at_once < MOST_AT_ONCE

    async def refuses(self, raw: bytes, *, peer: str, helo: str, reverse_path: str) -> bool:
        if self._blocking is None:
            self._blocking = Blocking(THREADS)
        self._at_once += 1
        try:
            mail = await self._blocking(partial(_mail, raw, peer, helo, reverse_path))
            if mail is None:
                return False
            verdict = await self._verdict(mail)
            if not _is_forged(verdict) or await self._blocking(partial(self._is_allowed, mail)):
                return False
        except Exception:
            log.exception("an author could not be looked at; the mail is taken", extra={"peer": peer})
            return False
        finally:
            self._at_once -= 1
        told = {"peer": peer, "reverse_path": reverse_path, "author": mail.author, "why": verdict.sentence}
        log.info("mail refused: its author is forged", extra=told)
        return True

    def close(self) -> None:
        if self._blocking is not None:
            self._blocking.close()
        if self._authenticator is not None:
            self._authenticator.close()

    async def _verdict(self, mail: "Mail") -> "Verdict":
        """By the deadline, whatever DNS does: nobody else's mail waits for it."""
        from gateway.trust.authenticator import Authenticator
        from gateway.trust.resolver import servers_of

        if self._authenticator is None:
            self._authenticator = Authenticator(deadline=self._seconds)
        servers = servers_of(self._configuration().trust.dns)
        asked = self._authenticator.ask(mail, servers=servers, forwarders=())
        async with asyncio.timeout(self._seconds + 2):
            return await asyncio.wrap_future(asked)

    def _is_allowed(self, mail: "Mail") -> bool:
        """Whether an admin has allowed the client: its address is beyond doubt, unlike the name that is forged."""
        sender = Sender(mail.author or "", proven=False, reverse_path=mail.reverse_path, peer=mail.peer)
        listed = self._lists().find(sender, now=mail.received_at)
        return listed is not None and listed.action is Action.ALLOW


def _is_forged(verdict: "Verdict") -> bool:
    return verdict.level is Trust.NONE and verdict.refused == "reject"


def _mail(raw: bytes, peer: str, helo: str, reverse_path: str) -> "Mail | None":
    """What there is to judge; None where From names no single author."""
    from gateway.mail.headers import read_headers
    from gateway.mail.mailboxes import author
    from gateway.trust.examine import Mail

    writer = author(read_headers(raw, outermost=True), None)
    if writer is None:
        return None
    return Mail(
        receipt="",
        raw=raw,
        author=writer.address,
        message_id=None,
        date=None,
        received_at=datetime.now(UTC),
        peer=peer,
        helo=helo,
        reverse_path=reverse_path,
    )
