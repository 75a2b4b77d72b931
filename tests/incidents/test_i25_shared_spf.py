"""SPF of servers that many share: whoever rents one of them sends as every domain that names them (EchoSpoofing, SpamChannel).

Aligned SPF alone proves the path, not the author. It is enough for a customer's answer to their own reply address, and for nothing else:
no writing by references, no agent's answer, no command.
"""

from datetime import timedelta

import pytest

from gateway.store.database import Database
from gateway.threading.agent_tokens import agent_address
from tests.support.dns_server import DnsServer
from tests.support.office import KEYRING, TestOffice
from tests.support.signed_mail import publish, sign
from tests.trust.conftest import WRONG, _dns, dns, mail, office  # noqa: F401 - fixtures
from tests.trust.test_pipeline import take, trust_in


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


SHARED = "198.51.100.99"  # a tenant's mail leaves by it, whichever tenant


@pytest.fixture
def ticket(office: TestOffice, dns: DnsServer) -> int:  # noqa: F811
    dns.txt("relay.test", f"v=spf1 ip4:{SHARED} -all")
    for domain in ("victim.test", "example.com"):
        publish(dns, domain)
        dns.txt(domain, "v=spf1 include:relay.test -all")
    return int(take(office, sign(mail(), "victim.test")).ticket_id)


def test_reply_address_and_path_are_enough_for_the_customer(office: TestOffice, ticket: int) -> None:  # noqa: F811
    raw = mail(text="It is 42.").replace(b"<one@", b"<two@")
    row = take(office, raw, peer=SHARED, to=(office.reply_to(ticket),))
    assert (row.fate, row.ticket_id) == ("appended", ticket)
    assert trust_in(office, row.receipt)["level"] == "weak"


def test_references_and_path_are_not(office: TestOffice, ticket: int) -> None:  # noqa: F811
    office.desk.reply(ticket, office.agent, "What is the number?")
    field = ("In-Reply-To", f"<{office.outbox('answer')[-1].message_id}>")
    row = take(office, mail(field, text="Send it to me.").replace(b"<one@", b"<two@"), peer=SHARED)
    assert row.fate != "appended"
    assert not [it for it in office.messages(ticket) if it.public and "Send it to me" in it.text]


@pytest.mark.parametrize("text", ["Your password is 1234.", "#solved"])
def test_tenant_is_no_agent(office: TestOffice, ticket: int, text: str) -> None:  # noqa: F811
    """Even with the agent's own reply address, which the tenant cannot have."""
    address = agent_address(
        KEYRING,
        local="reply",
        domain="reply.example.com",
        ticket=ticket,
        agent=office.agent,
        internal=False,
        expires=(office.now + timedelta(days=30)).date(),
    )
    answers, status = len(office.outbox("answer")), office.ticket(ticket).status
    raw = mail(sender="Kim <kim@example.com>", text=text).replace(b"<one@", b"<two@")
    row = take(office, raw, peer=SHARED, to=(address,), reverse_path="kim@example.com")
    assert trust_in(office, row.receipt)["level"] == "weak"
    assert len(office.outbox("answer")) == answers
    assert office.ticket(ticket).status == status


def test_other_servers_do_not_even_have_the_path(office: TestOffice, ticket: int) -> None:  # noqa: F811
    row = take(office, mail(text="It is 42.").replace(b"<one@", b"<two@"), peer=WRONG, to=(office.reply_to(ticket),))
    assert row.fate == "join_request"
