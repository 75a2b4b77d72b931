"""A true signature under a mail that its owner did not send, or not so: replayed, grown at its end (``l=``), with fields added.

What the signature still proves must not be enough to write to a ticket as its owner without a reply address. The single rows are in
``tests/trust``: A5 and A6 in test_senders.py, A10 in test_pipeline.py, signatures beside OpenDKIM in test_opendkim.py.
"""

import pytest

from gateway.store.database import Database
from tests.support.office import TestOffice
from tests.support.signed_mail import sign
from tests.trust.conftest import _dns, dns, mail, office  # noqa: F401 - fixtures
from tests.trust.test_pipeline import take, trust_in


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


EVIL = b"Pay the invoice to this account instead.\r\n"


def conversation(office: TestOffice) -> tuple[int, tuple[str, str]]:  # noqa: F811
    """Alice's ticket, and the field with which a mail program answers in it."""
    ticket = int(take(office, sign(mail(), "victim.test")).ticket_id)
    office.desk.reply(ticket, office.agent, "What is the number?")
    return ticket, ("In-Reply-To", f"<{office.outbox('answer')[-1].message_id}>")


def test_the_signed_answer_itself_is_taken(office: TestOffice) -> None:  # noqa: F811
    ticket, field = conversation(office)
    row = take(office, sign(mail(field, text="It is 42.").replace(b"<one@", b"<two@"), "victim.test"))
    assert (row.fate, row.ticket_id) == ("appended", ticket)


def test_text_behind_a_partly_signed_body_is_nobodys(office: TestOffice) -> None:  # noqa: F811
    ticket, field = conversation(office)
    signed = sign(mail(field, text="It is 42.").replace(b"<one@", b"<two@"), "victim.test", length=True)
    row = take(office, signed + EVIL)
    assert trust_in(office, row.receipt)["proof"] == "failed"
    assert not [it for it in office.messages(ticket) if it.public and "account instead" in it.text]


@pytest.mark.parametrize(
    "field", [b"Subject: Pay another account\r\n", b"From: victim@victim.test\r\n", b"Reply-To: eve@evil.test\r\n"]
)
def test_field_added_above_what_was_signed(office: TestOffice, field: bytes) -> None:  # noqa: F811
    ticket, answered = conversation(office)
    once = (b"from", b"to", b"subject", b"date", b"message-id", b"reply-to")
    raw = mail(answered, ("Reply-To", "alice@victim.test"), text="It is 42.").replace(b"<one@", b"<two@")
    row = take(office, field + sign(raw, "victim.test", headers=once))
    assert row.fate != "appended"
    assert not [it for it in office.messages(ticket) if it.public and "42" in it.text]


def test_replayed_mail_writes_nowhere_by_its_references(office: TestOffice) -> None:  # noqa: F811
    """The mail was signed without its Message-ID, so that a stranger can send it again under another."""
    _, field = conversation(office)
    headers = (b"from", b"to", b"subject", b"date", b"in-reply-to")
    raw = sign(mail(field, text="It is 42.").replace(b"<one@", b"<two@"), "victim.test", headers=headers)
    assert take(office, raw).fate == "appended"
    again = take(office, raw.replace(b"<two@", b"<three@"))
    assert trust_in(office, again.receipt)["level"] == "weak"
    assert again.fate != "appended"
