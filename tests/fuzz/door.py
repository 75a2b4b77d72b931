"""The door against a model of SMTP, over a real socket: any command in any order, in any cut, with near-misses of every kind.

``python -m tests.fuzz.door --steps 200000`` plays until so many steps were made; a failure prints the shortest dialog that shows it.

What is held: each command has one reply, its class is the model's, each real end of a text has at most one acceptance, and the server
lives on. The model is an envelope automaton of a dozen lines; it knows no grammar: whoever draws an argument says whether it is right.
"""

import argparse
import asyncio
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.support.smtp_house import House

SECONDS = 5.0  # for any reply: longer is a hang
ERRORS = 10  # limits.errors
JUNK = 100  # limits.junk_commands

RIGHT_SENDERS = (
    b"<>",
    b"<kim@customer.example>",
    b"<kim@customer.example> SIZE=10 BODY=8BITMIME",
    b"<a..b.@docomo.example>",
)
WRONG_SENDERS = (
    b"", b"<", b"<kim", b"kim@customer.example", b"<kim@customer.example>x", b"<@>", b"<kim@-x.example>", b"<\xff@x.example>",
    b"<kim@customer.example> SIZE=x", b"<kim@customer.example> X=1", b"<k\xc3\xa9@customer.example>", b"<a@b> <c@d>", b"<a\0@b.example>",
)  # fmt: skip
RIGHT_RECIPIENTS = (
    b"<support@example.com>",
    b"<SALES@EXAMPLE.com>",
    b"<postmaster>",
    b"<@relay.example:support@example.com>",
)
WRONG_RECIPIENTS = (
    b"", b"<>", b"<support>", b"<nobody@example.com>", b"<victim@other.example>", b"<support%other.example@example.com>",
    b"<support@example.com", b"<support@example.com> NOTIFY=NEVER", b"<other.example!victim@example.com>", b"<s@[127.0.0.1]>",
)  # fmt: skip
OTHER_WRONG = (
    b"XYZZY", b"", b" NOOP", b"AUTH PLAIN x", b"EXPN x", b"STARTTLS", b"DATA x", b"QUIT x", b"RSET x", b"TURN", b"MAIL", b"RCPT",
    b"NOOP\nMAIL FROM:<x@y.example>", b"NOOP\rRSET", b"NO\0OP", b"EHLO", b"LHLO client.example", b"EHLO -", b"\xff\xfe", b"VRFY",
    b"x" * 3000,
)  # fmt: skip
JUNK_LINES = {b"NOOP": 250, b"NOOP anything": 250, b"noop": 250, b"RSET": 250, b"VRFY kim": 252, b"HELP": 214}
PIECES = (
    b"text", b"\r\n", b"\r\n", b".", b"..", b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r\n\0.\r\n",
    b"\r\n.\0\r\n", b"\r\r\n.\r\r\n", b"\n", b"\r", b"\0", b"\x0b.\x0b", b"\xc2\x85.\xc2\x85", b"MAIL FROM:<evil@attacker.example>\r\n",
    b"Received: x\r\n", b"QUIT\r\n", b"DATA\r\n", b"x" * 1100, b"\xff", b" .\r\n",
)  # fmt: skip

noise = st.binary(min_size=1, max_size=40).map(lambda octets: b"\x01" + re.sub(rb"[\r\n]", b"?", octets))
cuts = st.lists(st.integers(1, 400), max_size=4)
texts = (
    st.lists(st.sampled_from(PIECES), max_size=8)
    .map(b"".join)
    .filter(lambda text: b"\r\n.\r\n" not in b"\r\n" + text + b"\r\n")
)


class Server:
    """A door with a loop of its own, for a client that blocks."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.house = House(Path(self._directory.name))
        threading.Thread(target=self.loop.run_forever, name="door", daemon=True).start()
        self.do(self.house.door.start())

    def do(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(30)  # type: ignore[arg-type]

    def close(self) -> None:
        self.do(self.house.door.stop(0.1))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._directory.cleanup()


class Client:
    """Sends octets in pieces, reads whole replies."""

    def __init__(self, where: tuple[str, int]) -> None:
        self.socket = socket.create_connection(where, timeout=SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def send(self, octets: bytes, at: Sequence[int] = ()) -> None:
        edges = [0, *sorted({cut for cut in at if cut < len(octets)}), len(octets)]
        for start, end in pairwise(edges):
            if start:
                time.sleep(0.0002)  # a chance for the door to read them one by one
            self.socket.sendall(octets[start:end])

    def reply(self) -> int:
        """The code of the next reply, 0 at the end of the connection. AssertionError for what is no reply."""
        codes = set()
        while True:
            line = self._file.readline(4096)
            if not line:
                assert not codes, "the connection ended within a reply"
                return 0
            match = re.fullmatch(rb"([2-5]\d\d)([ -])[\x20-\x7e]*\r\n", line)
            assert match, line
            codes.add(int(match[1]))
            assert len(codes) == 1, "one reply has one code"
            if match[2] == b" ":
                return codes.pop()

    def is_silent(self) -> bool:
        """Whether nothing more was said: a reply too many would be there by now."""
        self.socket.setblocking(False)
        try:
            return not self._file.peek(1)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(SECONDS)

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class DoorMachine(RuleBasedStateMachine):
    """One connection after the other; ``step`` is told of each step."""

    server: Server
    on_step: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self) -> None:
        super().__init__()
        self.client: Client | None = None

    @initialize()
    def start(self) -> None:
        self.connect()

    def connect(self) -> None:
        if self.client is not None:
            self.client.close()
        self.client = Client(self.server.house.smtp)
        self.said_hello = self.is_extended = self.has_sender = False
        self.recipients = self.errors = self.junk = 0
        self.stored = len(self.server.house.records)
        assert self.client.reply() == 220

    def teardown(self) -> None:
        if self.client is not None:
            self.client.close()

    # --- what each answer must be ---------------------------------------------------------------------------------

    def exchange(self, octets: bytes, at: Sequence[int], *expected: int, is_junk: bool = False) -> None:
        """Send and compare: one reply of an expected class (or code), and the farewell where patience is at its end."""
        assert self.client is not None
        self.on_step()
        self.client.send(octets, at)
        self.take(octets, *expected, is_junk=is_junk)
        assert self.client.is_silent(), (octets, "more than one reply")

    def take(self, octets: bytes, *expected: int, is_junk: bool = False) -> None:
        assert self.client is not None
        code = self.client.reply()
        assert code in expected or code // 100 in expected, (octets, code, expected)
        if code >= 500:
            self.errors += 1
        elif is_junk:
            self.junk += 1
        if self.errors >= ERRORS or self.junk > JUNK:
            assert self.client.reply() == 421, "patience is at its end"
            assert self.client.reply() == 0
            self.connect()

    def forget(self) -> None:
        self.has_sender, self.recipients = False, 0

    # --- commands -------------------------------------------------------------------------------------------------

    @rule(verb=st.sampled_from((b"EHLO", b"ehlo", b"HELO")), at=cuts)
    def hello(self, verb: bytes, at: list[int]) -> None:
        errors = self.errors
        self.said_hello, self.is_extended = True, verb.upper() == b"EHLO"
        self.forget()
        self.exchange(verb + b" client.example\r\n", at, 250, is_junk=True)
        assert self.errors in (errors, 0)

    @rule(argument=st.sampled_from(RIGHT_SENDERS), at=cuts)
    def mail(self, argument: bytes, at: list[int]) -> None:
        is_right = self.said_hello and not self.has_sender and (self.is_extended or b"SIZE" not in argument)
        self.has_sender = self.has_sender or is_right
        self.exchange(b"MAIL FROM:" + argument + b"\r\n", at, 250 if is_right else 5)

    @precondition(lambda self: not self.has_sender)
    @rule(sender=st.sampled_from(RIGHT_SENDERS), recipient=st.sampled_from(RIGHT_RECIPIENTS))
    def envelope(self, sender: bytes, recipient: bytes) -> None:
        """The way to DATA, which single steps find too seldom."""
        self.hello(b"EHLO", [])
        self.mail(sender, [])
        if self.has_sender:  # the farewell may have come in between
            self.rcpt(recipient, [])

    @rule(argument=st.one_of(st.sampled_from(WRONG_SENDERS), noise), at=cuts)
    def wrong_mail(self, argument: bytes, at: list[int]) -> None:
        self.exchange(b"MAIL FROM:" + argument + b"\r\n", at, 5)

    @rule(argument=st.sampled_from(RIGHT_RECIPIENTS), at=cuts)
    def rcpt(self, argument: bytes, at: list[int]) -> None:
        is_right = self.has_sender
        self.recipients += is_right
        self.exchange(b"RCPT TO:" + argument + b"\r\n", at, 250 if is_right else 5)

    @rule(argument=st.one_of(st.sampled_from(WRONG_RECIPIENTS), noise), at=cuts)
    def wrong_rcpt(self, argument: bytes, at: list[int]) -> None:
        self.exchange(b"RCPT TO:" + argument + b"\r\n", at, 5)

    @rule(line=st.sampled_from(sorted(JUNK_LINES)), at=cuts)
    def junk_command(self, line: bytes, at: list[int]) -> None:
        if line == b"RSET":
            self.forget()
        self.exchange(line + b"\r\n", at, JUNK_LINES[line], is_junk=True)

    @rule(line=st.one_of(st.sampled_from(OTHER_WRONG), noise), at=cuts)
    def wrong(self, line: bytes, at: list[int]) -> None:
        self.exchange(line + b"\r\n", at, 5)

    @rule(line=st.sampled_from((b"GET / HTTP/1.1", b"POST / HTTP/1.1", b"BDAT 10 LAST")))
    def hang_up(self, line: bytes) -> None:
        assert self.client is not None
        self.on_step()
        self.client.send(line + b"\r\nMAIL FROM:<evil@attacker.example>\r\n")
        assert self.client.reply() in (421, 521)
        assert self.client.reply() == 0
        self.connect()

    @rule()
    def quit(self) -> None:
        assert self.client is not None
        self.on_step()
        self.client.send(b"QUIT\r\n")
        assert self.client.reply() == 221
        assert self.client.reply() == 0
        self.connect()

    @precondition(lambda self: not self.recipients)
    @rule()
    def early_data(self) -> None:
        self.exchange(b"DATA\r\n", (), 5)

    @precondition(lambda self: self.recipients)
    @rule(text=texts, at=cuts, half_closes=st.booleans())
    def data(self, text: bytes, at: list[int], half_closes: bool) -> None:
        """A text up to its real end: stored once where it is clean, else refused, and in step afterwards."""
        assert self.client is not None
        self.exchange(b"DATA\r\n", (), 354)
        whole = (text if text.endswith(b"\r\n") or not text else text + b"\r\n") + b".\r\n"
        clean = not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", whole)
        self.client.send(whole + b"VRFY kim\r\n", at)  # its code is nothing else's: a reply too many is seen
        if half_closes:
            self.client.socket.shutdown(socket.SHUT_WR)
        self.forget()
        code = self.client.reply()
        assert code == (250 if clean else 550), (whole, code)
        self.stored += clean
        assert len(self.server.house.records) == self.stored, "one end, one mail"
        if clean:
            self.errors = self.junk = 0
            wanted = re.sub(rb"(?m)^\.", b"", whole.removesuffix(b".\r\n"))
            assert self.server.house.raw(self.server.house.records[-1]) == wanted
        else:
            self.errors += 1
            if self.errors >= ERRORS:
                assert self.client.reply() == 421
                assert self.client.reply() == 0
                self.connect()
                return
        client = self.client
        self.take(b"VRFY", 252, is_junk=True)
        if half_closes and client is self.client:
            assert self.client.reply() == 0
            self.connect()

    @precondition(lambda self: self.recipients)
    @rule(text=texts)
    def data_without_an_end(self, text: bytes) -> None:
        """The client leaves in the middle: nothing is stored."""
        assert self.client is not None
        self.exchange(b"DATA\r\n", (), 354)
        self.client.send(text.removesuffix(b"\r\n"))
        self.client.socket.shutdown(socket.SHUT_WR)
        assert self.client.reply() == 0
        assert len(self.server.house.records) == self.stored
        self.connect()

    @rule(line=st.sampled_from((b"", b"NO", b"MAIL FROM:<x@y.example>", b"NOOP\r")))
    def leave_within_a_command(self, line: bytes) -> None:
        assert self.client is not None
        self.on_step()
        self.client.send(line)
        self.client.socket.shutdown(socket.SHUT_WR)
        assert self.client.reply() == 0
        self.connect()

    @rule(lines=st.lists(st.sampled_from((b"NOOP", b"XYZZY", b"VRFY x")), min_size=2, max_size=5), at=cuts)
    def pipeline(self, lines: list[bytes], at: list[int]) -> None:
        """A group of commands at once: as many replies, in order."""
        assert self.client is not None
        if self.errors + lines.count(b"XYZZY") >= ERRORS or self.junk + len(lines) > JUNK:
            return
        self.on_step()
        self.client.send(b"".join(line + b"\r\n" for line in lines), at)
        for line in lines:
            self.take(line, 500 if line == b"XYZZY" else 2, is_junk=line != b"XYZZY")
        assert self.client.is_silent()


def play(examples: int, steps: int, on_step: Callable[[], None] | None = None, *, derandomize: bool = False) -> None:
    """So many games of so many steps against one door. AssertionError with the shortest dialog that goes wrong."""
    server = Server()

    class Machine(DoorMachine):
        pass

    Machine.server = server
    if on_step is not None:
        Machine.on_step = staticmethod(on_step)
    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                derandomize=derandomize,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.door", description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    wanted = parser.parse_args().steps
    began, done = time.monotonic(), 0

    def on_step() -> None:
        nonlocal done
        done += 1
        if done % 500 == 0 or done == wanted:
            share = min(1.0, done / wanted)
            bar = "#" * int(40 * share)
            sys.stderr.write(f"\rdoor [{bar:<40}] {done}/{wanted} steps, {done / (time.monotonic() - began):.0f}/s")
            sys.stderr.flush()

    while done < wanted:
        play(examples=min(200, max(1, (wanted - done) // 50)), steps=60, on_step=on_step)
    seconds = time.monotonic() - began
    print(f"\ndoor: {done} steps in {seconds:.0f} s, 0 disagreements")
    return 0


if __name__ == "__main__":
    sys.exit(main())
