"""The pipeline's loop: claim, read outside of any transaction, carry out, commit. One mail never stops the others."""

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.desk.office import Office
from gateway.journal import Damaged, Entry, Fate, Journal, LeaseLost
from gateway.pipeline.carry_out import Case, carry_out, words_of
from gateway.pipeline.holding import gave_up_reading
from gateway.pipeline.rechecks import Rechecks
from gateway.pipeline.scanning import Scanning
from gateway.pipeline.senders import LOOK_AGAIN, Senders
from gateway.pipeline.stages import Understood, give_up, understand
from gateway.store.database import is_temporary, reason_of
from gateway.store.lookups import lock_conversations
from gateway.store.memo import remembering
from gateway.store.tickets import GATEWAY, add_events
from gateway.threading.causes import Cause

log = logging.getLogger("gateway.pipeline")

BATCH = 32
HOLD_SECONDS = 0.03  # how long one transaction may keep other writers (the door!) waiting on SQLite
ENTRY_SECONDS = (
    10.0  # wall time for one mail; a reader that hangs is killed with its process and the mail counted as crashed
)
POLL_SECONDS = 1.0
TROUBLE_SECONDS = (0.5, 1, 2, 5)


def process_owner(process_id: int | None = None) -> str:
    """A name for leases that says which process holds them: host, process id and its start, so that a reused id is no mistake."""
    process_id = process_id or os.getpid()
    return f"{os.uname().nodename}/{process_id}/{_started(process_id)}"


def is_dead(owner: str) -> bool:
    """True where the owner was a process of this machine that is gone. Other machines' owners are never called dead."""
    host, _, rest = owner.rpartition("/")[0].rpartition("/")
    if host != os.uname().nodename or not rest.isdigit():
        return False
    return process_owner(int(rest)) != owner


def _started(process_id: int) -> str:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "gone"


class Watchdog:
    """Kills this process when one mail takes too long: no other way stops a reader that hangs in C code."""

    def __init__(self, seconds: float, kill: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGKILL)) -> None:
        self._seconds = seconds
        self._kill = kill
        self._deadline: float | None = None
        self._receipt = ""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def start(self, receipt: str) -> None:
        self._receipt = receipt
        self._deadline = time.monotonic() + self._seconds

    def stop(self) -> None:
        self._deadline = None

    def _watch(self) -> None:
        while True:
            time.sleep(self._seconds / 10)
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                log.error(
                    "a mail took too long; the process is killed and the mail tried again alone",
                    extra={"receipt": self._receipt},
                )
                self._kill()
                return


@dataclass
class Worker:
    """One pipeline process."""

    journal: Journal
    office: Callable[[], Office]  # the current configuration with everything made from it
    now: Callable[[], datetime]
    wait: Callable[[float], None]  # until the bell rings, at most that many seconds
    on_outgoing: Callable[[], None]  # rings delivery's bell
    owner: str = field(default_factory=process_owner)
    entry_seconds: float = ENTRY_SECONDS
    senders: Senders = field(default_factory=Senders)
    rechecks: Rechecks = field(default_factory=Rechecks)
    scanning: Scanning = field(default_factory=Scanning)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Finish what is in hand, give back the rest, return from ``run``. Safe in a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Work until ``stop``. Trouble with the database is waited out, never fatal."""
        watchdog = Watchdog(self.entry_seconds)
        trouble = 0
        released = False
        while not self._stopping.is_set():
            try:
                if not released:
                    self.journal.release_dead(is_dead=is_dead, now=self.now())
                    released = True
                if trouble:  # else what was in hand would wait for its lease to run out, and count that as a crash
                    self.journal.give_back_all(self.owner)
                done = self.work_once(watchdog)
                self.look_again()
            except Exception as error:
                if not is_temporary(error):
                    raise
                log.warning("the database is in trouble: %s", reason_of(error))
                self.wait(TROUBLE_SECONDS[min(trouble, len(TROUBLE_SECONDS) - 1)])
                trouble += 1
                continue
            trouble = 0
            if not done and not self._stopping.is_set():
                self.wait(POLL_SECONDS)

    def look_again(self) -> int:
        """Look again at authors whom DNS could not tell, where it is time; how many are settled."""
        return self.rechecks.look_again(self.journal, self.senders, self.office(), self.now())

    def work_once(self, watchdog: Watchdog | None = None) -> int:
        """Claim one batch and bring each of its mails to its fate; returns how many were claimed."""
        entries = self.journal.claim(owner=self.owner, limit=BATCH, now=self.now())
        if not entries:
            return 0
        office = self.office()
        left: list[Entry] = list(entries)
        try:
            cases = []
            for entry in entries:
                if watchdog is not None:
                    watchdog.start(entry.receipt)
                case = self._understand(entry, office)
                if case is None:
                    left.remove(entry)
                else:
                    cases.append(case)
            if watchdog is not None:
                watchdog.stop()
            judged, undecided = self.senders.judge(
                [(case.entry, case.understood) for case in cases], self.journal, office
            )
            cases = [Case(*one) for one in self.scanning.look_at(judged, self.journal, office)]
            if undecided:
                self.journal.give_back(undecided, until=self.now() + LOOK_AGAIN)
                left = [entry for entry in left if entry not in undecided]
            while cases and not self._stopping.is_set():
                settled = self._commit(cases, office, watchdog)
                for case in cases[:settled]:
                    left.remove(case.entry)
                del cases[:settled]
        finally:
            if watchdog is not None:
                watchdog.stop()
            if left:
                with suppress(Exception):  # ``run`` does it as soon as the database can be used again
                    self.journal.give_back(left)
        return len(entries)

    def _understand(self, entry: Entry, office: Office) -> Case | None:
        """Read the mail; a crash of the reader is counted against this mail alone."""
        try:
            look = give_up if self._gave_up(entry) else understand
            understood: Understood = look(entry, self.journal, office)
        except Damaged as error:
            self._quarantine_damaged(entry, error)
            return None
        except Exception as error:
            if is_temporary(error):
                raise
            self._count_crash(entry, error)
            return None
        return Case(entry, understood)

    def _gave_up(self, entry: Entry) -> bool:
        if not entry.crashes:
            return False
        with self.journal.database.read() as connection:
            return gave_up_reading(connection, entry)

    def _commit(self, cases: Sequence[Case], office: Office, watchdog: Watchdog | None) -> int:
        """Carry out as many cases as one short transaction holds, from the first on; returns how many are dealt with.

        Where one of them fails, all are rolled back and each is carried out alone, so that the fault is pinned on its mail.
        """
        try:
            done, outgoing = self._transaction(cases, office, watchdog)
        except Exception as error:
            if is_temporary(error):
                raise
            if len(cases) > 1:
                return sum(self._commit([case], office, watchdog) for case in cases)
            self._fault(cases[0].entry, error)
            return 1
        if outgoing:
            self.on_outgoing()
        return done

    def _transaction(self, cases: Sequence[Case], office: Office, watchdog: Watchdog | None) -> tuple[int, bool]:
        outgoing = False
        with self.journal.database.write() as connection, remembering(connection):
            started = time.monotonic()
            lock_conversations(connection, {word for case in cases for word in words_of(case, office)})
            done = 0
            for case in cases:
                if watchdog is not None:
                    watchdog.start(case.entry.receipt)
                outgoing |= carry_out(connection, self.journal, case, office, now=self.now())
                done += 1
                if time.monotonic() - started > HOLD_SECONDS:
                    break
            if watchdog is not None:
                watchdog.stop()  # a slow commit is the disk's fault, not this mail's
        return done, outgoing

    def _fault(self, entry: Entry, error: Exception) -> None:
        if isinstance(error, LeaseLost):
            log.warning("another worker took this mail over", extra={"receipt": entry.receipt})
        else:
            self._count_crash(entry, error)

    def _quarantine_damaged(self, entry: Entry, error: Damaged) -> None:
        """The disk changed the mail: another try would read the same. People are told at once (an alarm)."""
        log.error("the stored mail is damaged and is quarantined: %s", error, extra={"receipt": entry.receipt})
        now = self.now()
        with self.journal.database.write() as connection:
            trace = {"receipt": entry.receipt, "outcome": "quarantine", "reason": str(error), "steps": []}
            self.journal.settle(connection, entry, Fate.QUARANTINED, now=now, cause=Cause.DAMAGED, trace=trace)
            add_events(
                connection,
                None,
                now,
                ("alarm", GATEWAY, {"reason": "damaged", "why": str(error), "receipt": entry.receipt}),
            )

    def _count_crash(self, entry: Entry, error: Exception) -> None:
        text = "".join(traceback.format_exception(error))
        with self.journal.database.write() as connection:
            quarantined = self.journal.crashed(connection, entry, text, now=self.now())
        log.error(
            "a mail crashed the pipeline%s",
            " for the third time and is quarantined" if quarantined else "; it will be tried again alone",
            extra={"receipt": entry.receipt, "crashes": entry.crashes + 1},
            exc_info=error,
        )
