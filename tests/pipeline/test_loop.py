"""Our own mail that comes back, and mail whose author logged in."""

import hashlib
from email import message_from_bytes

from gateway.journal import Accepted, new_receipt
from tests.support.accepted import mail
from tests.support.office import TestOffice


def test_our_own_mail_that_comes_back_is_a_loop(office: TestOffice) -> None:
    office.take(mail())
    office.desk.reply(1, office.agent, "Please switch it on.")
    sent = [row.raw for row in office.outbox()]
    assert len(sent) == 2, "an acknowledgement and an answer"
    before = len(office.messages(1))
    for raw in sent:
        row = office.take(raw)
        assert (row.fate, row.cause) == ("quarantined", "loop")
        assert "carries our own signature" in str(row.trace["steps"])
    assert len(office.outbox()) == len(sent)
    assert len(office.messages(1)) == before


def test_a_loop_is_seen_whoever_it_says_it_is_from(office: TestOffice) -> None:
    office.take(mail())
    (notice,) = office.outbox()
    message_id = message_from_bytes(notice.raw)["Message-ID"].strip("<>")
    row = office.take(mail(sender="list@lists.example", message_id=message_id))
    assert (row.fate, row.cause) == ("quarantined", "loop")
    forged = office.take(mail(message_id=("a" if message_id[0] != "a" else "b") + message_id[1:]))
    assert forged.fate == "opened", "only a signature makes an id ours"


def test_an_answer_to_our_mail_is_no_loop(office: TestOffice) -> None:
    office.take(mail())
    (notice,) = office.outbox()
    ours = message_from_bytes(notice.raw)["Message-ID"]
    row = office.take(mail("Thank you.", headers=(("In-Reply-To", ours),)), to=(office.reply_to(1),))
    assert row.fate == "appended"


def _submitted(office: TestOffice, raw: bytes, authenticated_as: str) -> dict[str, str]:
    record = Accepted(
        receipt=new_receipt(office.now, hashlib.sha256(raw).digest()),
        received_at=office.now,
        protocol="esmtpsa",
        peer="192.0.2.1",
        helo="client.example",
        tls="TLSv1.3",
        reverse_path="kim@example.com",
        forward_paths=("support@example.com",),
        smtputf8=False,
        size=len(raw),
        digest=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        authenticated_as=authenticated_as,
    )
    office.journal.append([record])
    office.work()
    trust: dict[str, str] = office.messages(1)[0].trace["trust"]
    return trust


def test_an_author_who_logged_in_is_believed(office: TestOffice) -> None:
    assert _submitted(office, mail(sender="Kim <KIM@example.com>"), "kim@example.com")["level"] == "strong"


def test_a_login_proves_nothing_about_others(office: TestOffice) -> None:
    assert _submitted(office, mail(), "kim@example.com")["level"] != "strong"
