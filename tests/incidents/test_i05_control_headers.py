"""Headers that look like ours: help desks took orders from them (RT, CVE-2023-41259 and CVE-2023-41260). Here they are ordinary text."""

import pytest

from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse
from tests.support.hijack import REQUESTER, STRANGER, scene

pytestmark = pytest.mark.xdist_group("hijack")


def test_control_headers_of_a_stranger_do_nothing(houses: dict[str, Gatehouse]) -> None:
    """Other systems took orders from headers of incoming mail; nothing in a mail is an order here."""
    stage = scene(houses["forwarded"])
    office = stage.house.office
    names = ("Ticket", "Ticket-Id", "Internal", "Agent", "Auth", "Trust", "Status", "Command")
    headers = [
        (f"X-{product}-{name}", str(stage.ticket)) for product in ("Gateway", "Support-Gateway") for name in names
    ]
    headers += [
        ("X-Gateway-Trust", "strong"),
        ("Authentication-Results", "mx.example.com; dkim=pass header.d=client.test; dmarc=pass"),
        ("Return-Path", f"<{REQUESTER}>"),
        ("Sender", REQUESTER),
        ("Reply-To", REQUESTER),
        ("X-Original-From", REQUESTER),
        ("Auto-Submitted", "no"),
        ("X-Spam-Flag", "NO"),
        ("Delivered-To", stage.token(REQUESTER)),
    ]
    row = stage.house.send(mail("#close\r\nassign: me", sender=STRANGER, headers=tuple(headers)), reverse_path=STRANGER)
    assert (row.fate, row.trace) == ("opened", None)
    assert row.ticket_id not in (stage.ticket, stage.other)
    assert office.messages(row.ticket_id)[0].trust == "forwarded"
    assert "#close" in office.messages(row.ticket_id)[0].text
    assert office.ticket(row.ticket_id).status == "new"
    assert office.ticket(stage.ticket).status == "solved"


def test_our_own_loop_marker_makes_no_stranger_disappear(houses: dict[str, Gatehouse]) -> None:
    """The one header of ours that counts for loops keeps a stranger's mail visible: it opens a ticket, or is held for people to see."""
    stage = scene(houses["forwarded"])
    office = stage.house.office
    for name, value in (
        ("Delivered-To", "support@example.com"),
        ("Delivered-To", stage.token(REQUESTER)),
        ("X-Loop", "support@example.com"),
        ("Received", "from reply.example.com by gateway.example.com with ESMTP; Thu, 05 Mar 2026 09:00:00 +0000"),
    ):
        row = stage.house.send(mail("A question.", sender=STRANGER, headers=((name, value),)), reverse_path=STRANGER)
        assert row.fate in ("opened", "quarantined"), (name, value)
        if row.fate == "opened":
            assert office.messages(row.ticket_id)[0].public
