"""Agents at their own mailbox, for tests: mail signed by their domain, answered to the address that a notification gave them."""

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from gateway.config.mistakes import Place
from gateway.config.side_files import read_side_files
from gateway.config.source import Node
from gateway.store.agents import create_agent
from gateway.store.database import Database
from gateway.store.schema import journal
from tests.support.accepted import accepted
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import NOW, publish, sign

KIM, LEE = "kim@staff.test", "lee@staff.test"
CUSTOMER = "hong@customer.test"
SERVER, ELSEWHERE = "192.0.2.10", "198.51.100.66"


class Mailboxes(TestOffice):
    """An office that checks signatures, with two agents of one domain, and a ticket of a verified customer."""

    __test__ = False

    def __init__(self, database: Database, directory: Path, dns: DnsServer, **changes: Any) -> None:
        settings = {"trust": {"verify": True, "dns": (dns.address,)}, "outbound": {"smarthost": "127.0.0.1:2526"}}
        super().__init__(database, directory, **(settings | changes))
        self.now = NOW
        self._count = 0
        for domain in ("staff.test", "customer.test", "other.test"):
            publish(dns, domain)
            dns.txt(domain, f"v=spf1 ip4:{SERVER} -all")
            dns.txt(f"_dmarc.{domain}", "v=DMARC1; p=none")
        self.kim = self.hire(KIM, "Kim Minji", "en")
        self.lee = self.hire(LEE, "이수진", "ko")

    def hire(self, address: str, name: str, language: str, role: str = "agent") -> int:
        with self.database.write() as connection:
            return create_agent(connection, address=address, name=name, role=role, language=language, now=self.now).id

    def opened(self, text: str = "The lamp does not light up.", subject: str = "Lamp") -> int:
        """A customer's ticket."""
        raw = self.letter(f"Hong Gildong <{CUSTOMER}>", "support@example.com", text, subject=subject)
        row = self.bring(sign(raw, "customer.test"), reverse_path=CUSTOMER, to=("support@example.com",))
        return int(row.ticket_id)

    def letter(
        self,
        sender: str,
        to: str,
        text: str,
        *,
        subject: str = "Re: Lamp",
        answers: str | None = None,
        files: tuple[tuple[str, bytes], ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> bytes:
        self._count += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail["Date"] = format_datetime(self.now)
        mail["Message-ID"] = f"<m{self._count}@{sender.rpartition('@')[2].rstrip('>')}>"
        if answers:
            mail["In-Reply-To"] = mail["References"] = f"<{answers}>"
        for name, value in headers:
            mail[name] = value
        mail.set_content(text)
        for name, content in files:
            mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
        return mail.as_bytes(policy=email.policy.SMTP.clone(max_line_length=990))

    def reply(
        self,
        notification: Row[Any],
        text: str,
        *,
        signed: bool = True,
        peer: str = ELSEWHERE,
        to: str = "",
        **letter: Any,
    ) -> Row[Any]:
        """The agent answers one of our mails to them; the line in the ledger."""
        ours = parsed(notification.raw)
        address = to or str(ours["Reply-To"])
        sender = letter.pop("sender", notification.recipient)
        letter.setdefault("answers", notification.message_id)
        raw = self.letter(sender, address, text, subject=f"Re: {ours['Subject']}", **letter)
        if signed:
            raw = sign(raw, sender.rpartition("@")[2].rstrip(">"))
        return self.bring(raw, peer=peer, reverse_path=sender, to=(address,))

    def bring(self, raw: bytes, *, peer: str = ELSEWHERE, reverse_path: str, to: tuple[str, ...]) -> Row[Any]:
        record = replace(accepted(raw, at=self.now, reverse_path=reverse_path, to=to), peer=peer)
        self.journal.append([record])
        for _ in range(100):
            self.work()
            (row,) = self.rows(journal, journal.c.receipt == record.receipt)
            if row.fate is not None:
                return row
            self.now += timedelta(seconds=2)
        raise AssertionError("the mail got no fate")

    def use_macros(self, text: str, directory: Path) -> None:
        """Put these macros in force."""
        (directory / "macros.yaml").write_text(text)
        side, _, mistakes = read_side_files(directory, {}, Node({}, Place("gateway.yaml")), year=self.now.year)
        assert mistakes == []
        self.office = replace(self.office, loaded=replace(self.office.loaded, side=side))

    def told(self, address: str) -> list[Row[Any]]:
        """Our mails to one agent, oldest first."""
        return [row for row in self.outbox("agent") if row.recipient == address]

    def assigned(self, ticket: int, agent: int | None = None) -> Row[Any]:
        """Lee gives the ticket to Kim; what Kim is told."""
        self.desk.assign(ticket, agent or self.kim, self.lee)
        return self.told(KIM)[-1]

    def to_customers(self) -> list[Row[Any]]:
        return [row for row in self.outbox() if row.kind in ("answer", "resolution")]


def parsed(raw: bytes) -> EmailMessage:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def words(row: Row[Any], subtype: str = "plain") -> str:
    """What a mail of ours says."""
    part = parsed(row.raw).get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
