"""Scanners that are down, slow, or talk nonsense: each talk ends, mail goes on, and who fails is left alone for a while."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from gateway.config.scanners import Scanner
from gateway.config.section import Endpoint
from gateway.scanners import clamav, rspamd, spamassassin
from gateway.scanners.model import Finding, Report, ScannerFault, Subject
from gateway.scanners.panel import ALONE_SECONDS, CLIENTS, FAULTS, Circuit, Panel
from tests.scanners.conftest import subject

Behave = Callable[[socket.socket], None]
KINDS = ("rspamd", "spamassassin", "clamav")
SOON = 0.4  # seconds that a scanner is given here


@contextmanager
def server(behave: Behave) -> Iterator[str]:
    """An address at which every connection is treated so, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    def handle(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            behave(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def scanner(address: str, kind: str = "clamav", **more: object) -> Scanner:
    return Scanner.model_validate({"name": kind, "kind": kind, "address": address, "seconds": SOON, **more})


def take_in(connection: socket.socket) -> None:
    """Read what has come so far; enough for a small mail."""
    connection.settimeout(0.2)
    with suppress(TimeoutError):
        while connection.recv(65536):
            pass


def answer(octets: bytes) -> Behave:
    def behave(connection: socket.socket) -> None:
        take_in(connection)
        connection.sendall(octets)

    return behave


def hang(connection: socket.socket) -> None:
    time.sleep(3)
    connection.close()


def drip(connection: socket.socket) -> None:
    take_in(connection)
    for _ in range(60):
        connection.sendall(b"s")
        time.sleep(0.05)


def pour(connection: socket.socket) -> None:
    take_in(connection)
    while True:
        connection.sendall(b"x" * 65536)


def hang_up(connection: socket.socket) -> None:
    connection.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "behave", [hang, drip, pour, hang_up, answer(b""), answer(b"\0\xff\r\n" * 100), answer(b"\r\n\r\n")]
)
@pytest.mark.parametrize("octets", [100, 3_000_000])
def test_every_talk_ends_soon_with_a_fault(kind: str, behave: Behave, octets: int) -> None:
    with server(behave) as address:
        began = time.monotonic()
        with pytest.raises(ScannerFault) as fault:
            CLIENTS[kind](Endpoint.parse(address), Subject("r", b"a" * octets, "", "", "", ()), SOON)
        assert time.monotonic() - began < SOON + 1.0
    assert str(fault.value)
    assert "\0" not in str(fault.value)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_without_end_is_cut_at_its_size_not_at_the_deadline(kind: str) -> None:
    with server(pour) as address:
        began = time.monotonic()
        with pytest.raises(ScannerFault, match=r"answered with more than [0-9]+ octets"):
            CLIENTS[kind](Endpoint.parse(address), subject(), 20)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_there_is_a_fault(kind: str) -> None:
    with server(hang_up) as address:
        pass
    with pytest.raises(ScannerFault, match="cannot be reached"):
        CLIENTS[kind](Endpoint.parse(address), subject(), SOON)
    with pytest.raises(ScannerFault, match="cannot be reached: no such file or directory"):
        CLIENTS[kind](Endpoint.parse("unix:/nowhere/at/all.sock"), subject(), SOON)


def http(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (http(b"{}"), "without a score"),
        (http(b"[1]"), "without a score"),
        (http(b'{"score": "many"}'), "no number"),
        (http(b'{"score": NaN}'), "no number"),
        (http(b'{"score": 1e999}'), "no number"),
        (http(b'{"score": true}'), "no number"),
        (http(b'{"score": null}'), "no number"),
        (http(b'{"score": 1'), "not JSON"),
        (http(b"[" * 100_000), "not JSON"),
        (http(b'{"score": 1}', "500 Oops"), "HTTP status 500"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", "not HTTP"),
        (b"220 mail.example ESMTP\r\n", "not HTTP"),
    ],
)
def test_an_answer_of_rspamd_that_cannot_be_used(octets: bytes, words: str) -> None:
    with pytest.raises(ScannerFault, match=words):
        rspamd.read_answer(octets)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"SPAMD/1.1 76 EX_PROTOCOL\r\n\r\n", "answered EX_PROTOCOL"),
        (b"SPAMD/1.1 0 EX_OK\r\n\r\n", "without a score"),
        (b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; nan / 5.0\r\n\r\n", "without a score"),
        (b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 1.2.3 / 5.0\r\n\r\n", "no number"),
        (b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 1.0 / 5.0\r\n", "not the SPAMD protocol"),
        (b"", "closed without a word"),
    ],
)
def test_an_answer_of_spamd_that_cannot_be_used(octets: bytes, words: str) -> None:
    with pytest.raises(ScannerFault, match=words):
        spamassassin.read_answer(octets)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"INSTREAM size limit exceeded. ERROR\0", "answered 'INSTREAM size limit exceeded. ERROR'"),
        (b"stream: OK and more\0", "answered"),
        (b"stream:  FOUND\0", "answered"),
        (b"\0", "closed without a word"),
    ],
)
def test_an_answer_of_clamd_that_cannot_be_used(octets: bytes, words: str) -> None:
    with pytest.raises(ScannerFault, match=words):
        clamav.read_answer(octets)


def test_names_from_a_scanner_are_cut_to_what_a_name_is() -> None:
    many = b",".join(b"A%d" % number for number in range(5000)) + b",\xff\x1b[31m" + b"B" * 5000
    found = spamassassin.read_answer(b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 7 / 5\r\n\r\n" + many)
    assert (found.score, len(found.symbols), found.symbols[0]) == (7.0, 200, "A0")
    assert clamav.read_answer(b"stream: \x1b[31m" + b"B" * 500 + b" FOUND\0").virus == "[31m" + "B" * 95
    assert clamav.read_answer(b"stream: \xff\xff FOUND\0").virus != ""


# --- many mails -------------------------------------------------------------------------------------------------------


@pytest.fixture
def panel() -> Iterator[Panel]:
    panel = Panel()
    yield panel
    panel.close()


def test_a_dead_scanner_costs_a_batch_little_and_the_others_speak(panel: Panel) -> None:
    good = answer(b"stream: OK\0")
    with server(hang) as slow, server(good) as well:
        scanners = [scanner(slow, "rspamd"), scanner(well, seconds=5, concurrency=16)]
        began = time.monotonic()
        scans = panel.scan([subject() for _ in range(32)], scanners)
        assert time.monotonic() - began < 2.5, "32 mails after each other would take 13 seconds"
    assert all(scan.reports[0].is_down for scan in scans)
    assert all(scan.reports[1].finding == Finding() for scan in scans)
    faults = [scan.reports[0].fault for scan in scans]
    asked = faults.count(f"gave no answer within {SOON} s")
    assert FAULTS <= asked < 4 + FAULTS, "those asked at one time, and who came until the third of them gave up"
    assert asked + faults.count("failed too often just now and is left alone for a while") == 32


def test_it_is_asked_once_after_a_while_and_then_as_before() -> None:
    now = 1000.0
    panel = Panel(clock=lambda: now)
    behave: list[Behave] = [hang_up]
    calls: list[int] = []

    def changing(connection: socket.socket) -> None:
        calls.append(1)
        behave[0](connection)

    def look(count: int) -> list[Report]:
        return [scan.reports[0] for scan in panel.scan([subject() for _ in range(count)], [it])]

    with server(changing) as address:
        it = scanner(address, concurrency=1)
        assert all(report.is_down for report in look(10))
        assert len(calls) == FAULTS
        now += ALONE_SECONDS - 0.1
        assert all(report.is_down for report in look(3))
        assert len(calls) == FAULTS, "it is left alone"
        now += 0.2
        assert all(report.is_down for report in look(3))
        assert len(calls) == FAULTS + 1, "one question tells enough"
        behave[0] = answer(b"stream: OK\0")
        now += ALONE_SECONDS
        assert all(report.finding == Finding() for report in look(3)), "it is trusted again"
        assert len(calls) == FAULTS + 4
    panel.close()


def test_no_more_are_asked_at_one_time_than_configured(panel: Panel) -> None:
    lock = threading.Lock()
    open_now, most = 0, 0

    def count(connection: socket.socket) -> None:
        nonlocal open_now, most
        with lock:
            open_now += 1
            most = max(most, open_now)
        answer(b"stream: OK\0")(connection)
        with lock:
            open_now -= 1

    with server(count) as address:
        scans = panel.scan([subject() for _ in range(12)], [scanner(address, seconds=5, concurrency=3)])
    assert all(scan.reports[0].finding == Finding() for scan in scans)
    assert 1 < most <= 4, "the next connection may come while the last one is being closed"


def test_a_circuit_opens_after_faults_in_a_row_only() -> None:
    circuit = Circuit()
    for _ in range(5):
        for _ in range(FAULTS - 1):
            circuit.failed(0.0)
        assert circuit.may_ask(0.0)
        circuit.answered()
    for _ in range(FAULTS):
        circuit.failed(0.0)
    assert not circuit.may_ask(ALONE_SECONDS - 0.1)
    assert circuit.may_ask(ALONE_SECONDS)
    assert not circuit.may_ask(ALONE_SECONDS), "the second must wait for what the first finds"
