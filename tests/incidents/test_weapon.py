"""Mail that hides other mail. Mail bombs: ``test_i03_mail_bomb.py``; injected header fields: ``test_i12_header_injection.py``."""

import pytest

from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse

pytestmark = pytest.mark.xdist_group("hijack")

VICTIM = "victim@v.test"


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
