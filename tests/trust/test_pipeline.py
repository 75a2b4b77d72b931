"""Sender authentication in the pipeline: what a mail's proof lets it do, and that a silent domain holds up nobody else."""

import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.pipeline.senders import Senders
from gateway.store.database import Database
from gateway.store.schema import journal, messages, signatures_seen
from gateway.store.signatures import forget_old_signatures
from tests.support.accepted import accepted
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import publish, sign
from tests.trust.conftest import FORWARDED_BY, RIGHT, WRONG, mail

Office = TestOffice


def bring(office: Office, raw: bytes, *, peer: str = WRONG, **envelope: Any) -> str:
    """Accept one mail; its receipt."""
    envelope.setdefault("reverse_path", "alice@victim.test")
    record = replace(accepted(raw, at=office.now, **envelope), peer=peer)
    office.journal.append([record])
    return record.receipt


def take(office: Office, raw: bytes, **values: Any) -> Any:
    """Accept one mail and work until it has its fate; its journal row."""
    receipt = bring(office, raw, **values)
    return settle(office, receipt)


def settle(office: Office, receipt: str) -> Any:
    for _ in range(60):
        office.work()
        (row,) = office.rows(journal, journal.c.receipt == receipt)
        if row.fate is not None:
            return row
        office.later(seconds=1)
        time.sleep(0.1)
    raise AssertionError("the mail got no fate")


def trust_of(office: Office, ticket: int) -> dict[str, str]:
    return dict(office.messages(ticket)[0].trace["trust"])


def trust_in(office: Office, receipt: str) -> dict[str, str]:
    """The proof in the trace, which stands with the mail's message, else in the ledger."""
    (row,) = office.rows(journal, journal.c.receipt == receipt)
    traces = [row.trace, *(it.trace for it in office.rows(messages, messages.c.journal_id == row.id))]
    return dict(next(it["trust"] for it in traces if it))


def test_signed_mail_is_shown_as_verified_and_acknowledged(office: Office) -> None:
    row = take(office, sign(mail(), "victim.test"))
    assert row.fate == "opened"
    assert office.messages(row.ticket_id)[0].trust == "strong"
    assert trust_of(office, row.ticket_id) == {
        "level": "strong",
        "proof": "passed",
        "reason": "verified: DKIM victim.test",
        "domain": "victim.test",
        "dkim": "pass",
        "spf": "none",
        "dmarc": "pass",
    }
    assert len(office.outbox("ack")) == 1


def test_a02_token_reply_by_spf_alone_is_taken(office: Office) -> None:
    first = take(office, sign(mail(), "victim.test"))
    answer = mail(("In-Reply-To", "<one@victim.test>")).replace(
        b"<one@victim.test>\r\n\r\n", b"<two@victim.test>\r\n\r\n"
    )
    to = office.reply_to(first.ticket_id)
    row = take(office, answer.replace(b"Message-ID: <one@", b"Message-ID: <two@"), peer=RIGHT, to=(to,))
    assert (row.fate, row.ticket_id) == ("appended", first.ticket_id)
    assert office.messages(first.ticket_id)[-1].trust == "weak"


def test_unproven_token_reply_is_kept_apart_and_nobody_is_answered(office: Office) -> None:
    first = take(office, sign(mail(), "victim.test"))
    before = len(office.outbox())
    forged = mail().replace(b"Message-ID: <one@", b"Message-ID: <two@")
    row = take(office, forged, to=(office.reply_to(first.ticket_id),))
    assert row.fate == "join_request"
    assert not office.messages(first.ticket_id)[-1].public
    assert len(office.outbox()) == before


def test_unproven_mail_opens_a_ticket_that_says_so_without_an_answer(office: Office) -> None:
    row = take(office, mail())
    assert row.fate == "opened"
    assert trust_of(office, row.ticket_id)["level"] == "none"
    assert trust_of(office, row.ticket_id)["reason"].startswith("not verified: nothing proves victim.test")
    assert office.outbox() == []


def test_forwarders_word_is_taken_by_its_place(office: Office) -> None:
    stated = (
        b"Authentication-Results: mx.forward.test; dmarc=pass header.from=victim.test\r\n"
        b"Received: from a by mx.forward.test; Thu, 5 Mar 2026 09:00:00 +0000\r\n"
    )
    row = take(office, stated + mail(), peer=FORWARDED_BY)
    assert trust_of(office, row.ticket_id)["level"] == "forwarded"


@pytest.mark.parametrize(
    ("sender", "records", "mode", "proof"),
    [
        ("a@victim.test", {}, None, "failed"),
        ("a@spf.test", {"spf.test": "v=spf1 -all"}, None, "failed"),
        ("a@spf.test", {"spf.test": "v=spf1 ~all"}, None, "unproven"),
        ("a@spf.test", {}, None, "unproven"),
        ("a@victim.test", {}, "servfail", "unknown"),
    ],
    ids=["dmarc", "spf_hard_fail", "spf_soft_fail", "nothing_published", "dns_cannot_tell"],
)
def test_the_trace_tells_forged_from_unproven_from_unknown(
    office: Office, dns: DnsServer, sender: str, records: dict[str, str], mode: str | None, proof: str
) -> None:
    for name, text in records.items():
        dns.txt(name, text)
    if mode is not None:
        dns.modes["victim.test"] = mode  # type: ignore[assignment]
    row = take(office, mail(sender=sender), reverse_path=sender)
    assert trust_of(office, row.ticket_id)["proof"] == proof


@pytest.mark.parametrize("asked", ["quarantine", "reject"])
def test_mail_that_its_domain_wants_refused_is_held(office: Office, dns: DnsServer, asked: str) -> None:
    dns.txt("_dmarc.victim.test", f"v=DMARC1; p={asked}")
    row = take(office, mail())
    assert (row.fate, row.cause) == ("quarantined", "refused_by_owner")
    assert f"victim.test asks to {asked} such mail" in row.trace["trust"]["reason"]
    assert office.outbox() == []


@pytest.mark.parametrize("sender", ["support@example.com", "kim@example.com"])
def test_a11_our_own_domain_from_outside_is_held(office: Office, sender: str) -> None:
    row = take(office, mail(sender=sender), reverse_path=sender)
    assert row.fate == "quarantined"
    assert row.cause == ("own_address" if sender.startswith("support") else "own_domain")
    assert office.outbox() == []


def test_our_own_domain_with_a_proof_is_taken(office: Office, dns: DnsServer) -> None:
    publish(dns, "example.com")
    row = take(office, sign(mail(sender="kim@example.com"), "example.com"))
    assert row.fate == "opened"


@pytest.mark.parametrize("mode", ["silent", "servfail"])
def test_a09_dead_dns_accepts_and_answers_in_fixed_words(office: Office, dns: DnsServer, mode: str) -> None:
    dns.modes["victim.test"] = mode  # type: ignore[assignment]
    began = time.monotonic()
    row = take(office, sign(mail(), "victim.test"))
    assert time.monotonic() - began < 25
    assert row.fate == "opened"
    assert trust_of(office, row.ticket_id)["level"] == "temperror"
    assert [b"A question" in it.raw for it in office.outbox("ack")] == [False]


def test_fifty_silent_domains_hold_up_their_own_mail_alone(
    office: Office, dns: DnsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """50 senders whose DNS is silent and 50 others: the others do not wait for them, and all are in within 25 s."""
    alone = [bring(office, mail(sender=f"bob@alone{number}.test", text=str(number))) for number in range(50)]
    began = time.monotonic()
    for receipt in alone:
        settle(office, receipt)
    usual = time.monotonic() - began
    receipts: dict[str, list[str]] = {"silent": [], "prompt": []}
    for number in range(50):
        dns.modes[f"silent{number}.test"] = "silent"
        publish(dns, f"prompt{number}.test")
        for kind, kept in receipts.items():
            domain = f"{kind}{number}.test"
            written = mail(sender=f"bob@{domain}", text=domain).replace(b"<one@", f"<{domain}@".encode())
            kept.append(bring(office, sign(written, domain), reverse_path=f"bob@{domain}"))
    began = time.monotonic()
    seconds: dict[str, float] = {}
    while len(seconds) < 2 and time.monotonic() - began < 40:
        office.work()
        done = {row.receipt for row in office.rows(journal, journal.c.fate.is_not(None))}
        for kind, kept in receipts.items():
            if done.issuperset(kept):
                seconds.setdefault(kind, time.monotonic() - began)
        office.later(seconds=1)
        time.sleep(0.05)
    assert seconds["prompt"] < usual + 8, "two seconds, on a machine that has nothing else to do"
    assert seconds["prompt"] < seconds["silent"] < usual + 25
    levels = Counter(
        row.trust for row in office.rows(messages) if row.author.startswith("bob@") and "alone" not in row.author
    )
    assert levels == {"strong": 50, "temperror": 50}
    assert "no DNS server answers" not in caplog.text


def test_nothing_is_asked_while_verification_is_off(sqlite_database: Database, tmp_path: Path, dns: DnsServer) -> None:
    office = TestOffice(sqlite_database, tmp_path, trust={"dns": (dns.address,)})
    row = office.take(mail())
    assert office.messages(row.ticket_id)[0].trust == "forwarded"
    assert not dns.asked


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.2.3", "::ffff:192.168.0.9", "fd00::1", ""])
def test_mail_by_a_server_of_our_own_is_unproven_and_not_held(office: Office, dns: DnsServer, peer: str) -> None:
    """Who sent it to that server is not known: what the domain's owner asks for is about strangers' servers."""
    dns.txt("_dmarc.victim.test", "v=DMARC1; p=reject")
    row = take(office, mail(), peer=peer)
    assert row.fate == "opened"
    assert trust_of(office, row.ticket_id)["proof"] == "unproven"
    assert "SPF was not looked at" in trust_of(office, row.ticket_id)["reason"]


def test_signature_counts_by_whatever_server_it_came(office: Office) -> None:
    row = take(office, sign(mail(), "victim.test"), peer="127.0.0.1")
    assert trust_of(office, row.ticket_id)["proof"] == "passed"


def test_a10_replayed_mail_is_weak_from_the_21st_recipient(office_everywhere: Office) -> None:
    """Thirty envelopes over a day; the pipeline is started anew in between, as after a power cut."""
    office = office_everywhere
    raw = sign(mail(), "victim.test")
    levels = []
    for number in range(30):
        if number == 10:
            office.worker.senders.authenticator.close()
            office.worker.senders = Senders()
        levels.append(take(office, raw).receipt)
        office.later(minutes=20)
    found = [trust_in(office, receipt) for receipt in levels]
    assert [it["level"] for it in found] == ["strong"] * 20 + ["weak"] * 10
    assert "more than 20 recipients within a day" in found[-1]["reason"]


def test_a10_recipients_are_counted_anew_after_a_day(office_everywhere: Office) -> None:
    office = office_everywhere
    raw = sign(mail(), "victim.test")
    recipients = tuple(f"support+{number}@example.com" for number in range(20))
    assert trust_in(office, take(office, raw, to=recipients).receipt)["level"] == "strong"
    office.later(hours=25)
    assert trust_in(office, take(office, raw, to=recipients).receipt)["level"] == "strong"
    assert trust_in(office, take(office, raw).receipt)["level"] == "weak"


def test_a10_same_signature_under_another_message_id(office_everywhere: Office) -> None:
    office = office_everywhere
    signed = sign(mail(), "victim.test", headers=(b"from", b"to", b"subject", b"date"))
    first = take(office, signed)
    again = take(office, signed.replace(b"<one@", b"<two@"))
    assert trust_in(office, first.receipt)["level"] == "strong"
    assert trust_in(office, again.receipt)["level"] == "weak"
    assert "another Message-ID" in trust_in(office, again.receipt)["reason"]


def test_signatures_are_forgotten_when_their_age_alone_tells(office_everywhere: Office) -> None:
    office = office_everywhere
    take(office, sign(mail(), "victim.test"))
    assert forget_old_signatures(office.database, office.now + timedelta(days=7)) == 0
    assert forget_old_signatures(office.database, office.now + timedelta(days=9)) == 1
    with office.database.read() as connection:
        assert connection.execute(select(signatures_seen)).all() == []
