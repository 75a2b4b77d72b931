"""We never become a weapon: injected header fields, and mail that hides other mail. Mail bombs: ``test_i03_mail_bomb.py``."""

import os
from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse
from tests.support.outgoing import sending
from tests.support.smarthost import Smarthost, Taken

pytestmark = pytest.mark.xdist_group("hijack")

VICTIM = "victim@v.test"


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
