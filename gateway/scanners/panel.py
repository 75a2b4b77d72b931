"""All scanners over a batch of mails at one time, each within its limits; who fails is left alone for a while."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from gateway.config.scanners import Scanner
from gateway.config.section import Endpoint
from gateway.scanners import clamav, rspamd, spamassassin
from gateway.scanners.model import Finding, Report, Scan, ScannerFault, Subject

log = logging.getLogger("gateway.scanners")

FAULTS = 3  # in a row, until a scanner is left alone
ALONE_SECONDS = 30.0

Ask = Callable[[Endpoint, Subject, float], Finding]

CLIENTS: Mapping[str, Ask] = {"rspamd": rspamd.ask, "spamassassin": spamassassin.ask, "clamav": clamav.ask}


@dataclass(slots=True)
class Circuit:
    """Whether it makes sense to ask: after so many faults in a row a scanner is left alone, then asked once. Time is an argument."""

    faults: int = 0
    open_until: float = float("-inf")  # seconds of a monotonic clock

    def may_ask(self, now: float) -> bool:
        """True also for the one question after the pause: it lets the next ones wait until it is answered."""
        if now < self.open_until:
            return False
        if self.faults >= FAULTS:
            self.open_until = now + ALONE_SECONDS
        return True

    def answered(self) -> None:
        self.faults, self.open_until = 0, float("-inf")

    def failed(self, now: float) -> None:
        self.faults += 1
        if self.faults >= FAULTS:
            self.open_until = now + ALONE_SECONDS


@dataclass
class _Desk:
    """One scanner's threads and circuit."""

    scanner: Scanner
    pool: ThreadPoolExecutor
    circuit: Circuit = field(default_factory=Circuit)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Panel:
    """The scanners of one pipeline process. ``scan`` is for one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._desks: dict[Scanner, _Desk] = {}

    def scan(self, subjects: Sequence[Subject], scanners: Sequence[Scanner]) -> list[Scan]:
        """Each mail's reports, in the order of the scanners. Never raises; takes about as long as the slowest scanner may."""
        desks = [self._desk(scanner) for scanner in scanners]
        asked: list[list[Future[Report]]] = [
            [desk.pool.submit(self._report, desk, subject) for desk in desks] for subject in subjects
        ]
        return [Scan(tuple(future.result() for future in futures)) for futures in asked]

    def close(self) -> None:
        for desk in self._desks.values():
            desk.pool.shutdown(wait=True)
        self._desks.clear()

    def _desk(self, scanner: Scanner) -> _Desk:
        """Circuits outlive a reload of the configuration as long as the scanner's section stays as it is."""
        desk = self._desks.get(scanner)
        if desk is None:
            for other in [known for known in self._desks if known.name == scanner.name]:
                self._desks.pop(other).pool.shutdown(wait=False)
            desk = _Desk(scanner, ThreadPoolExecutor(scanner.concurrency, thread_name_prefix=f"scan-{scanner.kind}"))
            self._desks[scanner] = desk
        return desk

    def _report(self, desk: _Desk, subject: Subject) -> Report:
        scanner = desk.scanner
        if len(subject.raw) > scanner.largest:
            return Report(scanner.name, None, f"the mail is larger than {scanner.largest} octets")
        with desk.lock:
            may_ask = desk.circuit.may_ask(self._clock())
        if not may_ask:
            return Report(scanner.name, None, "failed too often just now and is left alone for a while", is_down=True)
        try:
            finding = CLIENTS[scanner.kind](Endpoint.parse(scanner.address), subject, scanner.seconds)
        except ScannerFault as fault:
            return self._failed(desk, subject, str(fault))
        except Exception as error:
            log.exception("a scanner's client failed", extra={"scanner": scanner.name, "receipt": subject.receipt})
            return self._failed(desk, subject, f"its client failed ({type(error).__name__})")
        with desk.lock:
            desk.circuit.answered()
        return Report(scanner.name, finding)

    def _failed(self, desk: _Desk, subject: Subject, fault: str) -> Report:
        with desk.lock:
            desk.circuit.failed(self._clock())
            is_given_up = desk.circuit.faults == FAULTS
        log.warning("scanner: %s", fault, extra={"scanner": desk.scanner.name, "receipt": subject.receipt})
        if is_given_up:
            log.error("scanner is left alone for a while; mail goes on unscanned", extra={"scanner": desk.scanner.name})
        return Report(desk.scanner.name, None, fault, is_down=True)
