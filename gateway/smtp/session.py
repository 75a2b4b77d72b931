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
from gateway.smtp.dialogue import Dialogue, HangUp, Login, Rules, Step, Transaction
from gateway.smtp.entrance import Manner, NotLetIn, real_client
from gateway.smtp.house import Facts, House
from gateway.smtp.limits import Tally, canonical, is_within
from gateway.smtp.login import ask
from gateway.smtp.proxy import SECONDS as PROXY_SECONDS
from gateway.smtp.recipients import judge
from gateway.smtp.replies import SmtpReply
from gateway.smtp.sasl import Credentials
from gateway.smtp.wire import CHUNK, Garbage, LineTooLong, Wire

log = logging.getLogger("gateway.smtp")

_OCTETS_PER_SECOND = 10_000  # the slowest that a mail may come in, once data_seconds are over
_LINGER_SECONDS = 2.0  # after a farewell, so that it is read before the connection is reset
_MOST_FAREWELLS = 100  # at one time, of connections that are turned away
_FLUSH_AT = 4096  # octets of replies gathered while pipelined commands are answered


class Session(SMTP):
    """Speaks SMTP or LMTP with one client. ``manner``: of the socket by which it came."""

    def __init__(self, house: House, manner: Manner, *, loop: asyncio.AbstractEventLoop) -> None:
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
        self._manner = manner
        self._settings = house.settings()
        self._limits = self._settings.limits
        self._tally = Tally()
        self._rules = Rules(
            hostname=house.hostname(self._settings),
            is_lmtp=manner.is_lmtp,
            is_submission=manner.is_submission,
            limits=self._limits,
            may_mail=lambda announced: house.may_mail(self._peer, self._settings, announced),
            judge=partial(judge, self._settings.addresses),
            may_send=lambda address: house.may_send(address, self._peer, self._settings),
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
        self._is_stranger = False  # counted by address, and hurried when there are many
        self._awaits_command = False
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
        elif self._manner.is_tls:
            transport.pause_reading()  # type: ignore[attr-defined] # the first octets are for TLS, which is not there yet
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
        if not self._manner.is_tls:
            self._say(replies.START_TLS)
            await self._flush()

    async def _handle_client(self) -> None:
        """The whole session, as a task of its own."""
        admission = None
        wire = self._wire = Wire(self._reader)
        try:
            peername = self.transport.get_extra_info("peername")
            self._peer = canonical(peername[0]) if isinstance(peername, tuple) else ""
            self._house.sessions.add(self)
            if self._manner.is_proxied:
                self._set_deadline(PROXY_SECONDS)
                self._peer = await real_client(wire, self._peer, self._settings.configuration.smtp)
            admission = self._house.gatekeeper.admit_connection(self._peer, self._limits, self._house.clock.monotonic())
            self._is_stranger = admission.peer is not None
            self._set_deadline(self._command_seconds)
            if self._house.gatekeeper.is_stressed(self._limits):
                for session in self._house.sessions:
                    session.hurry()
            refusal = self._refuse_connection(wire, is_welcome=admission.is_welcome)
            if refusal is not None:
                await self._turn_away(refusal)
                return
            if self._manner.is_tls:
                self.loop.call_soon(self.transport.resume_reading)  # as soon as TLS has taken the transport over
                await self._starttls()
            await self._converse(wire)
        except NotLetIn as reason:
            log.warning("connection cut: %s", reason, extra={"peer": self._peer})
            self.transport.abort()
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

    def hurry(self) -> None:
        """Others wait for our place: a stranger who says nothing has less time now."""
        seconds = self._limits.stress_command_seconds
        if self._is_stranger and self._awaits_command and self._deadline > self.loop.time() + seconds:
            self._set_deadline(seconds)

    @property
    def _command_seconds(self) -> float:
        seconds = self._limits.command_seconds
        is_hurried = self._is_stranger and self._house.gatekeeper.is_stressed(self._limits)
        return min(seconds, self._limits.stress_command_seconds) if is_hurried else seconds

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

    async def _converse(self, wire: Wire) -> None:
        if not self._is_over:
            self._say(replies.greeting(self._rules.hostname, lmtp=self._manner.is_lmtp))
        while not self._is_over:
            try:
                line = await self._line(wire)
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

    async def _line(self, wire: Wire) -> bytes | None:
        """Send what was said, unless the client has said more already, and wait for its next line."""
        if self._out_octets > _FLUSH_AT or not wire.has_line:
            await self._flush()
        self._set_deadline(self._command_seconds)
        self._awaits_command = True
        try:
            return await wire.line()
        finally:
            self._awaits_command = False

    def _refuse_connection(self, wire: Wire, *, is_welcome: bool) -> SmtpReply | None:
        if self._house.is_stopping:
            return replies.SHUTTING_DOWN
        if not is_welcome:
            log.info("connection refused", extra={"peer": self._peer})
            return replies.TOO_MANY_CONNECTIONS
        if self._manner.is_tls:
            return None  # in TLS the client begins
        return replies.SPOKE_TOO_EARLY if _has_input(self.transport) or not wire.is_empty else None

    async def _turn_away(self, refusal: SmtpReply) -> None:
        """Say why, and wait until it is read; in a flood, or where TLS would cost more than the words, only close."""
        if self._manner.is_tls:
            self.transport.abort()
            return
        self._house.farewells += 1
        try:
            if self._house.farewells <= _MOST_FAREWELLS:
                await self._hang_up(refusal)
            else:
                self._say(refusal)
                await self._flush()
        finally:
            self._house.farewells -= 1

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
            case Login():
                await self._login(wire, line, answer)
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

    async def _login(self, wire: Wire, line: bytes, login: Login) -> None:
        """AUTH up to its reply."""
        try:
            said = await ask(login, self._say, partial(self._line, wire))
        except Garbage:
            await self._hang_up(replies.TOO_MANY_ERRORS)
            return
        if said is None:
            return  # the next line is the end, too
        found = await self._house.log_in(said.name, said.secret, self._peer) if isinstance(said, Credentials) else said
        if isinstance(found, SmtpReply):
            await self._reply(line, found)
            return
        self._dialogue.authenticated_as = found
        log.info("logged in", extra={"peer": self._peer, "authenticated_as": found})
        self._say(replies.LOGGED_IN)

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
        for _ in range(transaction.accepted if self._manner.is_lmtp else 1):  # RFC 2033 section 4.2
            self._say(reply)
        if reply.code == 250:
            self._tally = Tally()
        else:
            log.info("mail refused", extra={"peer": self._peer, "size": body.size, "reply": str(reply)})
            await self._count(reply)

    async def _receive(self, wire: Wire, body: Body) -> bool:
        """Read up to the dot, whatever is wrong with the mail: the client speaks commands again only after it. False: it left."""
        dots, header = DotReader(mends_newlines=self._mends_newlines), HeaderReader(self._limits.header_size)
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

    @property
    def _mends_newlines(self) -> bool:
        forwarders = self._settings.configuration.smtp.forwarders
        return any(it.bare_newlines == "normalize" and is_within(self._peer, it.networks) for it in forwarders)

    async def _commit(self, transaction: Transaction, body: Body) -> SmtpReply:
        if not self._manner.is_lmtp and not self._dialogue.authenticated_as:
            await self._house.refuse_forged(body, self._peer, self._dialogue.helo, transaction.reverse_path)
        stored = await body.complete()
        if stored is None:
            return body.refusal or replies.LOCAL_ERROR
        spoken = self._dialogue
        facts = Facts(spoken.protocol, self._peer, spoken.helo, self._tls, spoken.authenticated_as)
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
    """A stranger's command for the log: one line of ASCII, escaped and cut, without what may be a password."""
    if line.lstrip()[:4].upper() == b"AUTH":
        return "AUTH ..."
    return repr(line[:200])[2:-1]


def _has_input(transport: asyncio.BaseTransport) -> bool:
    """Whether the client spoke before it was greeted (RFC 5321 section 3.1), as programs do that only shout."""
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return any(event & select.POLLIN for _, event in poll.poll(0))
