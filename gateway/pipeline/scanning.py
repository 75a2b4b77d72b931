"""What scanners say of mail: asked for a whole batch outside of any transaction, and what is made of it later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.config.scanners import Scanner
from gateway.desk.office import Office
from gateway.journal import Entry, Journal
from gateway.pipeline.stages import Understood
from gateway.scanners.model import Finding, Report, Scan, Subject
from gateway.scanners.panel import Panel
from gateway.store.tickets import GATEWAY, Happened
from gateway.threading.causes import Cause
from gateway.threading.model import Decision, Outcome, Step

SPAM_TAG, VIRUS_TAG = "spam", "virus"

Read = tuple[Entry, Understood]


@dataclass
class Scanning:
    """One pipeline process's scanners."""

    panel: Panel = field(default_factory=Panel)

    def look_at(self, read: Sequence[Read], journal: Journal, office: Office) -> list[Read]:
        """The mails with what all scanners say of them, at one time for all. Raises the disk's errors, none of a scanner."""
        scanners = office.configuration.scanners
        if not scanners or not read:
            return list(read)
        scans = self.panel.scan([_subject(entry, journal) for entry, _ in read], scanners)
        return [(entry, replace(understood, scan=scan)) for (entry, understood), scan in zip(read, scans, strict=True)]


def _subject(entry: Entry, journal: Journal) -> Subject:
    raw = entry.raw if entry.raw is not None else journal.raw(entry)
    return Subject(entry.receipt, raw, entry.peer, entry.helo, entry.reverse_path, entry.forward_paths)


def _spoken(scan: Scan, office: Office) -> Iterator[tuple[Scanner, Report, Finding]]:
    by_name = {scanner.name: scanner for scanner in office.configuration.scanners}
    for report in scan.reports:
        scanner = by_name.get(report.scanner)
        if scanner is not None and report.finding is not None:
            yield scanner, report, report.finding


def held_for_its_content(understood: Understood, office: Office, *, is_allowed: bool) -> Iterator[Decision]:
    """Hold what a scanner found. A virus is held whoever sent it; spam scores are opinions, and count for nobody who is allowed.

    A delivery report quotes what was sent, so it is never held for a score.
    """
    for scanner, report, finding in _spoken(understood.scan, office):
        if finding.virus and scanner.virus == "hold":
            yield _held(Cause.VIRUS, report, f"{report.scanner} found the virus {finding.virus}")
    if is_allowed or understood.message.bounce is not None:
        return
    for scanner, report, finding in _spoken(understood.scan, office):
        if finding.score is not None and scanner.hold_at is not None and finding.score >= scanner.hold_at:
            noticed = f" ({', '.join(finding.symbols[:20])})" if finding.symbols else ""
            why = f"{report.scanner} gives it the spam score {finding.score:g}, from {scanner.hold_at:g} on mail is held{noticed}"
            yield _held(Cause.SPAM, report, why)


def _held(cause: Cause, report: Report, reason: str) -> Decision:
    return Decision(
        Outcome.QUARANTINE, None, False, reason, (Step(f"scanner {report.scanner}", "used", reason),), cause=cause
    )


def tags_for_its_content(understood: Understood, office: Office, *, is_allowed: bool) -> tuple[str, ...]:
    """Tags of the ticket that the mail opens."""
    tags = []
    for scanner, _, finding in _spoken(understood.scan, office):
        if finding.virus:
            tags.append(VIRUS_TAG)
        if (
            finding.score is not None
            and scanner.tag_at is not None
            and finding.score >= scanner.tag_at
            and not is_allowed
        ):
            tags.append(SPAM_TAG)
    return tuple(dict.fromkeys(tags))


def not_scanned(understood: Understood) -> Iterator[Happened]:
    """Mark the ticket of a mail of which a scanner said nothing."""
    for report in understood.scan.silent:
        yield "not_scanned", GATEWAY, {"scanner": report.scanner, "why": report.fault}


def told(scan: Scan) -> dict[str, Any]:
    """What the trace says of it; nothing where nobody was asked."""
    if not scan.reports:
        return {}
    return {"scan": [_told(report) for report in scan.reports]}


def _told(report: Report) -> dict[str, Any]:
    finding = report.finding
    if finding is None:
        return {"scanner": report.scanner, "fault": report.fault}
    return {
        "scanner": report.scanner,
        "score": finding.score,
        "symbols": list(finding.symbols[:50]),
        "virus": finding.virus,
    }
