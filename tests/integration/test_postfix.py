"""Real mail by a real mail server: Debian's Postfix forwards a company's mail to a running gateway, by SMTP and by LMTP.

Every mail of the corpus is one that some program really sent, most of them by machines and many of them broken. Whatever they are: each
is taken, each gets one fate, nothing comes back to Postfix, and what goes out goes to people.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.journal import Journal, checked_bytes
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.schema import journal
from tests.support.commands import run_command_text
from tests.support.databases import PostgresqlServer
from tests.support.gateways import Gateway, wait_for
from tests.support.need import corpus_mails
from tests.support.postfix import Postfix, free_port, postfix
from tests.support.smarthost import Smarthost, Taken

pytestmark = [
    pytest.mark.real,
    pytest.mark.corpus,
    pytest.mark.xdist_group("postfix"),
    pytest.mark.timeout(300),
]

CORPUS_MAILS = 441
REPORTS = "sisimai-part"  # delivery failures, returned by the mail systems of the world
SENDER = "customer@client.test"

# Judged by the header alone and without our own classifier: what RFC 3834 and custom say must never be answered.
_MACHINE = re.compile(
    rb"^(?:Auto-Submitted:(?!\s*no\b)|Precedence:\s*(?:bulk|list|junk)|List-(?:Id|Post|Unsubscribe):"
    rb"|X-Auto-?(?:Response-Suppress|reply):|Content-Type:\s*multipart/report|Return-Path:\s*<>"
    rb"|From:[^\r\n]*(?:mailer-daemon|postmaster|no-?reply|listserv)[^\r\n]*@)",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE)
_IN_REPLY_TO = re.compile(rb"^In-Reply-To:\s*<([^<>]+)>", re.IGNORECASE | re.MULTILINE)


def with_crlf(octets: bytes) -> bytes:
    """As a mail client sends a file: every line ends in CRLF, a lone CR stays what it is."""
    octets = re.sub(rb"\r?\n", b"\r\n", octets)
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def header_of(octets: bytes) -> bytes:
    return octets.partition(b"\r\n\r\n")[0]


@dataclass(frozen=True)
class Company:
    gateway: Gateway
    server: Postfix
    sink: Smarthost

    def cli(self, *arguments: str) -> list[dict[str, object]]:
        """The JSON lines that a command prints; it must end well."""
        done = run_command_text(*arguments, "--json", "-c", str(self.gateway.config), environ=self.gateway.environ)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def rest(self) -> None:
        """Wait until nothing is pending in the ledger. It is looked into from here: each command starts an interpreter."""
        database = Database(
            self.gateway.environ.get("GATEWAY__DATABASE__URL", f"sqlite:///{self.gateway.data_dir / 'gateway.db'}")
        )
        try:
            ledger = Journal(database, BlobStore(self.gateway.data_dir / "blobs"))
            wait_for(lambda: not ledger.balance().pending, 90, "mail is stuck in the journal")
        finally:
            database.dispose()

    def deliver(self, mails: Sequence[tuple[str, bytes]]) -> dict[str, int]:
        """Bring mails in through Postfix and wait until all hands rest; the fates in the ledger."""
        assert self.server.send(mails) == [None] * len(mails), "Postfix refused a mail"
        wait_for(lambda: not self.server.queue(), 90, "mail is stuck in Postfix")
        assert len(self.server.deliveries("sent")) == len(mails)
        assert self.server.deliveries("bounced") == [], "a mail was refused for good"
        self.rest()
        (balance,) = self.cli("journal", "balance")
        fates = balance["fates"]
        assert isinstance(fates, dict)
        assert balance["accepted"] == len(mails) == sum(fates.values())
        return fates


@contextmanager
def company(folder: Path, protocol: str, **environ: str) -> Iterator[Company]:
    with Smarthost() as sink:
        settings = {"OUTBOUND__SMARTHOST": sink.address, "SMTP__LMTP": "127.0.0.1:0", **environ}
        gateway = Gateway(folder, environ={f"GATEWAY__{name}": value for name, value in settings.items()})
        try:
            gateway.up()
            found = re.search(rf"mail in \({protocol.upper()}\) +(\S+):(\d+)", gateway.out)
            assert found is not None, gateway.out
            with postfix(f"{protocol}:[{found[1]}]:{found[2]}") as server:
                yield Company(gateway, server, sink)
            gateway.stop()
        finally:
            gateway.kill()


def without_space(octets: bytes) -> bytes:
    return re.sub(rb"\s", b"", octets)


def lost(mails: Sequence[bytes], taken: Sequence[bytes]) -> list[bytes]:
    """Mails of which nothing was taken that ends like them; the end survives what Postfix may change.

    It writes a Received field on top, takes Return-Path, Bcc and Content-Length out, makes X-Mailbox-Line of an mbox file's first line,
    puts an empty line before a text that has no header, and folds lines above 998 octets.
    """
    ends = [without_space(octets) for octets in taken]
    kept = (re.sub(rb"(?mi)^Return-Path:.*$", b"", octets) for octets in mails)
    return [octets for octets in kept if not any(end.endswith(without_space(octets)[-40:]) for end in ends)]


def stored(database: Database, data_dir: Path) -> list[bytes]:
    """The octets of every accepted mail."""
    blobs = BlobStore(data_dir / "blobs")
    with database.read() as connection:
        rows = connection.execute(journal.select()).all()
    database.dispose()
    return [checked_bytes(blobs, row.raw, row.digest) for row in rows]


def check_outgoing(mails: Sequence[bytes], sent: Sequence[Taken]) -> None:
    """Only people are answered, each mail with one recipient."""
    originals: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for octets in mails:
        if found := _MESSAGE_ID.search(header_of(octets)):
            originals[found[1]].append(octets)
    for mail in sent:
        (recipient,) = mail.forward_paths
        assert not re.search(r"mailer-daemon|postmaster|no-?reply|^bounce", recipient, re.IGNORECASE), recipient
        answered = _IN_REPLY_TO.search(header_of(mail.raw))
        if answered is None:
            continue
        assert answered[1] in originals, f"an answer to a mail that nobody sent: {answered[1]!r}"
        people = [octets for octets in originals[answered[1]] if not _MACHINE.search(header_of(octets))]
        assert people, f"a machine was answered: {recipient} {answered[1]!r}"


def test_every_mail_of_the_corpus_by_smtp(tmp_path: Path) -> None:
    """Without budgets, so that everything is sent that the rules about machines let through."""
    mails = [with_crlf(path.read_bytes()) for path in corpus_mails()]
    assert len(mails) == CORPUS_MAILS
    with company(tmp_path, "smtp", LIMITS__ENABLED="false") as here:
        fates = here.deliver([(SENDER, octets) for octets in mails])
        written = here.cli("outbox", "list", "--limit", "10000")
        wait_for(lambda: here.sink.count == len(written), 60, "mail is stuck in the outbox")
        assert {row["state"] for row in here.cli("outbox", "list", "--limit", "10000")} == {"sent"}
        assert {row["kind"] for row in written} == {"ack"}
        check_outgoing(mails, here.sink.taken)
        assert not here.gateway.events("the pipeline failed")
        taken = stored(Database(f"sqlite:///{here.gateway.data_dir / 'gateway.db'}"), here.gateway.data_dir)
        assert lost(mails, taken) == []
    assert fates["bounce"] >= 150, "most of the corpus are delivery failures"
    assert fates["opened"] >= 100
    assert len(written) >= 50


def test_every_mail_of_the_corpus_by_lmtp_with_all_limits(tmp_path: Path) -> None:
    """Returned mail with its null reverse-path, as it really comes; the flood of strangers is answered up to the budget, then held."""
    paths = corpus_mails()
    mails = [with_crlf(path.read_bytes()) for path in paths]
    senders = ["" if path.parent.name == REPORTS else SENDER for path in paths]
    with company(tmp_path, "lmtp") as here:
        fates = here.deliver(list(zip(senders, mails, strict=True)))
        assert sum(fates.values()) == CORPUS_MAILS
        rows = here.cli("outbox", "list", "--limit", "10000")
        free = [row for row in rows if row["hold_reason"] is None]
        wait_for(lambda: here.sink.count == len(free), 60, "mail is stuck in the outbox")
        assert {row["hold_reason"] for row in rows} == {None, "budget"}
        acknowledged = [row for row in free if row["kind"] == "ack"]
        assert len(acknowledged) == 30, "to strangers within 15 minutes"
        assert {row["kind"] for row in free} <= {"ack", "agent"}, "besides them the admin hears of it"
        null = [mail for sender, mail in zip(senders, mails, strict=True) if not sender]
        check_outgoing([mail for mail in mails if mail not in null], here.sink.taken)


def test_some_of_the_corpus_by_smtp_on_postgresql(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    mails = [with_crlf(path.read_bytes()) for path in corpus_mails()[::6]]
    with postgresql.create(tables=False) as url, company(tmp_path, "smtp", DATABASE__URL=url) as here:
        here.deliver([(SENDER, octets) for octets in mails])
        free = [row for row in here.cli("outbox", "list", "--limit", "10000") if row["hold_reason"] is None]
        wait_for(lambda: here.sink.count == len(free), 60, "mail is stuck in the outbox")
        check_outgoing(mails, here.sink.taken)


def test_mail_waits_in_postfix_while_the_gateway_is_away(tmp_path: Path) -> None:
    """A fault of ours costs nobody a mail: Postfix keeps it and brings it when we are back."""
    mails = [with_crlf(path.read_bytes()) for path in corpus_mails()[:20]]
    port = free_port()
    with Smarthost() as sink, postfix(f"smtp:[127.0.0.1]:{port}") as server:
        assert server.send([(SENDER, octets) for octets in mails]) == [None] * len(mails)
        wait_for(lambda: len(server.deliveries("deferred")) >= 1, 30, "Postfix did not try")
        environ = {"GATEWAY__OUTBOUND__SMARTHOST": sink.address, "GATEWAY__SMTP__LISTEN": f"127.0.0.1:{port}"}
        gateway = Gateway(tmp_path, environ=environ)
        try:
            here = Company(gateway.up(), server, sink)
            wait_for(lambda: not server.queue(), 60, "mail is stuck in Postfix")
            here.rest()
            assert here.cli("journal", "balance")[0]["accepted"] == len(mails)
            assert server.deliveries("bounced") == []
            gateway.stop()
        finally:
            gateway.kill()
