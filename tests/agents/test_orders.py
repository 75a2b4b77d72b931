"""Agents work from their own mailbox: what their mail does, what they are told, what the customer gets."""

from dataclasses import replace

import pytest

from gateway.store.notifications import set_notifications
from gateway.store.schema import agents, contacts, outbox
from tests.support.agent_work import CUSTOMER, KIM, LEE, Mailboxes, parsed, words
from tests.support.signed_mail import sign

BULB = "Please change the bulb."


def report(mailboxes: Mailboxes, address: str = KIM) -> str:
    """What the agent was answered last."""
    return words(mailboxes.told(address)[-1])


def test_an_answer_by_mail_reaches_the_customer_and_is_confirmed(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    row = mailboxes.reply(mailboxes.assigned(ticket), f"{BULB}\n\nOn Sunday, Example Support wrote:\n> The lamp\n")
    assert row.fate == "appended"
    (answer,) = mailboxes.outbox("answer")
    assert answer.recipient == CUSTOMER
    assert BULB in words(answer)
    assert (answer.next_attempt_at - answer.created_at).total_seconds() == 60
    last = mailboxes.messages(ticket)[-1]
    assert (last.kind, last.public, last.reply_text, last.journal_id) == ("answer", True, BULB, row.id)
    assert mailboxes.ticket(ticket).status == "pending"
    said = report(mailboxes)
    assert f"Public answer to: {CUSTOMER}. It leaves in 60 seconds" in said
    assert f"> {BULB}" in said
    (event,) = mailboxes.events(ticket, "agent_mail")
    assert (event.actor, event.data["receipt"], event.data["message"]) == (KIM, row.receipt, last.id)


def test_commands_leave_the_text_and_each_is_reported(mailboxes_everywhere: Mailboxes) -> None:
    mailboxes = mailboxes_everywhere
    ticket = mailboxes.opened()
    text = f"#solved\n#우선순위 높음\n#タグ +vip, +lamp -old\n#assign 이수진\n#team nonsense\n\n{BULB}"
    row = mailboxes.reply(mailboxes.assigned(ticket), text)
    assert row.fate == "appended"
    after = mailboxes.ticket(ticket)
    assert (after.status, after.priority, after.assignee_id) == ("solved", "high", mailboxes.lee)
    (answer,) = mailboxes.to_customers()  # the answer tells; no second mail says "solved"
    assert "#" not in words(answer).replace("[#1]", "")
    said = report(mailboxes)
    for line in ("Status: solved", "Priority: high", "Tags: +vip +lamp −old", "Assignee: 이수진", "“nonsense”"):
        assert line in said
    assert [mail.once_key.split(":")[1] for mail in mailboxes.told(LEE)] == ["assigned"], "the new assignee is told"


def test_commands_alone_post_nothing(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    before = len(mailboxes.messages(ticket))
    row = mailboxes.reply(mailboxes.assigned(ticket), "#hold\n#긴급\n")
    assert row.fate == "command"
    assert row.trace["reason"].startswith("the agent's own address")
    assert len(mailboxes.messages(ticket)) == before
    assert mailboxes.ticket(ticket).status == "on_hold"
    said = report(mailboxes)
    assert "Status: on hold" in said
    assert "#긴급 — there is no such command" in said
    assert mailboxes.to_customers() == []


def test_the_same_mail_twice_is_carried_out_once(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    told = mailboxes.assigned(ticket)
    raw = sign(
        mailboxes.letter(KIM, str(parsed(told.raw)["Reply-To"]), "#tag +once", answers=told.message_id), "staff.test"
    )
    fates = [mailboxes.bring(raw, reverse_path=KIM, to=(str(parsed(told.raw)["Reply-To"]),)).fate for _ in range(2)]
    assert fates == ["command", "duplicate"]
    assert len(mailboxes.events(ticket, "tags")) == 1


@pytest.mark.parametrize("word", ["#note", "#메모", "#社内"])
def test_a_note_stays_internal(mailboxes: Mailboxes, word: str) -> None:
    ticket = mailboxes.opened()
    mailboxes.reply(mailboxes.assigned(ticket), f"{word}\nHe was angry on the phone.")
    assert mailboxes.messages(ticket)[-1].public is False
    assert mailboxes.to_customers() == []
    assert "The customer does not see it" in report(mailboxes)


def test_a_reply_to_an_internal_mail_stays_internal(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.desk.note(ticket, mailboxes.lee, "@Kim Minji is this ours?")
    (told,) = mailboxes.told(KIM)
    assert "Your reply to this mail stays internal" in words(told)
    mailboxes.reply(told, "Yes, I sold it to him.")
    assert [(it.kind, it.public) for it in mailboxes.messages(ticket)][-1] == ("note", False)
    assert "because you replied to an internal mail" in report(mailboxes)
    # Also where the mail program leaves out what it answers: the address itself says it.
    mailboxes.reply(told, "And I remember it well.", answers="")
    assert mailboxes.messages(ticket)[-1].public is False
    mailboxes.reply(told, f"#public\n{BULB}")
    assert mailboxes.messages(ticket)[-1].public is True


def test_an_unclear_command_keeps_the_text_from_the_customer_until_its_author_says_so(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    told = mailboxes.assigned(ticket)
    row = mailboxes.reply(told, f"#ntoe\n{BULB}")
    assert row.fate == "appended"
    assert mailboxes.to_customers() == []
    draft = mailboxes.messages(ticket)[-1]
    assert (draft.kind, draft.public, draft.reply_text) == ("draft", False, BULB)
    said = report(mailboxes)
    assert "NOT sent" in said
    assert "did you mean #note?" in said
    row = mailboxes.reply(mailboxes.told(KIM)[-1], "#send")
    assert row.fate == "command"
    (answer,) = mailboxes.to_customers()
    assert BULB in words(answer)
    assert [it.kind for it in mailboxes.messages(ticket)][-2:] == ["sent_draft", "answer"]
    mailboxes.reply(mailboxes.told(KIM)[-1], "#send")
    assert "you have no answer waiting" in report(mailboxes)
    assert len(mailboxes.to_customers()) == 1


def test_a_newer_answer_of_a_colleague_holds_the_second(mailboxes_everywhere: Mailboxes) -> None:
    mailboxes = mailboxes_everywhere
    ticket = mailboxes.opened()
    told = mailboxes.assigned(ticket)
    mailboxes.later(minutes=5)
    mailboxes.desk.reply(ticket, mailboxes.lee, "We send you a new lamp.")
    mailboxes.later(minutes=5)
    mailboxes.reply(told, f"#solved\n{BULB}")
    assert len(mailboxes.to_customers()) == 1
    assert mailboxes.ticket(ticket).status == "pending", "the held answer's status waits with it"
    said = report(mailboxes)
    assert "NOT sent" in said
    assert "이수진 answered the customer at" in said
    mailboxes.reply(told, "#send\n#solved\nAnd change the bulb, too.")
    assert [BULB in words(it) for it in mailboxes.to_customers()] == [False, False], (
        "new words replace the waiting ones"
    )
    assert mailboxes.ticket(ticket).status == "solved"


def test_an_answer_that_was_seen_does_not_hold_the_next(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.desk.reply(ticket, mailboxes.lee, "We send you a new lamp.")
    mailboxes.later(minutes=5)
    mailboxes.reply(mailboxes.assigned(ticket), BULB)
    assert len(mailboxes.to_customers()) == 2


def test_undo_takes_back_answer_and_properties(mailboxes_everywhere: Mailboxes) -> None:
    mailboxes = mailboxes_everywhere
    ticket = mailboxes.opened()
    told = mailboxes.assigned(ticket)
    before = mailboxes.ticket(ticket)
    mailboxes.reply(told, f"#solved\n#priority urgent\n#tag +vip\n#assign lee\n{BULB}")
    mailboxes.later(seconds=30)
    row = mailboxes.reply(mailboxes.told(KIM)[-1], "#취소")
    assert row.fate == "command"
    assert mailboxes.to_customers() == []
    after = mailboxes.ticket(ticket)
    for name in ("status", "priority", "assignee_id", "team", "waiting_since", "solved_at"):
        assert getattr(after, name) == getattr(before, name), name
    last = mailboxes.messages(ticket)[-1]
    assert (last.kind, last.public, last.reply_text) == ("note", False, BULB)
    assert f"Taken back before it was sent to: {CUSTOMER}" in report(mailboxes)
    assert [event.data["to"] for event in mailboxes.events(ticket, "recalled")] == [[CUSTOMER]]
    mailboxes.reply(mailboxes.told(KIM)[-1], "#undo")
    assert "nothing of yours" in report(mailboxes)


def test_what_has_left_is_not_taken_back(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.reply(mailboxes.assigned(ticket), f"#solved\n{BULB}")
    with mailboxes.database.write() as connection:
        connection.execute(outbox.update().where(outbox.c.kind == "answer").values(state="sent", attempts=1))
    mailboxes.reply(mailboxes.told(KIM)[-1], "#undo")
    assert f"already sent, cannot be taken back: {CUSTOMER}" in report(mailboxes)
    assert mailboxes.ticket(ticket).status == "solved"
    assert mailboxes.messages(ticket)[-1].public


def test_undo_comes_too_late(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.reply(mailboxes.assigned(ticket), "#priority urgent")
    mailboxes.later(minutes=5)
    mailboxes.reply(mailboxes.told(KIM)[-1], "#undo")
    assert mailboxes.ticket(ticket).priority == "urgent"
    assert "nothing of yours from the last 60 seconds" in report(mailboxes)


@pytest.mark.parametrize(
    "quoted",
    [
        "> ##- Please write your reply above this line -##\n> [Internal · Lee · today]\n> He is a crook.\n",
        "##- Please write your reply above this line -##\n\n[Internal · Lee · today]\nHe is a crook.\n",
        "On Sunday, Example Support wrote:\n> ##- Please write your reply above this line -##\n> He is a crook.\n",
        "On Sunday, Example Support wrote:\n\n##- Please write your reply above this line -##\nHe is a crook.\n",
        "",
    ],
)
def test_an_empty_reply_sends_nothing_of_our_own_mail(mailboxes: Mailboxes, quoted: str) -> None:
    """The reader gives back everything where it finds nothing new; here that would be the internal notes."""
    ticket = mailboxes.opened()
    mailboxes.desk.note(ticket, mailboxes.lee, "He is a crook.")
    row = mailboxes.reply(mailboxes.assigned(ticket), quoted or "\n")
    assert row.fate == "command"
    assert mailboxes.to_customers() == []
    assert "Nothing: the mail had no text" in report(mailboxes)


@pytest.mark.parametrize(
    "text",
    [
        f"{BULB}\n\nOn Sunday, Example Support wrote:\n> ##- Please write your reply above this line -##\n> He is a crook.\n",
        f"{BULB}\n\n##- Please write your reply above this line -##\nHe is a crook.\n",
        f"On Sunday, Example Support wrote:\n> ##- Please write your reply above this line -##\n> He is a crook.\n\n{BULB}\n",
        f"{BULB}\n\n-----Original Message-----\nFrom: Example Support\nSent: Sunday\n\n##- Please write -##\nHe is a crook.\n",
    ],
)
def test_only_the_agents_own_words_are_sent(mailboxes: Mailboxes, text: str) -> None:
    ticket = mailboxes.opened()
    mailboxes.reply(mailboxes.assigned(ticket), text)
    assert mailboxes.messages(ticket)[-1].reply_text == BULB
    (answer,) = mailboxes.to_customers()
    assert "crook" not in words(answer)


def test_a_piece_of_our_mail_in_the_text_is_held(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.reply(
        mailboxes.assigned(ticket), f"{BULB}\n\nLee says:\n[Internal · Lee · 5 March 2026, 10:00]\nHe is a crook."
    )
    assert mailboxes.to_customers() == []
    assert "internal notes in it" in report(mailboxes)


def test_files_are_not_lost_in_silence(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.reply(mailboxes.assigned(ticket), BULB, files=(("invoice.pdf", b"%PDF-1.4"),))
    assert mailboxes.to_customers() == []
    assert "Your mail has files (invoice.pdf)" in report(mailboxes)
    assert [it["filename"] for it in mailboxes.messages(ticket)[-1].attachments] == ["invoice.pdf"]


def test_help_and_wrong_values(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.reply(mailboxes.assigned(ticket), "#help\n#assign\n#assign Mnji\n#merge abc\n#status strange")
    said = report(mailboxes)
    assert "#merge 41" in said
    assert "#assign — something is missing; write for example #assign Kim" in said
    assert "there is no “Mnji”; did you mean Kim Minji?" in said
    assert "#merge abc — there is no “abc”" in said
    assert "there is no “strange”" in said
    assert mailboxes.ticket(ticket).assignee_id == mailboxes.kim


def test_merge_split_join_and_spam(mailboxes_everywhere: Mailboxes) -> None:
    mailboxes = mailboxes_everywhere
    one, two = mailboxes.opened("First.", "One"), mailboxes.opened("Second.", "Two")
    told = mailboxes.assigned(two)
    mailboxes.reply(told, f"#merge {one}")
    assert mailboxes.ticket(two).merged_into == one
    assert f"merged into #{one}" in report(mailboxes)
    # The same reply address leads to where the conversation is now.
    mailboxes.reply(told, "#split")
    number = int(mailboxes.events(one, "split")[0].data["ticket"])
    assert f"became ticket #{number}" in report(mailboxes)
    stranger = mailboxes.letter("eve@other.test", "x", "Let me in.")
    mailboxes.bring(sign(stranger, "other.test"), reverse_path="eve@other.test", to=(mailboxes.reply_to(one),))
    mailboxes.reply(told, "#join")
    assert "Taken into the conversation: eve@other.test" in report(mailboxes)
    mailboxes.reply(told, "#join")
    assert "nobody asks to join" in report(mailboxes)
    before = len(mailboxes.to_customers())
    mailboxes.reply(told, "#spam")
    assert mailboxes.ticket(one).status == "closed"
    assert len(mailboxes.to_customers()) == before, "whoever sent spam hears nothing"
    mailboxes.reply(told, BULB)
    assert "The ticket is closed" in report(mailboxes)
    assert len(mailboxes.to_customers()) == before
    mailboxes.reply(told, "#reopen\n#send")
    assert len(mailboxes.to_customers()) > before


def test_absence_notes_and_reports_change_nothing(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    told = mailboxes.assigned(ticket)
    mails, status = len(mailboxes.outbox()), mailboxes.ticket(ticket).status
    row = mailboxes.reply(told, "I am on holiday.", headers=(("Auto-Submitted", "auto-replied"),))
    assert (row.fate, row.ticket_id) == ("silent", ticket)
    report_text = f"Reporting-MTA: dns; mx.staff.test\r\n\r\nFinal-Recipient: rfc822; {KIM}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    raw = (
        f"From: MAILER-DAEMON@staff.test\r\nTo: {told.reverse_path}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nNo such user.\r\n'
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{report_text}\r\n--b--\r\n"
    )
    row = mailboxes.bring(raw.encode(), reverse_path="", to=(told.reverse_path,))
    assert (row.fate, row.ticket_id) == ("bounce", ticket)
    assert len(mailboxes.outbox()) == mails
    assert mailboxes.ticket(ticket).status == status
    assert [person.undeliverable_at for person in mailboxes.rows(contacts)] == [None]


def test_a_hidden_autoresponder_of_an_agent_ends(mailboxes: Mailboxes) -> None:
    """It signs, it uses the agent's address, and nothing says that it is a machine."""
    ticket = mailboxes.opened()
    mailboxes.assigned(ticket)
    for _ in range(30):
        told = mailboxes.told(KIM)
        mailboxes.reply(told[-1], f"Thank you for your mail {len(told)}.")
    assert len(mailboxes.told(KIM)) <= 11
    assert len(mailboxes.to_customers()) == 1, "only the reply to the notification is public, not those to our reports"
    assert any(event.data["reason"] == "automatic_per_ticket" for event in mailboxes.events(ticket, "suppressed"))


def test_a_helper_with_another_role_writes_notes_only(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    told = mailboxes.assigned(ticket)
    with mailboxes.database.write() as connection:
        connection.execute(agents.update().where(agents.c.id == mailboxes.kim).values(role="light"))
    mailboxes.reply(told, f"#solved\n#public\n{BULB}")
    assert mailboxes.to_customers() == []
    assert mailboxes.ticket(ticket).status == "new"
    assert "your role does not allow this" in report(mailboxes)
    assert mailboxes.messages(ticket)[-1].public is False


# --- who is told of what ---------------------------------------------------------------------------------------------------


@pytest.fixture
def quiet(mailboxes: Mailboxes) -> Mailboxes:
    with mailboxes.database.write() as connection:
        set_notifications(connection, mailboxes.kim, ())
    return mailboxes


def test_the_assignee_hears_of_a_customers_reply_and_of_nothing_they_did(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.desk.assign(ticket, mailboxes.kim, mailboxes.kim)
    mailboxes.desk.note(ticket, mailboxes.kim, "@Kim Minji remember this")
    assert mailboxes.told(KIM) == []
    raw = mailboxes.letter(f"Hong Gildong <{CUSTOMER}>", "x", "It is still dark.")
    mailboxes.bring(sign(raw, "customer.test"), reverse_path=CUSTOMER, to=(mailboxes.reply_to(ticket),))
    (told,) = mailboxes.told(KIM)
    said = words(told)
    assert "Hong Gildong replied" in said
    assert said.index("It is still dark.") < said.index("remember this") < said.index("The lamp does not light up.")
    assert "[Internal · Kim Minji" in said
    assert "Sender: verified by signature (DKIM customer.test)" in said
    assert f"Customer: Hong Gildong <{CUSTOMER}>" in said
    assert parsed(told.raw)["Auto-Submitted"] == "auto-generated"


def test_nobody_is_told_against_their_wish(quiet: Mailboxes) -> None:
    ticket = quiet.opened()
    quiet.desk.assign(ticket, quiet.kim, quiet.lee)
    quiet.desk.note(ticket, quiet.lee, "@kim look")
    assert quiet.told(KIM) == []


def test_tickets_that_nobody_has_are_told_to_those_who_ask_for_them(mailboxes: Mailboxes) -> None:
    with mailboxes.database.write() as connection:
        set_notifications(connection, mailboxes.kim, ("new",))
    ticket = mailboxes.opened()
    (told,) = mailboxes.told(KIM)
    assert "New ticket from Hong Gildong" in words(told)
    assert mailboxes.told(LEE) == []
    mailboxes.reply(told, "#take")
    assert mailboxes.ticket(ticket).assignee_id == mailboxes.kim


def test_other_tickets_of_the_customer_are_named(mailboxes: Mailboxes) -> None:
    one, two = mailboxes.opened(subject="Broken chair"), mailboxes.opened()
    assert f"Other tickets: #{one} Broken chair (new)" in words(mailboxes.assigned(two))


def test_the_mails_of_one_ticket_are_one_thread(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    first = mailboxes.assigned(ticket)
    mailboxes.reply(first, "#priority high")
    second = parsed(mailboxes.told(KIM)[-1].raw)
    assert first.message_id in second["References"]
    assert second["Subject"] == parsed(first.raw)["Subject"] == f"[#{ticket}] Lamp"


def test_where_senders_are_not_checked_the_mail_says_that_replies_are_not_taken(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    settings = mailboxes.office.configuration.model_copy(
        update={"trust": mailboxes.office.configuration.trust.model_copy(update={"verify": False})}
    )
    mailboxes.office = replace(mailboxes.office, loaded=replace(mailboxes.office.loaded, configuration=settings))
    said = words(mailboxes.assigned(ticket))
    assert "Replies by mail are not taken here" in said
    assert "#solved" not in said
