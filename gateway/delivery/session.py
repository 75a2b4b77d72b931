"""One connection to the smarthost: reached, secured, authenticated; then one mail after the other.

Two kinds of trouble are kept apart. ``Unreachable`` is the smarthost's or our settings' (no connection, no TLS, wrong password):
it says nothing about any mail. Everything else is the outcome of the mail at hand.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import aiosmtplib

from gateway.config.model import Outbound
from gateway.config.section import Endpoint
from gateway.delivery.outcome import Reply, printable


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait (RFC 5321 §4.5.3.2). ``octets_a_second`` prolongs the end of DATA for large mail."""

    connect: float = 30
    command: float = 300
    end_of_data: float = 600
    octets_a_second: int = 10_000
    quit: float = 2


class Unreachable(Exception):
    """The smarthost cannot be used now, for any mail. The text says why, and is for the admin."""


class Broken(Exception):
    """The connection broke, timed out or spoke nonsense in the middle of a mail.

    ``unconfirmed``: it broke after DATA had begun, so that the smarthost may have taken the mail.
    """

    def __init__(self, text: str, *, unconfirmed: bool) -> None:
        super().__init__(printable(text))
        self.unconfirmed = unconfirmed


@dataclass(frozen=True, slots=True)
class Envelope:
    reverse_path: str  # "" is <>
    forward_path: str
    options: tuple[str, ...] = ()  # of MAIL
    encoding: str = "ascii"  # "utf-8" with SMTPUTF8


REPLY_LINES = 100
"""A longer refusal is nonsense. (Octets are bounded by the library: 32 KiB a reply.)"""

TrustStore = Callable[[], ssl.SSLContext]
"""Makes the context that verifies the smarthost's certificate."""


class Session:
    """One connection. Not for several tasks at once."""

    def __init__(self, client: aiosmtplib.SMTP, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self.mails = 0  # that this connection has carried

    @classmethod
    async def open(
        cls, outbound: Outbound, *, hostname: str, patience: Patience, trust: TrustStore = ssl.create_default_context
    ) -> "Session":
        """Connect as configured; Unreachable where that fails. Nothing of a mail has been said by then."""
        endpoint = Endpoint.parse(outbound.smarthost, default_port=25)
        verified = outbound.tls in ("required", "implicit")
        client = aiosmtplib.SMTP(
            hostname=endpoint.host if endpoint.path is None else "localhost",
            port=endpoint.port if endpoint.path is None else None,
            socket_path=endpoint.path,
            local_hostname=hostname,
            timeout=patience.connect,
            use_tls=outbound.tls == "implicit",
            start_tls={"none": False, "opportunistic": None, "required": True, "implicit": False}[outbound.tls],
            tls_context=await asyncio.to_thread(_context, trust, verified),
        )
        try:
            async with asyncio.timeout(patience.connect * 4):  # of several replies each may take its time
                await client.connect()
                await client._ehlo_or_helo_if_needed()  # again inside TLS: RFC 3207 §4.2
                if outbound.username:
                    await _log_in(client, outbound, endpoint)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            client.close()
            raise Unreachable(f"{endpoint}: {_describe(error)}") from error
        except BaseException:
            client.close()
            raise
        return cls(client, patience)

    @property
    def usable(self) -> bool:
        return self._client.is_connected

    def offers(self, extension: str) -> bool:
        return self._client.supports_extension(extension)

    @property
    def size_limit(self) -> int | None:
        """Octets of a mail that the smarthost takes (RFC 1870), None where it does not say."""
        announced = self._client.esmtp_extensions.get("size", "").split()
        return int(announced[0]) if announced and announced[0].isdecimal() and int(announced[0]) > 0 else None

    async def send(self, envelope: Envelope, raw: bytes) -> Reply:
        """One mail to one recipient: the reply that decided. Broken where there was none.

        Afterwards the connection is ready for the next mail, or closed (see ``usable``).
        """
        try:
            await self._client.mail(
                envelope.reverse_path,
                options=envelope.options,
                encoding=envelope.encoding,
                timeout=self._patience.command,
            )
            await self._client.rcpt(envelope.forward_path, encoding=envelope.encoding, timeout=self._patience.command)
        except aiosmtplib.SMTPResponseException as error:
            command = "RCPT" if isinstance(error, aiosmtplib.SMTPRecipientRefused) else "MAIL"
            return await self._refused(error, command)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self.close()
            raise Broken(_describe(error), unconfirmed=False) from error
        try:
            response = await self._client.execute_command(b"DATA", timeout=self._patience.command)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self.close()
            raise Broken(_describe(error), unconfirmed=False) from error
        if response.code != 354:
            return await self._refused(aiosmtplib.SMTPDataError(response.code, response.message), "DATA")
        try:
            response = await self._hand_over(raw)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self.close()
            raise Broken(_describe(error), unconfirmed=True) from error
        if not 200 <= response.code <= 299:
            return await self._refused(aiosmtplib.SMTPDataError(response.code, response.message), "end of data")
        self.mails += 1
        return Reply(response.code, response.message, "end of data")

    async def _hand_over(self, raw: bytes) -> aiosmtplib.SMTPResponse:
        """The mail itself, after 354. ``raw`` has CRLF line ends alone: the outbox takes nothing else.

        Not the library's own ``data()``: it cannot tell a connection that broke before the mail was sent from one that broke
        after, and only after the latter a second try may give the customer the same mail twice.
        """
        protocol = self._client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("connection lost")
        stuffed = raw.replace(b"\r\n.", b"\r\n..")  # RFC 5321 §4.5.2
        protocol.write((b"." if raw.startswith(b".") else b"") + stuffed + b".\r\n")
        patience = self._patience.end_of_data + len(raw) / self._patience.octets_a_second
        return await protocol.read_response(timeout=patience)

    async def _refused(self, error: aiosmtplib.SMTPResponseException, command: str) -> Reply:
        """Start afresh for the next mail; after nonsense or 421 the connection is of no use."""
        reply = Reply(error.code, error.message, command)
        if error.message.count("\n") >= REPLY_LINES:
            reply = Reply(-1, f"more than {REPLY_LINES} lines", command)
        if not 400 <= reply.code <= 599 or reply.code == 421:
            self.close()
        elif self._client.is_connected:
            try:
                await self._client.rset(timeout=self._patience.connect)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                self.close()
        return reply

    async def quit(self) -> None:
        """Part politely, but not for long."""
        try:
            if self._client.is_connected:
                await self._client.quit(timeout=self._patience.quit)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        self._client.close()


def _context(trust: TrustStore, verified: bool) -> ssl.SSLContext:
    context = trust()
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    if not verified:  # opportunistic: unverified TLS beats none, and a wrong certificate must not mean no mail
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _log_in(client: aiosmtplib.SMTP, outbound: Outbound, endpoint: Endpoint) -> None:
    encrypted = client.get_transport_info("sslcontext") is not None
    if not encrypted and not _on_this_machine(endpoint):
        raise Unreachable(f"{endpoint}: the password is not sent over a connection without TLS")
    password = outbound.password.get_secret_value() if outbound.password is not None else ""
    await client.login(outbound.username, password)


def _on_this_machine(endpoint: Endpoint) -> bool:
    if endpoint.path is not None or endpoint.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(endpoint.host).is_loopback
    except ValueError:
        return False


def _describe(error: BaseException) -> str:
    """A fault in a line: what a server said, or what went wrong with the connection."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return str(Reply(error.code, error.message))
    if isinstance(error, TimeoutError):
        return str(error) or "no reply in time"
    return printable(str(error) or type(error).__name__)
