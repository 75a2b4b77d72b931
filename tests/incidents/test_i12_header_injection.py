"""I-12, header injection on the way out: nothing in a mail becomes a field, a recipient or a second mail of ours."""

import os
from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse
from tests.support.outgoing import sending
from tests.support.smarthost import Smarthost, Taken

pytestmark = pytest.mark.xdist_group("hijack")

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
    "subject, bare CR in B": [("Subject", "=?utf-8?b?YQ1CY2M6IHZAdi50ZXN0?=")],
    "subject, UTF-7": [("Subject", f"=?utf-7?q?a+AA0-+AAo-Bcc:_{TRAP}?=")],
    "name, C escape": [("From", f'"Mallory\\rBcc: {TRAP}" <mallory@client.test>')],
    "name, RFC 2231": [("From", f"=?utf-8*en?q?Mallory=0DBcc:_{TRAP}?= <mallory@client.test>")],
    "reply-to": [("Reply-To", f"=?utf-8?q?x=0D=0ABcc:_{TRAP}?= <mallory@client.test>")],
    "list of references without end": [("References", " ".join(f"<{number}@x.test>" for number in range(3000)))],
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


TRICKS = (
    "\r\nBcc: v@v.test",
    "\nBcc: v@v.test",
    "\rBcc: v@v.test",
    "\r\n.\r\nMAIL FROM:<v@v.test>\r\n",
    "\0",
    "\x85Bcc: x",
    "\u2028Bcc: x",
)


@pytest.mark.parametrize("trick", TRICKS)
def test_what_an_agent_types_stays_text(sqlite_database: Database, tmp_path: Path, trick: str) -> None:
    """An answer is a body: whatever stands in it, one mail goes to one recipient, and its lines are whole (RFC 5322, section 2.1.1)."""
    with Smarthost() as sink:
        outbound = {"smarthost": sink.address, "tls": "none"}
        with Gatehouse(sqlite_database, tmp_path, limits={"enabled": False}, outbound=outbound) as house:
            office = house.office
            row = house.send(mail(sender="mallory@client.test"), reverse_path="mallory@client.test")
            office.desk.reply(row.ticket_id or 0, office.agent, f"Hello{trick}\n.\n..dots\n" + "x" * 3000)
            with sending(office.database, office.office.configuration):
                sink.wait_for(lambda: sink.count == len(office.outbox()), 60)
    for taken in sink.taken:
        assert taken.forward_paths == ("mallory@client.test",)
        assert set(field_names(taken)) <= OURS
        assert not {octet for octet in (b"\r", b"\n") if octet in taken.raw.replace(b"\r\n", b"")}
        assert b"\0" not in taken.raw
        assert all(len(line) <= 998 for line in taken.raw.split(b"\r\n"))
