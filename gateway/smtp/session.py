"""One connection: aiosmtpd's protocol with our own reading, deadlines and ends.

What stays of ``aiosmtpd.smtp.SMTP`` is the life of the connection and STARTTLS. Its command loop and DATA are replaced: they take
bare line feeds for line ends, keep whole mails in memory, are cancelled when the client half-closes, and tell strangers the text of
an exception. Private names of aiosmtpd that are used here are pinned by a test of their own.
"""

import asyncio
import contextlib
import logging
import select
import ssl
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, TLSSetupException

from gateway.smtp import replies
from gateway.smtp.body import Body
from gateway.smtp.data import DotReader, HeaderReader
from gateway.smtp.dialogue import Dialogue, HangUp, Rules, Step, Transaction
from gateway.smtp.house import Facts, House
from gateway.smtp.limits import Tally, canonical
from gateway.smtp.recipients import judge
from gateway.smtp.replies import SmtpReply
from gateway.smtp.wire import CHUNK, Garbage, LineTooLong, Wire

log = logging.getLogger("gateway.smtp")

_OCTETS_PER_SECOND = 10_000  # the slowest that a mail may come in, once data_seconds are over
_LINGER_SECONDS = 2.0  # after a farewell, so that it is read before the connection is reset
_FLUSH_AT = 4096  # octets of replies gathered while pipelined commands are answered


class Session(SMTP):
    """Speaks SMTP or LMTP with one client."""

    def __init__(self, house: House, *, is_lmtp: bool, loop: asyncio.AbstractEventLoop) -> None:
        # aiosmtpd's constructor looks through every attribute with ``inspect``, which costs as much as a whole mail (0.1 ms a
        # connection). Its parent's is called instead, and what its inherited methods read is set here.
        asyncio.StreamReaderProtocol.__init__(
            self,
            asyncio.StreamReader(limit=CHUNK, loop=loop),
            client_connected_cb=self._cb_client_connected,
            loop=loop,
        )
        self.loop = loop
        self.transport: Any = None
        self._tls_protocol: Any = None
        self._original_transport: Any = None
        self._tls_handshake_okay = True
        self._handle_hooks: dict[str, Any] = {}

        self._house = house
        self._is_lmtp = is_lmtp
        self._settings = house.settings()
        self._limits = self._settings.limits
        self._tally = Tally()
        self._rules = Rules(
            hostname=house.hostname(self._settings),
            is_lmtp=is_lmtp,
            limits=self._limits,
            may_mail=lambda announced: house.may_mail(self._peer, self._settings, announced),
            judge=partial(judge, self._settings.addresses),
        )
        self.tls_context = house.certificates.context(self._settings.configuration.smtp.tls)
        self._dialogue = Dialogue(self._rules, offers_starttls=self.tls_context is not None)
        self._wire: Wire | None = None
        self._peer = ""
        self._tls = ""
        self._out: list[bytes] = []
        self._out_octets = 0
        self._farewell: SmtpReply | None = None
        self._has_eof = False
        self._is_over = False
        self._is_receiving = False
        self._is_committing = False
        self._timer: asyncio.TimerHandle | None = None
        self._ends_at = loop.time() + self._limits.session_seconds
        self._deadline = self._ends_at

    # --- what asyncio and aiosmtpd call ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there; or, the second time, a TLS handshake is done."""
        if self._wire is not None:
            self._wire.forget()  # what was said behind STARTTLS in clear was never said
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        # aiosmtpd would cancel the session. It sees the end by itself, and a commit is not to be disturbed.
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        if self._original_transport is not None:
            self._original_transport.close()

    def data_received(self, data: bytes) -> None:
        if self._farewell is None:  # what a client says after that is thrown away
            super().data_received(data)

    def eof_received(self) -> bool:
        """The client sends no more, but may well wait for the reply to its dot: keep our direction open."""
        self._has_eof = True
        if self._farewell is None:
            asyncio.StreamReaderProtocol.eof_received(self)
        return self._tls_protocol is None and not self._is_over  # TLS cannot be closed by halves

    def _reset_timeout(self, duration: float | None = None) -> None:
        """aiosmtpd's timer, which trickled commands reset for ever, is not used."""

    async def push(self, status: str | bytes) -> None:  # noqa: ARG002
        """Called by aiosmtpd for STARTTLS alone; its words carry no enhanced code."""
        self._say(replies.START_TLS)
        await self._flush()

    async def _handle_client(self) -> None:
        """The whole session, as a task of its own."""
        admission = None
        wire = self._wire = Wire(self._reader)
        try:
            peername = self.transport.get_extra_info("peername")
            self._peer = canonical(peername[0]) if isinstance(peername, tuple) else ""
            admission = self._house.gatekeeper.admit_connection(self._peer, self._limits, self._house.clock.monotonic())
            self._house.sessions.add(self)
            self._set_deadline(self._limits.command_seconds)
            await self._converse(wire, is_welcome=admission.is_welcome)
        except (ConnectionError, ssl.SSLError) as error:
            log.debug("connection lost: %s", type(error).__name__, extra={"peer": self._peer})
        except Exception:
            log.exception("session failed", extra={"peer": self._peer})
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self.transport.close()
            self._house.sessions.discard(self)
            if admission is not None:
                self._house.gatekeeper.leave(admission)

    # --- ends and deadlines ---------------------------------------------------------------------------------------

    @property
    def task(self) -> "asyncio.Task[None]":
        assert self._handler_coroutine is not None, "the client is not there yet"
        return self._handler_coroutine

    @property
    def is_receiving(self) -> bool:
        """In the middle of DATA, or in the commit after it."""
        return self._is_receiving

    def interrupt(self, farewell: SmtpReply) -> None:
        """End the session with this reply, as soon as a commit under way has been answered."""
        if self._farewell is None and not self._is_over:
            self._farewell = farewell
            self._reader.feed_eof()  # wakes the session where it waits for the client

    def abort(self) -> None:
        """Cut the connection; only a client that waits for the reply to its dot hears that there will be none."""
        if self._is_committing:
            self._writer.write(replies.SHUTTING_DOWN.wire)
            self.transport.close()
        else:
            self.transport.abort()

    def _set_deadline(self, seconds: float) -> None:
        """The session must be somewhere else in this time, whatever octets trickle in."""
        self._deadline = min(self.loop.time() + seconds, self._ends_at)
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_at(self._deadline, self._on_timer)

    def _on_timer(self) -> None:
        now = self.loop.time()
        if now < self._deadline:
            self._timer = self.loop.call_at(self._deadline, self._on_timer)
        elif self._is_committing:
            self._timer = self.loop.call_at(now + 1.0, self._on_timer)
        elif self._farewell is None:
            self.interrupt(replies.TIMED_OUT)
            self._timer = self.loop.call_at(now + _LINGER_SECONDS, self._on_timer)
        else:
            self.abort()  # it does not even read what we say

    async def _hang_up(self, farewell: SmtpReply) -> None:
        """Say farewell and wait a moment for the client to read it: closing with unread input would reset the connection."""
        self._farewell = farewell
        self._say(farewell)
        await self._flush()
        self._is_over = True
        if self._has_eof or self.transport.is_closing() or not self.transport.can_write_eof():
            return
        self.transport.write_eof()
        if not self.transport.is_reading():
            self.transport.resume_reading()
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_LINGER_SECONDS):
                await self._writer.wait_closed()

    # --- the conversation -----------------------------------------------------------------------------------------

    async def _converse(self, wire: Wire, *, is_welcome: bool) -> None:
        refusal = self._refuse_connection(is_welcome=is_welcome)
        if refusal is not None:
            await self._hang_up(refusal)
            return
        self._say(replies.greeting(self._rules.hostname, lmtp=self._is_lmtp))
        while not self._is_over:
            if self._out_octets > _FLUSH_AT or not wire.has_line:
                await self._flush()
            self._set_deadline(self._limits.command_seconds)
            try:
                line = await wire.line()
            except LineTooLong:
                await self._reply(b"", replies.LINE_TOO_LONG)
                continue
            except Garbage:
                await self._hang_up(replies.TOO_MANY_ERRORS)
                return
            if line is None:
                if self._farewell is not None:
                    await self._hang_up(self._farewell)
                return
            await self._execute(wire, line)

    def _refuse_connection(self, *, is_welcome: bool) -> SmtpReply | None:
        if self._house.is_stopping:
            return replies.SHUTTING_DOWN
        if not is_welcome:
            log.info("connection refused", extra={"peer": self._peer})
            return replies.TOO_MANY_CONNECTIONS
        return replies.SPOKE_TOO_EARLY if _has_input(self.transport) else None

    async def _execute(self, wire: Wire, line: bytes) -> None:
        try:
            answer = self._dialogue.answer(line)
        except Exception:
            log.exception("command failed", extra={"peer": self._peer, "command": printable(line)})
            answer = replies.LOCAL_ERROR
        match answer:
            case SmtpReply():
                await self._reply(line, answer)
            case Step.DATA:
                await self._data(wire)
            case Step.STARTTLS:
                await self._starttls()
            case Step.QUIT:
                self._say(replies.BYE)
                await self._flush()
                self._is_over = True
            case HangUp():
                log.info("command refused", extra=self._about(line, answer.reply))
                await self._hang_up(answer.reply)

    async def _reply(self, line: bytes, reply: SmtpReply) -> None:
        """Answer a command, and end a session that only costs."""
        self._say(reply)
        if reply.code >= 400:
            log.info("command refused", extra=self._about(line, reply))
        await self._count(reply, is_junk=Dialogue.is_junk(line))

    async def _count(self, reply: SmtpReply, *, is_junk: bool = False) -> None:
        if reply.is_permanent:
            self._tally.errors += 1
            if self._tally.is_exhausted_by_errors(self._limits):
                await self._hang_up(replies.TOO_MANY_ERRORS)
        elif is_junk:
            self._tally.junk += 1
            if self._tally.is_exhausted_by_junk(self._limits):
                await self._hang_up(replies.TOO_MUCH_JUNK)

    async def _data(self, wire: Wire) -> None:
        """DATA up to the reply, or replies, to its dot."""
        transaction = self._dialogue.transaction
        assert transaction is not None
        if not wire.is_empty:  # RFC 2920 section 3.1: DATA is the last command of a group
            await self._hang_up(replies.SPOKE_TOO_EARLY)
            return
        self._say(replies.START_MAIL)
        await self._flush()
        body = self._house.new_body(self._settings)
        self._is_receiving = True
        try:
            if not await self._receive(wire, body):
                log.info("connection lost in DATA", extra={"peer": self._peer, "size": body.size})
                return
            self._is_committing = True
            reply = await self._commit(transaction, body)
        except Exception:
            log.exception("DATA failed", extra={"peer": self._peer})
            reply = replies.LOCAL_ERROR
            if not self._is_committing:  # the end of the text was not seen: what follows are no commands
                await self._hang_up(replies.SHUTTING_DOWN)
                return
        finally:
            self._is_receiving = self._is_committing = False
            self._dialogue.reset()
            await body.discard()
        for _ in range(transaction.accepted if self._is_lmtp else 1):  # RFC 2033 section 4.2
            self._say(reply)
        if reply.code == 250:
            self._tally = Tally()
        else:
            log.info("mail refused", extra={"peer": self._peer, "size": body.size, "reply": str(reply)})
            await self._count(reply)

    async def _receive(self, wire: Wire, body: Body) -> bool:
        """Read up to the dot, whatever is wrong with the mail: the client speaks commands again only after it. False: it left."""
        dots, header = DotReader(), HeaderReader(self._limits.header_size)
        began = self.loop.time()
        rest = b""
        while not dots.is_complete:
            for_octets = min(body.size, self._limits.message_size) / _OCTETS_PER_SECOND
            self._set_deadline(began + self._limits.data_seconds + for_octets - self.loop.time())
            chunk = await wire.chunk()
            if not chunk:
                return False
            text, rest = dots.feed(chunk)
            header.feed(text)
            await body.write(text)
            if not dots.is_clean:
                await body.refuse(replies.BARE_CR_LF_NUL)
        wire.unread(rest)
        header.finish()
        if header.is_too_large:
            await body.refuse(replies.HEADER_TOO_LARGE)
        if header.received > self._limits.received_fields:
            await body.refuse(replies.LOOP)
        return True

    async def _commit(self, transaction: Transaction, body: Body) -> SmtpReply:
        stored = await body.complete()
        if stored is None:
            return body.refusal or replies.LOCAL_ERROR
        facts = Facts(self._dialogue.protocol, self._peer, self._dialogue.helo, self._tls)
        return await self._house.commit(facts, transaction, stored)

    async def _starttls(self) -> None:
        try:
            await self.smtp_STARTTLS("")
        except TLSSetupException as error:
            log.info("TLS handshake failed: %s", type(error.__cause__).__name__, extra={"peer": self._peer})
        session = self.session
        if session is None or session.ssl is None:
            self._is_over = True
            return
        tls = session.ssl["ssl_object"]
        self._tls = f"{tls.version()} {tls.cipher()[0]}"
        self._dialogue = Dialogue(self._rules, offers_starttls=False, is_tls=True)  # RFC 3207 section 4.2: begin anew

    def _about(self, line: bytes, reply: SmtpReply) -> dict[str, str]:
        return {"peer": self._peer, "command": printable(line), "reply": str(reply)}

    def _say(self, reply: SmtpReply) -> None:
        self._out.append(reply.wire)
        self._out_octets += len(reply.wire)

    async def _flush(self) -> None:
        if self._out:
            self._writer.write(b"".join(self._out))
            self._out.clear()
            self._out_octets = 0
            await self._writer.drain()


def printable(line: bytes) -> str:
    """A stranger's command for the log: one line of ASCII, escaped and cut."""
    return repr(line[:200])[2:-1]


def _has_input(transport: asyncio.BaseTransport) -> bool:
    """Whether the client spoke before it was greeted (RFC 5321 section 3.1), as programs do that only shout."""
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return any(event & select.POLLIN for _, event in poll.poll(0))
