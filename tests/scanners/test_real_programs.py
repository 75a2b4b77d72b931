"""What the real programs say, asked by our own clients: spam, viruses and nothing at all; and what they cannot be made to do."""

import dataclasses

import pytest

from gateway.config.scanners import Scanner
from gateway.scanners.model import Finding, Report, Scan, Subject
from gateway.scanners.panel import Panel
from tests.scanners.conftest import subject
from tests.support.scanner_programs import CHEAP, EICAR, GTUBE, VIRUS


def look(scanner: Scanner, *subjects: Subject) -> list[Report]:
    panel = Panel()
    try:
        return [scan.reports[0] for scan in panel.scan(subjects, [scanner])]
    finally:
        panel.close()


def finding(scanner: Scanner, it: Subject) -> Finding:
    (report,) = look(scanner, it)
    assert report.finding is not None, report.fault
    return report.finding


@pytest.mark.parametrize("kind", ["rspamd", "spamassassin"])
def test_spam_has_a_score_and_names_for_it(scanners: dict[str, Scanner], kind: str) -> None:
    found = finding(scanners[kind], subject(GTUBE))
    assert found.score is not None
    assert found.score >= 15
    assert "GTUBE" in found.symbols
    cheap = finding(scanners[kind], subject(f"{CHEAP} today"))
    assert (cheap.score, "GATEWAY_TEST" in cheap.symbols) == (7.5, True)
    plain = finding(scanners[kind], subject())
    assert plain.score is not None
    assert plain.score < 6
    assert "GATEWAY_TEST" not in plain.symbols


def test_a_virus_has_a_name(scanners: dict[str, Scanner]) -> None:
    clamav = scanners["clamav"]
    assert finding(clamav, subject(VIRUS)).virus == "Gateway.Test.UNOFFICIAL"
    assert finding(clamav, Subject("r", EICAR.encode(), "", "", "", ())).virus == "Eicar-Test.UNOFFICIAL"
    assert finding(clamav, subject()) == Finding()


def test_all_are_asked_about_all_mails_at_one_time(scanners: dict[str, Scanner]) -> None:
    mails = [subject(text) for text in ("plain", GTUBE, VIRUS, CHEAP) for _ in range(8)]
    panel = Panel()
    scans = panel.scan(mails, list(scanners.values()))
    panel.close()
    assert [bool(scan.virus) for scan in scans] == [mail.raw.find(VIRUS.encode()) > 0 for mail in mails]
    assert [(scan.score or 0) >= 15 for scan in scans] == [GTUBE.encode() in mail.raw for mail in mails]
    assert not any(scan.silent for scan in scans)
    assert [report.scanner for report in scans[0].reports] == ["rspamd", "spamassassin", "clamav"]


@pytest.mark.parametrize("kind", ["rspamd", "spamassassin", "clamav"])
@pytest.mark.parametrize("octets", [0, 1, 65_536, 300_000])
def test_any_size_is_looked_at(scanners: dict[str, Scanner], kind: str, octets: int) -> None:
    assert finding(scanners[kind], Subject("r", b"a" * octets, "", "", "", ())).virus == ""


@pytest.mark.parametrize("kind", ["rspamd", "spamassassin", "clamav"])
def test_a_mail_that_is_too_large_is_not_sent_there(scanners: dict[str, Scanner], kind: str) -> None:
    scanner = scanners[kind].model_copy(update={"max_bytes": 2000})
    (report,) = look(scanner, dataclasses.replace(subject(VIRUS), raw=b"a" * 2001))
    assert (report.finding, report.is_down) == (None, False)
    assert report.fault == "the mail is larger than 2000 octets"


def test_a_mail_above_the_limit_of_clamd_itself_is_not_scanned_and_says_so(scanners: dict[str, Scanner]) -> None:
    (report,) = look(scanners["clamav"], Subject("r", b"a" * 5_000_000, "", "", "", ()))
    assert report.finding is None
    assert "size limit exceeded" in report.fault or "broke off" in report.fault


def test_a_client_cannot_write_fields_of_the_request(scanners: dict[str, Scanner]) -> None:
    """The greeting and envelope are a stranger's words: a line end in them would begin a field, or end the header."""
    forged = dataclasses.replace(
        subject(GTUBE),
        helo="x\r\nContent-Length: 0\r\n",
        reverse_path="a\r\n\r\nb@c",
        forward_paths=("한@example.com",),
    )
    found = finding(scanners["rspamd"], forged)
    assert (found.score or 0) >= 15


def test_the_highest_score_counts() -> None:
    reports = (
        Report("one", Finding(3.0, ("A", "B"))),
        Report("two", None, "down", is_down=True),
        Report("three", Finding(5.0, ("B", "C"))),
    )
    scan = Scan(reports)
    assert (scan.score, scan.symbols, scan.virus) == (5.0, ("A", "B", "C"), "")
    assert [report.scanner for report in scan.silent] == ["two"]
    assert (Scan().score, Scan().symbols) == (None, ())
