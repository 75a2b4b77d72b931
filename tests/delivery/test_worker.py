"""Mails leave over a real socket; each mode of a misbehaving smarthost leads to its outcome."""

from gateway.store.database import Database
from gateway.store.outbox import State
from tests.support.outgoing import configuration, mail, row, sending, store
from tests.support.smarthost import Smarthost
from tests.support.waiting import wait_until


def test_a_queued_mail_arrives(database: Database) -> None:
    first, second = mail(), mail(reverse_path="")
    with Smarthost() as smarthost, sending(database, configuration(smarthost=smarthost.address, tls="none")):
        numbers = store(database, first, second)
        smarthost.wait_for(lambda: smarthost.count == 2)
        wait_until(lambda: [row(database, number).state for number in numbers] == [State.SENT] * 2)
    taken = {taken.message_id: taken for taken in smarthost.taken}
    assert taken[first.message_id].raw == first.raw
    assert taken[first.message_id].reverse_path == first.reverse_path
    assert taken[first.message_id].forward_paths == (first.recipient,)
    assert taken[second.message_id].reverse_path == ""
    sent = row(database, numbers[0])
    assert (sent.attempts, sent.last_reply[:3], sent.lease_owner) == (1, "250", None)
    assert sent.finished_at is not None
