"""A mail's way from the journal to a ticket and back out: what is written, what is sent, what is not."""

from email import message_from_bytes
from email.policy import default

import pytest

from gateway.clockwork import close_solved_tickets
from gateway.rules import Ruleset, compile_ruleset
from gateway.rules.file import RulesFile
from gateway.store.schema import contacts
from tests.support.accepted import mail
from tests.support.office import TestOffice

HONG = "홍길동 <hong@customer.example>"


def test_a_mail_becomes_a_ticket_and_its_sender_gets_an_answer(office: TestOffice) -> None:
    row = office.take(
        mail("주문한 램프가 켜지지 않습니다.", sender=HONG, subject="램프 문의", message_id="first@customer.example")
    )
    assert (row.fate, row.ticket_id) == ("opened", 1)
    ticket = office.ticket(1)
    assert (ticket.status, ticket.subject, ticket.brand, ticket.language) == ("new", "램프 문의", "example", "ko")
    (message,) = office.messages(1)
    assert (message.author, message.author_name, message.public) == ("hong@customer.example", "홍길동", True)
    assert message.text.strip() == "주문한 램프가 켜지지 않습니다."
    (ack,) = office.outbox()
    assert (ack.kind, ack.recipient, ack.state, ack.hold_reason) == (
        "ack",
        "hong@customer.example",
        "held",
        "no_smarthost",
    )
    sent = message_from_bytes(ack.raw, policy=default)
    assert sent["In-Reply-To"] == "<first@customer.example>"
    assert sent["Auto-Submitted"] == "auto-replied"
    assert sent["Reply-To"].startswith("reply+")
    assert sent["From"].addresses[0].addr_spec == "support@example.com"
    assert "램프" not in sent.as_string() + str(sent.get_body(("plain",)).get_content()), "no stranger's word in an ack"


def test_a_reply_by_token_joins_and_reopens(office: TestOffice) -> None:
    office.take(mail(sender=HONG))
    office.desk.reply(1, office.agent, "Please switch it on.")
    assert office.ticket(1).status == "pending"
    row = office.take(mail("It works now.", sender=HONG), to=(office.reply_to(1),))
    assert (row.fate, row.ticket_id) == ("appended", 1)
    assert office.ticket(1).status == "open"
    assert [message.direction for message in office.messages(1)] == ["in", "out", "in"]
    assert len(office.outbox("ack")) == 1, "a reply is not acknowledged again"


def test_a_reply_by_references_alone_joins(office: TestOffice) -> None:
    office.take(mail(sender=HONG))
    (ack,) = office.outbox("ack")
    row = office.take(mail("More.", sender=HONG, headers=(("References", f"<{ack.message_id}>"),)))
    assert (row.fate, row.ticket_id) == ("appended", 1)


def test_a_customers_second_mail_in_their_own_thread_joins(office: TestOffice) -> None:
    office.take(mail(sender=HONG, message_id="root@customer.example"))
    row = office.take(mail("And one more thing.", sender=HONG, headers=(("In-Reply-To", "<root@customer.example>"),)))
    assert (row.fate, row.ticket_id) == ("appended", 1)


def test_a_stranger_with_the_token_is_kept_apart(office: TestOffice) -> None:
    office.take(mail(sender=HONG))
    office.desk.solve(1, office.agent)
    before = len(office.outbox())
    row = office.take(mail("Let me in.", sender="Eve <eve@evil.example>"), to=(office.reply_to(1),))
    assert (row.fate, row.ticket_id) == ("join_request", 1)
    assert office.messages(1)[-1].public is False
    assert office.ticket(1).status == "solved"
    assert len(office.outbox()) == before, "nothing is sent because of a stranger"
    assert len(office.events(1, "join_request")) == 1


def test_a_reply_to_a_solved_ticket_reopens_and_to_a_closed_one_makes_a_linked_ticket(office: TestOffice) -> None:
    office.take(mail(sender=HONG))
    office.desk.solve(1, office.agent)
    office.take(mail("Still dark.", sender=HONG), to=(office.reply_to(1),))
    assert office.ticket(1).status == "open"
    office.desk.solve(1, office.agent)
    with office.database.write() as connection:
        connection.exec_driver_sql("UPDATE tickets SET status = 'closed', closed_at = updated_at WHERE id = 1")
    row = office.take(mail("Dark again.", sender=HONG), to=(office.reply_to(1),))
    assert (row.fate, row.ticket_id) == ("follow_up", 2)
    assert office.ticket(2).follow_up_of == 1
    assert office.events(1, "follow_up")[0].data == {"ticket": 2}


def test_a_subject_number_is_only_a_hint(office: TestOffice) -> None:
    office.take(mail(sender=HONG))
    row = office.take(mail(sender="Eve <eve@evil.example>", subject="Re: Lamp [#1]"))
    assert (row.fate, row.ticket_id) == ("opened", 2)
    assert office.events(2, "maybe_belongs_to")[0].data["tickets"] == [1]


def test_the_same_mail_to_two_of_our_addresses_is_one_ticket(office: TestOffice) -> None:
    raw = mail(sender=HONG, to="support@example.com, shop@example.com")
    first = office.take(raw, to=("support@example.com",))
    second = office.take(b"Received: from elsewhere\r\n" + raw, to=("shop@example.com",))
    assert (first.fate, second.fate, second.ticket_id) == ("opened", "duplicate", 1)
    assert len(office.outbox("ack")) == 1
    (noted,) = office.events(1, "also_addressed")
    assert (noted.data["brand"], noted.data["team"]) == ("shop", "shop")


def test_two_addresses_in_one_transaction_note_both_teams(office: TestOffice) -> None:
    office.take(
        mail(sender=HONG, to="shop@example.com, support@example.com"), to=("support@example.com", "shop@example.com")
    )
    ticket = office.ticket(1)
    assert (ticket.brand, ticket.team) == ("shop", "shop"), "the first one in To wins"
    (noted,) = office.events(1, "also_addressed")
    assert noted.data["address"] == "support@example.com"


def test_one_message_id_on_two_different_mails_is_two_tickets(office: TestOffice) -> None:
    office.take(mail("One.", sender=HONG, message_id="same@customer.example"))
    row = office.take(mail("Another.", sender="Eve <eve@evil.example>", message_id="same@customer.example"))
    assert (row.fate, row.ticket_id) == ("opened", 2)


def test_without_message_id_the_content_tells(office: TestOffice) -> None:
    office.take(mail("One.", sender=HONG, message_id=""))
    assert office.take(mail("One.", sender=HONG, message_id="")).fate == "duplicate"
    assert office.take(mail("Two.", sender=HONG, message_id="")).fate == "opened"


def test_a_retry_days_later_is_a_duplicate_and_after_the_window_is_not(office: TestOffice) -> None:
    raw = mail("One.", sender=HONG)
    office.take(raw)
    office.later(days=9)
    assert office.take(raw).fate == "duplicate"
    office.later(days=30)
    assert office.take(raw).fate == "opened"


@pytest.mark.parametrize(
    ("headers", "envelope"),
    [
        ((("Auto-Submitted", "auto-replied"),), {}),
        ((("Auto-Submitted", "auto-generated"),), {}),
        ((("List-Id", "<news.shop.example>"),), {}),
        ((("Precedence", "bulk"),), {}),
        ((), {"reverse_path": ""}),
    ],
    ids=["auto-reply", "auto-generated", "list", "bulk", "null sender"],
)
def test_machines_get_no_answer_and_one_can_see_why(office: TestOffice, headers, envelope) -> None:
    row = office.take(mail("Hello.", sender=HONG, headers=headers), **envelope)
    assert office.outbox() == []
    if row.ticket_id is not None:
        (suppressed,) = office.events(row.ticket_id, "suppressed")
        assert suppressed.data["why"]


def test_an_out_of_office_changes_nothing(office: TestOffice) -> None:
    office.take(mail(sender=HONG))
    office.desk.solve(1, office.agent)
    row = office.take(
        mail("I am out of the office until 20 March 2026.", sender=HONG, headers=(("Auto-Submitted", "auto-replied"),)),
        to=(office.reply_to(1),),
    )
    assert (row.fate, row.ticket_id) == ("silent", 1)
    assert office.events(1, "machine_mail")[0].data["back_on"] == "2026-03-20"
    assert office.ticket(1).status == "solved"


def test_mail_without_from_is_held_with_its_cause(office: TestOffice) -> None:
    raw = mail().replace(b"From: Hong <hong@customer.example>\r\n", b"")
    row = office.take(raw)
    assert (row.fate, row.cause) == ("quarantined", "no_author")
    assert row.trace["reason"]


def test_mail_in_our_own_name_is_held(office: TestOffice) -> None:
    row = office.take(mail(sender="Support <support@example.com>"))
    assert (row.fate, row.cause) == ("quarantined", "own_address")
    assert office.outbox() == []


def test_a_bounce_of_an_answer_comes_back_to_its_ticket(office: TestOffice) -> None:
    office.take(mail(sender=HONG))
    office.desk.reply(1, office.agent, "Please switch it on.")
    (answer,) = office.outbox("answer")
    row = office.take(_bounce("hong@customer.example", answer.message_id), to=(answer.reverse_path,), reverse_path="")
    assert (row.fate, row.ticket_id) == ("bounce", 1)
    (event,) = office.events(1, "bounced")
    assert (event.data["to"], event.data["status"], event.data["hard"]) == ("hong@customer.example", "5.1.1", True)
    assert office.ticket(1).status == "open", "the answer did not arrive: somebody must look"
    assert office.rows(contacts)[0].undeliverable_at is not None
    office.take(mail("Another question.", sender=HONG, subject="Other"))
    assert office.events(2, "suppressed")[0].data["reason"] == "undeliverable"


def test_a_forged_bounce_silences_nobody(office: TestOffice) -> None:
    office.take(mail(sender=HONG))
    row = office.take(_bounce("hong@customer.example", "guessed@reply.example.com"), reverse_path="")
    assert (row.fate, row.ticket_id) == ("bounce", None)
    assert office.rows(contacts)[0].undeliverable_at is None


def test_budgets_hold_and_every_suppression_is_an_event(office: TestOffice) -> None:
    for number in range(4):
        office.take(mail(f"Question {number}", sender=HONG, subject=f"Subject {number}"))
    assert len(office.outbox("ack")) == 2
    assert [event.data["reason"] for number in (3, 4) for event in office.events(number, "suppressed")] == [
        "acks_per_person"
    ] * 2
    office.later(hours=2)
    office.take(mail("Later.", sender=HONG, subject="Later"))
    assert len(office.outbox("ack")) == 3


def test_a_flood_of_strangers_is_held_with_one_alarm(office: TestOffice) -> None:
    for number in range(34):
        office.take(mail(sender=f"p{number}@flood{number % 4}.example", subject=str(number)))
    held = [row for row in office.outbox("ack") if row.hold_reason == "budget"]
    assert len(held) == 4
    assert [event.data["reason"] for event in office.events(None, "alarm")] == ["budget"]


def test_shadow_mail_sends_nothing(office: TestOffice) -> None:
    row = office.take(mail(sender=HONG), shadow=True)
    assert row.fate == "opened"
    assert office.outbox() == []
    assert office.events(1, "suppressed")[0].data["reason"] == "shadow"


def test_unverified_senders_get_no_ack(database, tmp_path) -> None:
    office = TestOffice(database, tmp_path, trust={"unverified": "none"})
    office.take(mail(sender=HONG))
    assert office.outbox() == []
    assert office.events(1, "suppressed")[0].data["reason"] == "unverified"
    row = office.take(mail("A reply.", sender=HONG), to=(office.reply_to(1),))
    assert row.fate == "join_request", "a token alone does not prove the author"


def test_the_brand_that_was_written_to_answers(office: TestOffice) -> None:
    office.take(mail("Hello there, my friends", sender=HONG, to="help@example.com"), to=("help@example.com",))
    sent = message_from_bytes(office.outbox("ack")[0].raw, policy=default)
    assert sent["From"].addresses[0].addr_spec == "help@example.com"


def test_every_mail_has_one_fate(office: TestOffice) -> None:
    raw = mail(sender=HONG)
    for one in (
        raw,
        raw,
        mail().replace(b"From:", b"X-From:"),
        mail(sender="support@example.com"),
        b"",
        b"\x00\xff" * 50,
    ):
        office.take(one)
    balance = office.journal.balance()
    assert balance.adds_up
    assert balance.pending == 0
    assert balance.accepted == 6


def _bounce(recipient: str, original: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.customer.example\r\nTo: x@reply.example.com\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <b1@mx.customer.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{original}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def test_writing_twice_in_a_victims_name_makes_nobody_known(office: TestOffice) -> None:
    for number in range(34):
        office.take(mail(sender=f"p{number}@flood{number % 4}.example", subject="First"))
        office.take(mail(sender=f"p{number}@flood{number % 4}.example", subject="Second"))
    free = [row for row in office.outbox("ack") if row.hold_reason != "budget"]
    assert len(free) == 30, "the brake of the whole system holds"
    first = office.take(mail(sender=HONG))
    assert office.events(first.ticket_id, "notice_held")
    office.desk.reply(first.ticket_id, office.agent, "We are on it.")
    row = office.take(mail(sender=HONG, subject="Another question"))
    assert office.events(row.ticket_id, "notice"), "whom an agent has answered is known"


def test_a_rule_that_solves_at_once_also_closes(database, tmp_path) -> None:
    office = TestOffice(database, tmp_path, ruleset=_rules({"status": "solved", "acknowledge": False}))
    office.take(mail(sender=HONG))
    ticket = office.ticket(1)
    assert (ticket.status, ticket.waiting_since) == ("solved", None)
    assert office.events(1, "suppressed")[0].data["reason"] == "rule_off"
    office.later(hours=97)
    close_solved_tickets(office.database, office.now)
    assert office.ticket(1).status == "closed"


def _rules(then: dict[str, object]) -> Ruleset:
    written = RulesFile.model_validate({"rules": [{"name": "at once", "then": then}]})
    return compile_ruleset(written, file="rules.yaml", lines=[1])
