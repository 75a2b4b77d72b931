"""What lists and the flood ladder cost a mail, and what scanners do: ``python -m bench.senders [--scanners]``."""

import argparse
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gateway.pipeline.standing import stand
from gateway.rules.sender_lists import Action, Kind
from gateway.scanners.model import Subject
from gateway.scanners.panel import Panel
from gateway.store.database import Database
from gateway.store.schema import sender_lists
from gateway.store.sender_lists import add_entry
from tests.support.accepted import NOW, accepted, mail
from tests.support.databases import create_tables
from tests.support.office import TestOffice
from tests.support.scanner_programs import KINDS, running_scanners

MAILS = 1000
ENTRIES = (0, 1_000, 100_000)


def measure_standing() -> Iterable[dict[str, Any]]:
    """Microseconds of CPU time a mail, on SQLite: the whole look at a sender, in a transaction of 32 mails."""
    for entries in ENTRIES:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{folder}/bench.db")
            create_tables(f"sqlite:///{folder}/bench.db")
            office = TestOffice(database, Path(folder))
            _fill(database, entries)
            cases = _cases(office)
            spent = 0.0
            for start in range(0, MAILS, 32):
                with database.write() as connection:
                    office.office.sender_lists.read(connection, now=NOW)
                    began = time.process_time()
                    for entry, understood in cases[start : start + 32]:
                        stand(connection, entry, understood, office.office, by_agent=False, now=NOW)
                    spent += time.process_time() - began
            database.dispose()
        yield {"what": "lists, counts and mutes of one mail", "entries": entries, "cpu_us": spent / MAILS * 1e6}


def _fill(database: Database, entries: int) -> None:
    if not entries:
        return
    row = {"action": "block", "kind": Kind.ADDRESS.value, "reason": "x", "author": "x", "created_at": NOW}
    with database.write() as connection:
        connection.execute(sender_lists.insert(), [row | {"value": f"k{n}@nobody.example"} for n in range(entries)])
        add_entry(connection, Action.BLOCK, "last@nobody.example", reason="x", author="x", now=NOW)


def _cases(office: TestOffice) -> list[Any]:
    from gateway.pipeline.stages import understand

    records = [
        accepted(mail(f"Question {n}", sender=f"K <k{n}@customer{n % 50}.example>"), reverse_path=f"k{n}@c.example")
        for n in range(MAILS)
    ]
    office.journal.append(records)
    entries = office.journal.claim(owner="bench", limit=MAILS, now=NOW)
    return [(entry, understand(entry, office.journal, office.office)) for entry in entries]


def measure_scanners() -> Iterable[dict[str, Any]]:
    """Mails a second of each of Debian's scanners with small rules of our own, in batches of 32, and our own CPU time a mail."""
    with tempfile.TemporaryDirectory(prefix="scan") as folder, running_scanners(Path(folder), *KINDS) as scanners:
        for kind, scanner in scanners.items():
            mails = 64 if kind == "spamassassin" else 640
            subjects = [
                Subject(str(n), mail(f"Question {n}\r\n" * 100), "192.0.2.1", "h", "", ()) for n in range(mails)
            ]
            panel = Panel()
            wall, cpu = time.perf_counter(), time.process_time()
            for start in range(0, mails, 32):
                scans = panel.scan(subjects[start : start + 32], [scanner])
                if any(scan.silent for scan in scans):
                    raise SystemExit(f"{kind} said nothing: {scans}")
            cost = (time.process_time() - cpu) / mails * 1e6
            yield {"what": f"2 KB mail to {kind}", "per_second": mails / (time.perf_counter() - wall), "cpu_us": cost}
            panel.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scanners", action="store_true", help="also the scanners, which must be installed")
    wanted = parser.parse_args()
    for figures in (*measure_standing(), *(measure_scanners() if wanted.scanners else ())):
        print(
            ", ".join(
                f"{name}: {value:.0f}" if isinstance(value, float) else f"{name}: {value}"
                for name, value in figures.items()
            )
        )


if __name__ == "__main__":
    main()
