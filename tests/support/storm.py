"""Clients that send each mail until they hear 250, whatever happens to the gateway; and the comparison of what they heard with what
is there in the end."""

import itertools
import random
import smtplib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from gateway.journal import Journal
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.schema import messages, outbox, tickets

LARGE = 300_000


@dataclass
class History:
    """What one client asked and heard: ``invoke``, then ``ok`` (250), ``fail`` (5xx) or ``info`` (4xx, or no reply)."""

    path: Path
    states: dict[str, str] = field(default_factory=dict)

    def note(self, what: str, message_id: str, detail: str = "") -> None:
        self.states[message_id] = what if self.states.get(message_id) != "ok" else "ok"
        with self.path.open("a") as file:
            file.write(f"{time.time():.3f} {what} {message_id} {detail}\n")


@dataclass(frozen=True)
class Verdict:
    """As in a total-queue checker. All but the first two must be empty or zero."""

    sent: int
    accepted: int
    lost: tuple[str, ...]  # accepted, and on no ticket
    doubled: tuple[str, ...]  # on more than one ticket, or twice on one
    unexpected: tuple[str, ...]  # refused or never sent, and there
    refused: tuple[str, ...]  # 5xx
    acknowledgements: tuple[str, ...]  # tickets without exactly one acknowledgement
    balance: str  # "" where accepted = sum of fates + pending, with nothing pending

    @property
    def is_sound(self) -> bool:
        problems = (self.lost, self.doubled, self.unexpected, self.refused, self.acknowledgements, self.balance)
        return not any(problems)

    def __str__(self) -> str:
        return (
            f"sent {self.sent}, accepted {self.accepted}, lost {len(self.lost)}, double {len(self.doubled)}, "
            f"unexpected {len(self.unexpected)}, refused {len(self.refused)}, "
            f"tickets without exactly one acknowledgement {len(self.acknowledgements)}"
            + (f", balance: {self.balance}" if self.balance else "")
        )


class Clients:
    """A few threads that mail into ``port`` until ``most`` mails are accepted or ``stop`` is called."""

    def __init__(
        self, folder: Path, port: int, *, clients: int = 4, most: int = 10**9, pace: float = 0.0, first: int = 1
    ) -> None:
        """``first``: number of the first mail; give each storm on one gateway its own range."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port
        self.slowest = 0.0  # seconds from the dot to its reply
        self.codes: Counter[int] = Counter()
        self._last = first + most - 1
        self._pace = pace
        self._numbers = itertools.count(first)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.histories = [History(folder / f"client-{number}.history") for number in range(clients)]
        self._threads = [
            threading.Thread(target=self._run, args=(history, random.Random(number)), daemon=True)
            for number, history in enumerate(self.histories)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def accepted(self) -> int:
        return sum(list(history.states.values()).count("ok") for history in self.histories)

    def stop(self, patience: float = 60.0) -> None:
        """Begin nothing new; each client ends when its last mail is accepted. AssertionError where that never happens."""
        self._stop.set()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        assert not any(thread.is_alive() for thread in self._threads), f"a client is still refused: {self.codes}"

    def join(self) -> bool:
        """Whether all have sent all."""
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, history: History, dice: random.Random) -> None:
        while not self._stop.is_set():
            with self._lock:
                number = next(self._numbers)
            if number > self._last:
                return
            size = LARGE if dice.random() < 0.02 else int(dice.triangular(50, 20_000, 500))
            self._send_until_accepted(history, number, size)
            if self._pace:
                self._stop.wait(self._pace)

    def _send_until_accepted(self, history: History, number: int, size: int) -> None:
        message_id = f"storm-{number}@customer.example"
        author = f"customer{number}@customer.example"
        text = "\r\n".join(itertools.repeat("All work and no play makes mail a dull affair.", size // 48 + 1))
        mail = (
            f"From: {author}\r\nTo: support@example.com\r\nSubject: Storm {number}\r\n"
            f"Message-ID: <{message_id}>\r\n\r\n{text}\r\n"
        )
        while True:
            history.note("invoke", message_id)
            code, detail = self._try(author, mail)
            self.codes[code] += 1
            if code == 250:
                history.note("ok", message_id, detail)
                return
            if code >= 500:
                history.note("fail", message_id, detail)
                return
            history.note("info", message_id, f"{code} {detail}")
            time.sleep(0.05)

    def _try(self, author: str, mail: str) -> tuple[int, str]:
        """The reply that ended the try; 0 where the connection ended without one."""
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=45) as client:
                client.ehlo("client.example")
                for step in (lambda: client.mail(author), lambda: client.rcpt("support@example.com")):
                    code, text = step()
                    if code != 250:
                        return code, text.decode("ascii", "replace")
                began = time.monotonic()
                code, text = client.data(mail)
                self.slowest = max(self.slowest, time.monotonic() - began)
                return code, text.decode("ascii", "replace")
        except smtplib.SMTPResponseException as error:
            return error.smtp_code, str(error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            return 0, type(error).__name__

    def verdict(self, database: Database, data_dir: Path) -> Verdict:
        """Compare what was heard with what is there. Call it when nothing is pending."""
        states = {name: state for history in self.histories for name, state in history.states.items()}
        with database.read() as connection:
            there = Counter(
                row.message_id
                for row in connection.execute(select(messages.c.message_id).where(messages.c.direction == "in"))
            )
            numbers = [row.id for row in connection.execute(select(tickets.c.id))]
            acks = Counter(
                row.ticket_id for row in connection.execute(select(outbox.c.ticket_id).where(outbox.c.kind == "ack"))
            )
        balance = Journal(database, BlobStore(data_dir / "blobs")).balance()
        sound = balance.adds_up and not balance.pending and not balance.fates.get("quarantined")
        return Verdict(
            sent=len(states),
            accepted=sum(state == "ok" for state in states.values()),
            lost=tuple(name for name, state in states.items() if state == "ok" and not there[name]),
            doubled=tuple(name for name, times in there.items() if times > 1),
            unexpected=tuple(name for name, state in states.items() if state == "fail" and there[name]),
            refused=tuple(name for name, state in states.items() if state == "fail"),
            acknowledgements=tuple(str(number) for number in numbers if acks[number] != 1),
            balance="" if sound else str(balance),
        )
