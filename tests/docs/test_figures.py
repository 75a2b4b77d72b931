"""Figures and examples that the pages tell, against the program's own."""

import re
from datetime import timedelta
from pathlib import Path

from gateway.config.addresses import AddressBook
from gateway.config.load import load_all
from gateway.config.model import Budgets, Limits, Outbound
from gateway.config.trust import Trust
from gateway.delivery import route, schedule
from gateway.desk.outgoing import brand_sender
from gateway.journal import MAX_CRASHES
from gateway.pipeline.worker import ENTRY_SECONDS
from gateway.report.health import Thresholds
from gateway.store import passwords, sessions
from gateway.threading.tokens import MAC_OCTETS
from tests.docs.pages import REPOSITORY, blocks, section


def rows(page: str, heading: str) -> dict[str, str]:
    """The second column of a table by the words of its first."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section(page, heading).splitlines()]
    return {row[0]: row[1] for row in cells if len(row) > 2}


def test_limits() -> None:
    told, limits = rows("docs/operations.md", "Limits"), Limits()
    assert limits.message_size == 35 * 1024 * 1024
    assert told["size of a mail"].startswith("35 MB")
    assert told["recipients of a mail"] == str(limits.recipients)
    assert told["header"] == f"{limits.header_size // 1024} KB"
    assert told["Received fields"] == str(limits.received_fields)
    assert told["connections"] == (
        f"{limits.connections}, {limits.connections_per_address} an address, "
        f"{limits.connections_per_minute} new ones a minute and address"
    )
    assert told["mails from one address"] == f"{limits.messages_per_minute} a minute"
    assert told["mail being received at one time"] == f"{limits.in_flight_bytes // 1024**2} MB"
    assert told["free disk space"] == f"{limits.free_disk_bytes // 1024**2} MB"
    assert told["mails waiting for the pipeline"] == f"{limits.pending_entries:,}"
    assert told["time for one mail in the pipeline"] == f"{ENTRY_SECONDS:g} s"


def test_health() -> None:
    told, thresholds = rows("docs/operations.md", "Health and figures"), Thresholds()
    assert told["oldest mail that waits for the pipeline"] == f"{thresholds.pending_seconds[0]:g} s"
    assert told["oldest mail that waits for the smarthost (held mail does not count)"] == (
        f"{thresholds.outbox_seconds[0] / 60:g} min"
    )
    assert told["quarantined in the last 24 hours"] == str(thresholds.quarantined[0])
    assert told["overdue timers"] == f"{thresholds.timers_seconds[0] / 60:g} min"


def test_tries_and_lifetimes() -> None:
    text, outbound = section("docs/operations.md", "The outbox"), Outbound()
    assert (timedelta(minutes=5), timedelta(hours=4)) == (schedule.FIRST, schedule.LONGEST)
    assert "after 5 minutes" in text
    assert "up to 4 hours" in text
    assert (outbound.answer_lifetime_hours, outbound.notice_lifetime_hours) == (5 * 24, 24)
    assert (route.ALARM_AFTER, MAX_CRASHES) == (3, 3)


def test_security() -> None:
    text = (REPOSITORY / "docs" / "security.md").read_text("utf-8")
    for told, real in (
        (f"{MAC_OCTETS * 8} bits", True),
        (f"{passwords.SHORTEST} characters at least", True),
        (f"{sessions.FAILURES_PER_AGENT} wrong passwords", True),
        (f"{sessions.FAILURES_PER_PEER} from an address within 15 minutes", timedelta(minutes=15) == sessions.WINDOW),
        ("after 12 hours without use", timedelta(hours=12) == sessions.IDLE),
        ("after 7 days", timedelta(days=7) == sessions.LONGEST),
        ("at most 2 an hour to one address", Budgets().acks_per_person[0] == (2, 60)),
        ("30 in 15 minutes to", Budgets().acks_to_unknown == (30, 15)),
        ("| `forwarded` (the default) |", Trust().unverified == "forwarded"),
    ):
        assert real, told
        assert told in re.sub(r"\n(?!\n)", " ", text), told


def test_forwarded_mail_is_answered_from_the_public_address(tmp_path: Path) -> None:
    [block] = [it for it in blocks("yaml") if it.page == "docs/operations.md" and "forward-*@in.example.com" in it.text]
    (tmp_path / "gateway.yaml").write_text(block.text, "utf-8")
    loaded = load_all(tmp_path / "gateway.yaml", {})
    assert AddressBook(loaded.configuration).verdict("forward-support@in.example.com").kind == "brand"
    assert brand_sender(loaded.configuration.brands[0], ["forward-support@in.example.com"]) == "support@example.com"
