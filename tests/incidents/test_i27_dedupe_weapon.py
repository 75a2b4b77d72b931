"""A help desk that drops what has a Message-ID it knows can be made to drop a victim's mail. A Message-ID alone is no identity."""

import pytest

from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse
from tests.support.hijack import REQUESTER, STRANGER

pytestmark = pytest.mark.xdist_group("hijack")

ID = "known-beforehand@client.test"


def test_an_attacker_who_sends_first_suppresses_nothing(houses: dict[str, Gatehouse]) -> None:
    """With the Message-ID that the victim's program will use, in the attacker's or in the victim's own name."""
    house = houses["weak"]
    for number, name in enumerate((STRANGER, REQUESTER)):
        known = f"{number}.{ID}"
        house.send(mail("Anything.", sender=name, message_id=known), reverse_path=STRANGER)
        row = house.send(mail("My real question.", sender=REQUESTER, message_id=known), reverse_path=REQUESTER)
        assert row.fate == "opened"
        (stored,) = house.office.messages(row.ticket_id)
        assert (stored.journal_id, "My real question." in stored.text, stored.public) == (row.id, True, True)


def test_an_attacker_who_answers_first_suppresses_no_answer(houses: dict[str, Gatehouse]) -> None:
    house = houses["forwarded"]
    ticket = house.send(mail("A question.", sender=REQUESTER), reverse_path=REQUESTER).ticket_id
    token = house.office.reply_to(ticket)
    house.send(mail("Anything.", sender=STRANGER, message_id=f"answer.{ID}"), reverse_path=STRANGER)
    raw = mail("More of my question.", sender=REQUESTER, to=token, message_id=f"answer.{ID}")
    row = house.send(raw, to=(token,), reverse_path=REQUESTER)
    assert (row.fate, row.ticket_id) == ("appended", ticket)


def test_other_headers_make_no_other_mail_and_other_words_do(houses: dict[str, Gatehouse]) -> None:
    """A relay's Received fields are no new mail; one changed word, one changed subject or another author is."""
    house = houses["forwarded"]
    first = mail("A question.", sender=REQUESTER, message_id=f"same.{ID}", subject="Lamp")
    assert house.send(first, reverse_path=REQUESTER).fate == "opened"
    assert house.send(b"Received: from elsewhere\r\n" + first, reverse_path=REQUESTER).fate == "duplicate"
    for changed in (
        first.replace(b"A question.", b"A question!"),
        first.replace(REQUESTER.encode(), b"anna@elsewhere.test"),
    ):
        assert house.send(changed, reverse_path=REQUESTER).fate == "opened"
