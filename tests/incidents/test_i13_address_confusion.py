"""Who is Mike? One spelling of the address, and only where the domain's own proof stands behind it.

Parsers that disagree about From, letters that fold into others, and domains that look alike made mail of a stranger count as a customer's
(CVE-2023-27043, CVE-2025-1795, CVE-2019-19844, the attacks of espoofer). Here every mail is sent to Mike's own reply address on his
ticket, and signed by whoever would gain: a colleague in his domain, or the stranger's own domain.
"""

from typing import Any

import pytest

from gateway.store.database import Database
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import publish, sign
from tests.trust.conftest import _dns, dns, mail, office  # noqa: F401 - fixtures
from tests.trust.test_pipeline import take


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


MIKE = "mike@example.test"
CONFUSING = {
    "dotless_i": "m\u0131ke@example.test",
    "kelvin_sign": "mi\u212ae@example.test",
    "cyrillic_domain": "mike@ex\u0430mple.test",
    "address_as_name": '"mike@example.test" <eve@evil.test>',
    "two_authors": "mike@example.test,eve@evil.test",
    "comment": "mike@example.test(eve@evil.test)",
    "text_behind": "<mike@example.test>eve@evil.test",
    "nul": "mike@example.test\0@evil.test",
    "group": "mike@example.test: eve@evil.test;",
    "quoted_local_part": '"mike@example.test\\"@evil.test',
    "encoded_name": "=?utf-8?q?mike=40example.test?= <eve@evil.test>",
    "route": "<@evil.test:mike@example.test>",
}


@pytest.fixture
def ticket(office: TestOffice, dns: DnsServer) -> int:  # noqa: F811
    """Mike's, whose domain signs and asks to reject what it did not sign."""
    for domain in ("example.test", "evil.test", "xn--exmple-4nf.test"):
        publish(dns, domain)
        dns.txt(f"_dmarc.{domain}", "v=DMARC1; p=none")
    row = take(office, sign(mail(sender=f"Mike <{MIKE}>"), "example.test"), reverse_path=MIKE)
    return int(row.ticket_id)


def answer(office: TestOffice, ticket: int, sender: str, signer: str) -> Any:  # noqa: F811
    raw = mail(sender=sender, text="Please send it to my new address.").replace(b"<one@", b"<two@")
    return take(office, sign(raw, signer), to=(office.reply_to(ticket),), reverse_path="eve@evil.test")


@pytest.mark.parametrize("signer", ["evil.test", "example.test", "xn--exmple-4nf.test"])
@pytest.mark.parametrize("name", CONFUSING)
def test_nobody_else_counts_as_mike(office: TestOffice, ticket: int, name: str, signer: str) -> None:  # noqa: F811
    row = answer(office, ticket, CONFUSING[name], signer)
    shown = [it for it in office.messages(ticket) if it.journal_id == row.id]
    assert row.fate != "appended"
    assert not any(it.public for it in shown)


def test_capital_letters_are_mike_with_his_own_domains_proof(office: TestOffice, ticket: int) -> None:  # noqa: F811
    assert answer(office, ticket, "MIKE@Example.TEST", "example.test").fate == "appended"


def test_capital_letters_prove_nothing_by_themselves(office: TestOffice, ticket: int) -> None:  # noqa: F811
    assert answer(office, ticket, "MIKE@example.test", "evil.test").fate == "join_request"
