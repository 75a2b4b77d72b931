"""We never become a weapon: mail bombs through acknowledgements, injected header fields, machines that would be answered."""

import os
import re
from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

import pytest

from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse
from tests.support.outgoing import sending
from tests.support.smarthost import Smarthost, Taken

pytestmark = pytest.mark.xdist_group("hijack")

VICTIM = "victim@v.test"


# --- mail bombs ------------------------------------------------------------------------------------------------------

SUBJECT = "FREE NITRO https://nitro-gift.evil.test/claim now"
NAME = "Discord Nitro Giveaway"
BODY = "Xylophone zebras gratulate winners: https://nitro-gift.evil.test/claim/jackpot before midnight"
FILE = "Nitro-Voucher-Redeem-Today.pdf"


def bomb(author: str, number: int) -> bytes:
    letter = EmailMessage(policy=SMTP)
    letter["From"] = f"{NAME} <{author}>"
    letter["To"] = "support@example.com"
    letter["Subject"] = f"{SUBJECT} {number}"
    letter["Message-ID"] = f"<{number}@v.test>"
    letter.set_content(f"{BODY} {number}")
    letter.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=FILE)
    return bytes(letter)


def decoded(raw: bytes) -> str:
    """Everything that a person could read in a mail, and the mail as it travels."""
    letter = message_from_bytes(raw, policy=default)
    bodies = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    fields = [f"{name}: {value}" for name, value in letter.items() if name not in ("In-Reply-To", "References")]
    return "\n".join([*fields, *bodies, raw.decode("latin-1")])


def pieces(text: str, size: int = 8) -> set[str]:
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def test_five_hundred_mails_in_the_names_of_three_victims(gatehouse: Gatehouse) -> None:
    office = gatehouse.office
    with gatehouse.client() as client:
        for number in range(500):
            author = f"victim{number % 3}@v.test"
            client.sendmail(author, ["support@example.com"], bomb(author, number))
    office.work()
    acks = office.outbox()
    assert Counter(ack.recipient for ack in acks) == {f"victim{number}@v.test": 2 for number in range(3)}
    balance = office.journal.balance()
    assert (balance.accepted, balance.fates["opened"], balance.pending) == (500, 500, 0)
    silenced = [event.data["reason"] for event in office.events_of_kind("suppressed")]
    assert len(silenced) == 494, "every mail that was not sent can be seen"
    assert set(silenced) <= {"acks_per_person", "same_subject"}
    theirs = pieces(SUBJECT) | pieces(NAME) | pieces(BODY) | pieces(FILE)
    for ack in acks:
        text = decoded(ack.raw)
        assert [piece for piece in theirs if piece in text] == []
    control = decoded(bomb(VICTIM, 1))
    assert all(any(piece in control for piece in pieces(words)) for words in (SUBJECT, NAME, BODY, FILE))


def test_two_hundred_victims_open_the_circuit_breaker(gatehouse: Gatehouse) -> None:
    office = gatehouse.office
    with gatehouse.client() as client:
        for number in range(400):  # two mails for each: having written once makes nobody known
            author = f"victim{number % 200}@v{number % 20}.test"
            client.sendmail(author, ["support@example.com"], bomb(author, number))
    office.work()
    acks = office.outbox("ack")
    free = [ack for ack in acks if ack.hold_reason != "budget"]
    assert len(free) == 30
    assert max(Counter(ack.recipient for ack in acks).values()) <= 2
    assert [event.data["reason"] for event in office.events(None, "alarm")] == ["budget", "breaker"]
    assert len(office.events_of_kind("notice_held")) == len(acks) - 30
    assert len(acks) == 200, "from here on the breaker is open"
    assert [mail.recipient for mail in office.outbox("agent")] == ["admin@example.com"] * 2


def test_unverified_mail_is_never_acknowledged(sqlite_database: Database, tmp_path: Path) -> None:
    with Gatehouse(sqlite_database, tmp_path, trust={"unverified": "none"}) as house, house.client() as client:
        for number in range(30):
            client.sendmail(VICTIM, ["support@example.com"], bomb(f"victim{number}@v.test", number))
        house.office.work()
        assert house.office.outbox() == []
        assert {event.data["reason"] for event in house.office.events_of_kind("suppressed")} == {"unverified"}


# --- header injection ------------------------------------------------------------------------------------------------

TRAP = "v@v.test"
INJECTIONS = {
    "subject, CRLF in Q": [("Subject", f"=?utf-8?q?a=0D=0ABcc:_{TRAP}?=")],
    "subject, LF in Q": [("Subject", f"=?utf-8?q?a=0ABcc:_{TRAP}?=")],
    "subject, CR in Q": [("Subject", f"=?utf-8?q?a=0DBcc:_{TRAP}?=")],
    "subject, CRLF in B": [("Subject", "=?utf-8?b?YQ0KQmNjOiB2QHYudGVzdA==?=")],
    "subject, a whole mail": [("Subject", f"=?utf-8?q?a=0D=0A=0D=0ABcc:_{TRAP}=0D=0A.=0D=0AMAIL_FROM:<{TRAP}>?=")],
    "subject, line separators": [("Subject", f"=?utf-8?q?a=E2=80=A8Bcc:_{TRAP}=C2=85Bcc:_{TRAP}=0C=0B?=")],
    "name, CRLF in Q": [("From", f"=?utf-8?q?Mallory=0D=0ABcc:_{TRAP}?= <mallory@client.test>")],
    "name, quoted pair": [("From", f'"Mallory\\ Bcc: {TRAP}" <mallory@client.test>')],
    "message-id": [("Message-ID", f"<a=0D=0ABcc:_{TRAP}@client.test>")],
    "message-id, encoded word": [("Message-ID", f"=?utf-8?q?<a=0D=0ABcc:_{TRAP}@client.test>?=")],
    "references": [
        ("References", f"=?utf-8?q?<a@b>=0D=0ABcc:_{TRAP}?= <c@d.test>"),
        ("In-Reply-To", f"<x@y>Bcc: {TRAP}"),
    ],
    "folded subject": [("Subject", f"a\r\n Bcc: {TRAP}")],
    "charset": [("Content-Type", f'text/plain; charset="utf-8\\ Bcc: {TRAP}"')],
}
OURS = {
    "from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted", "mime-version",
    "content-type", "content-transfer-encoding", "precedence", "x-auto-response-suppress", "content-language", "list-unsubscribe",
}  # fmt: skip


def replaced(fields: list[tuple[str, str]]) -> bytes:
    raw = mail("Hello.", sender="mallory@client.test", subject="Plain", message_id=f"{os.urandom(6).hex()}@client.test")
    head, _, body = raw.partition(b"\r\n\r\n")
    names = {name.lower().encode() for name, _ in fields}
    lines = [line for line in head.split(b"\r\n") if line.partition(b":")[0].lower() not in names]
    return b"\r\n".join([*lines, *(f"{name}: {value}".encode() for name, value in fields)]) + b"\r\n\r\n" + body


def field_names(taken: Taken) -> list[str]:
    head = taken.raw.partition(b"\r\n\r\n")[0]
    lines = [line for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    return [line.partition(b":")[0].decode().lower() for line in lines]


def test_nothing_in_a_mail_becomes_a_header_or_a_recipient(sqlite_database: Database, tmp_path: Path) -> None:
    with Smarthost() as sink:
        outbound = {"smarthost": sink.address, "tls": "none"}
        with Gatehouse(sqlite_database, tmp_path, limits={"enabled": False}, outbound=outbound) as house:
            office = house.office
            for name, fields in INJECTIONS.items():
                row = house.send(replaced(fields), reverse_path="mallory@client.test")
                if row.ticket_id is None:  # two readers could read two authors
                    assert (row.fate, row.cause, name.partition(",")[0]) == ("quarantined", "no_author", "name")
                    continue
                assert not any(separator in office.ticket(row.ticket_id).subject for separator in "\r\n\x00"), name
                office.desk.reply(row.ticket_id, office.agent, "Hello.")
                office.desk.solve(row.ticket_id, office.agent)
            with sending(office.database, office.office.configuration):
                sink.wait_for(lambda: sink.count == len(office.outbox()), 60)
    assert len(sink.taken) >= 2 * (len(INJECTIONS) - 2)
    for taken in sink.taken:
        assert taken.forward_paths == ("mallory@client.test",)
        names = field_names(taken)
        assert set(names) <= OURS, set(names) - OURS
        assert len(names) == len(set(names))
        assert b"\r" not in taken.raw.replace(b"\r\n", b"")
        assert b"\n" not in taken.raw.replace(b"\r\n", b"")
        head = taken.raw.partition(b"\r\n\r\n")[0]
        assert all(len(line) <= 998 for line in taken.raw.split(b"\r\n"))
        assert not [line for line in head.split(b"\r\n") if line.lower().startswith(b"bcc")]


def test_a_bare_cr_in_a_header_never_comes_in(gatehouse: Gatehouse) -> None:
    dialog = gatehouse.dialog(mail(subject=f"a\rBcc: {TRAP}"))
    assert dialog.data[0] == 550
    assert dialog.data[1].startswith(b"5.5.2")


# --- machines --------------------------------------------------------------------------------------------------------

REPORT = (
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.v.test\r\n\r\nFinal-Recipient: rfc822; x@v.test\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--",
)
FIELDS = {
    "Auto-Submitted": (
        "auto-replied",
        "auto-generated",
        "auto-notified",
        "auto-generated (failure)",
        "AUTO-REPLIED; x=y",
    ),
    "Precedence": ("bulk", "junk", "list", "Bulk"),
    "List-Id": ("News <news.v.test>",),
    "List-Unsubscribe": ("<mailto:unsubscribe@v.test>",),
    "X-Auto-Response-Suppress": ("All", "OOF, AutoReply", "DR, RN, NRN, OOF, AutoReply"),
    "X-Autoreply": ("yes",),
    "X-Autorespond": ("yes",),
    "X-Autogenerated": ("Reply",),
}
MACHINE_NAMES = (
    *("MAILER-DAEMON", "postmaster", "no-reply", "noreply", "do-not-reply", "no_reply", "bounces+kim=x.test"),
    *("owner-news", "news-request", "listserv"),
)
OUR_ADDRESSES = ("support@example.com", "shop@example.com", "reply+abc@reply.example.com")
MACHINES: dict[str, dict[str, Any]] = {
    **{f"{name}: {value}": {"headers": ((name, value),)} for name, values in FIELDS.items() for value in values},
    **{f"from {local}": {"sender": f"{local}@v.test"} for local in MACHINE_NAMES},
    **{f"from {address}": {"sender": address} for address in OUR_ADDRESSES},
    "null sender": {"reverse_path": ""},
    "delivery report": {"report": True},
}


@pytest.mark.parametrize("name", MACHINES)
def test_machines_get_nothing(gatehouse: Gatehouse, name: str) -> None:
    """Nothing automatic leaves, and one can see why."""
    how = MACHINES[name]
    sender = how.get("sender", VICTIM)
    raw = mail("Automatic words.", sender=sender, headers=how.get("headers", ()))
    if "report" in how:
        head = raw.partition(b"\r\n\r\n")[0].replace(b"Content-Type: text/plain; charset=utf-8", REPORT[0].encode())
        raw = head + b"\r\n\r\n" + REPORT[1].encode() + b"\r\n"
    office = gatehouse.office
    row = gatehouse.send(raw, reverse_path=how.get("reverse_path", sender))
    assert office.outbox() == []
    assert row.fate in {"opened", "silent", "bounce", "quarantined"}
    if row.fate == "opened":
        assert office.events(row.ticket_id, "suppressed")[0].data["why"]
    else:
        assert row.cause or row.trace["reason"]


def test_a_person_beside_the_machines_is_answered(gatehouse: Gatehouse) -> None:
    gatehouse.send(mail(sender=VICTIM, headers=(("Auto-Submitted", "no"),)), reverse_path=VICTIM)
    assert [row.recipient for row in gatehouse.office.outbox()] == [VICTIM]


def test_ping_pong_with_a_machine_that_hides_ends(gatehouse: Gatehouse) -> None:
    """Each acknowledgement is answered at once with another subject, without any header that tells, for a day."""
    office = gatehouse.office
    answered = 0
    for number in range(200):
        gatehouse.send(mail(f"Automatic {number}", sender=VICTIM, subject=f"Ref {number:05}"), reverse_path=VICTIM)
        answered = len(office.outbox())
    assert answered <= 3
    assert len(office.events_of_kind("suppressed")) == 200 - answered


# --- the same for everybody ------------------------------------------------------------------------------------------


def test_the_acknowledgement_tells_nobody_who_is_a_customer(gatehouse: Gatehouse) -> None:
    """Known or not, with an existing ticket's number or not: the words of door and acknowledgement are the same."""
    office = gatehouse.office
    gatehouse.send(mail(sender="old@client.test", subject="One"), reverse_path="old@client.test")
    texts, replies = [], []
    for author, subject in (
        ("old@client.test", "Two"),
        ("new@client.test", "Two"),
        ("third@client.test", "Re: [#1] Two"),
        ("fourth@client.test", "Re: [#99999] Two"),
    ):
        dialog = gatehouse.dialog(mail(sender=author, subject=subject), reverse_path=author)
        replies.append((dialog.mail, dialog.rcpt, dialog.data))
        office.work()
        sent = message_from_bytes(office.outbox()[-1].raw, policy=default)
        assert sent["To"].addresses[0].addr_spec == author
        number = rf"\b{office.outbox()[-1].ticket_id}\b"
        text = sent.get_body(("plain",)).get_content()
        texts.append((re.sub(number, "", sent["Subject"]), re.sub(number, "", text)))
    assert len(set(replies)) == 1
    assert len(set(texts)) == 1


# --- duplicates as a weapon ------------------------------------------------------------------------------------------


def test_two_texts_with_one_message_id_are_two_mails(gatehouse: Gatehouse) -> None:
    one, other = (mail(text, sender=VICTIM, message_id="same@v.test") for text in ("One.", "Another."))
    rows = [gatehouse.send(raw, reverse_path=VICTIM) for raw in (one, other, one, other)]
    assert [row.fate for row in rows[2:]] == ["duplicate", "duplicate"]
    assert rows[1].fate in {"opened", "appended"}
    texts = [
        message.text.strip()
        for number in {rows[0].ticket_id, rows[1].ticket_id}
        for message in gatehouse.office.messages(number)
    ]
    assert sorted(texts) == ["Another.", "One."]


def test_who_guesses_a_message_id_in_advance_hides_no_mail(gatehouse: Gatehouse) -> None:
    attack = mail("Nothing to see.", sender="Eve <eve@evil.test>", message_id="victims-next@v.test")
    letter = mail("The pump leaks, please help.", sender=VICTIM, message_id="victims-next@v.test")
    first = gatehouse.send(attack, reverse_path="eve@evil.test")
    second = gatehouse.send(letter, reverse_path=VICTIM)
    assert (first.fate, second.fate) == ("opened", "opened")
    assert first.ticket_id != second.ticket_id
    assert [row.recipient for row in gatehouse.office.outbox()] == ["eve@evil.test", VICTIM]


def test_an_attacker_who_copies_a_mail_first_hides_nothing(gatehouse: Gatehouse) -> None:
    """Same Message-ID, same words, another author: that is another mail."""
    copied = mail("The pump leaks.", sender="Eve <eve@evil.test>", message_id="copied@v.test")
    letter = mail("The pump leaks.", sender=VICTIM, message_id="copied@v.test")
    gatehouse.send(copied, reverse_path="eve@evil.test")
    assert gatehouse.send(letter, reverse_path=VICTIM).fate == "opened"


def test_without_message_id_equal_mails_are_one_and_others_are_not(gatehouse: Gatehouse) -> None:
    fates = [
        gatehouse.send(mail(text, sender=VICTIM, message_id=""), reverse_path=VICTIM).fate
        for text in ("One.", "One.", "Two.")
    ]
    assert fates == ["opened", "duplicate", "opened"]


def test_a_client_that_never_heard_the_250_sends_again(gatehouse: Gatehouse) -> None:
    raw = mail(sender=VICTIM)
    gatehouse.send(raw, reverse_path=VICTIM)
    for hours in (1, 9 * 24):
        gatehouse.office.later(hours=hours)
        assert gatehouse.send(raw, reverse_path=VICTIM).fate == "duplicate"
    assert len(gatehouse.office.messages(1)) == 1
    assert len(gatehouse.office.outbox()) == 1
