"""What people do with tickets: each act, what it sends, what it refuses."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest

from gateway.clockwork import close_solved_tickets
from gateway.desk.actions import DeskError
from gateway.store.agents import create_agent
from gateway.store.schema import contacts, participants, timers
from gateway.store.tickets import add_participant, ensure_contact
from gateway.threading.model import Status
from tests.support.accepted import NOW, mail
from tests.support.office import TestOffice

HONG = "홍길동 <hong@customer.example>"


def _mail(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=default))


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_an_answer_reaches_the_customer_inside_their_thread(office: TestOffice) -> None:
    sent = office.desk.reply(1, office.agent, "전원을 다시 연결해 보시겠어요?")
    assert sent.recipients == ("hong@customer.example",)
    (row,) = office.outbox("answer")
    message = _mail(row.raw)
    assert message["Subject"] == "Re: 램프"
    assert message["References"].split() == ["<first@customer.example>"]
    assert message["In-Reply-To"] == "<first@customer.example>", "what the customer wrote last"
    assert "Auto-Submitted" not in message
    assert "전원을 다시 연결해 보시겠어요?" in _text(message)
    assert "> 램프가 켜지지 않습니다." in _text(message)
    assert "2026년 3월 5일 18:00" in _text(message), "9:00 UTC is 18:00 in Seoul"
    ticket = office.ticket(1)
    assert (ticket.status, ticket.waiting_since, ticket.assignee_id) == ("pending", None, office.agent)


def test_each_participant_gets_an_own_mail_with_an_own_token(office: TestOffice) -> None:
    with office.database.write() as connection:
        for name in ("lee", "park"):
            contact = ensure_contact(connection, f"{name}@customer.example", name="", language="ko", now=NOW)
            add_participant(connection, 1, contact.id, "cc", NOW)
    office.desk.reply(1, office.agent, "An answer to all.")
    mails = {row.recipient: _mail(row.raw) for row in office.outbox("answer")}
    assert set(mails) == {"hong@customer.example", "lee@customer.example", "park@customer.example"}
    tokens = {message["Reply-To"] for message in mails.values()}
    assert len(tokens) == 3
    for recipient, message in mails.items():
        others = tokens - {message["Reply-To"]}
        assert message["To"].addresses[0].addr_spec == recipient
        assert not any(token in message.as_string() for token in others)


def test_a_removed_participant_gets_nothing(office: TestOffice) -> None:
    with office.database.write() as connection:
        connection.execute(participants.update().values(revoked_at=NOW))
    with pytest.raises(DeskError, match="nobody to answer"):
        office.desk.reply(1, office.agent, "Hello?")
    assert office.outbox("answer") == []
    assert [message.kind for message in office.messages(1)] == ["mail"], "nothing is half done"


def test_a_note_is_internal_and_sends_nothing(office: TestOffice) -> None:
    before = len(office.outbox())
    office.desk.note(1, office.agent, "Ask the warehouse.")
    note = office.messages(1)[-1]
    assert (note.kind, note.public) == ("note", False)
    assert len(office.outbox()) == before
    assert office.ticket(1).status == "new"


def test_solving_tells_the_requester_and_closes_four_days_later(office: TestOffice) -> None:
    office.desk.solve(1, office.agent)
    (row,) = office.outbox("resolution")
    message = _mail(row.raw)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["In-Reply-To"] is not None
    assert office.ticket(1).status == "solved"
    office.later(hours=95)
    close_solved_tickets(office.database, office.now)
    assert office.ticket(1).status == "solved"
    office.later(hours=2)
    close_solved_tickets(office.database, office.now)
    assert office.ticket(1).status == "closed"


def test_reopening_stops_the_closing_timer(office: TestOffice) -> None:
    office.desk.solve(1, office.agent)
    office.desk.reopen(1, office.agent)
    assert office.rows(timers) == []
    office.later(days=30)
    close_solved_tickets(office.database, office.now)
    assert office.ticket(1).status == "open"


def test_solving_twice_announces_once_and_again_after_a_reopening(office: TestOffice) -> None:
    office.desk.solve(1, office.agent)
    office.desk.solve(1, office.agent)
    assert len(office.outbox("resolution")) == 1
    office.desk.reopen(1, office.agent)
    office.desk.solve(1, office.agent)
    assert len(office.outbox("resolution")) == 2


def test_an_answer_that_solves_is_one_mail(office: TestOffice) -> None:
    office.desk.reply(1, office.agent, "Replaced.", status=Status.SOLVED)
    assert office.ticket(1).status == "solved"
    assert [row.kind for row in office.outbox()] == ["ack", "answer"]


def test_a_machines_ticket_is_solved_in_silence(office: TestOffice) -> None:
    row = office.take(mail("Order 7.", sender="shop@machine.example", headers=(("Auto-Submitted", "auto-generated"),)))
    office.desk.solve(row.ticket_id, office.agent)
    assert office.outbox("resolution") == []
    assert office.events(row.ticket_id, "suppressed")[-1].data["reason"] == "machine_mail"


def test_unverified_names_and_subjects_stay_out_of_notices(database, tmp_path) -> None:
    office = TestOffice(database, tmp_path, trust={"unverified": "weak"})
    office.take(mail("x", sender="FREE NITRO <hong@customer.example>", subject="http://evil.example"))
    office.desk.solve(1, office.agent)
    (row,) = office.outbox("resolution")
    assert b"NITRO" not in row.raw
    assert "evil" not in _mail(row.raw)["Subject"]


def test_assign_and_unassign(office: TestOffice) -> None:
    with office.database.write() as connection:
        lee = create_agent(connection, address="lee@example.com", name="Lee", role="agent", language="ko", now=NOW).id
    office.desk.assign(1, lee, office.agent)
    office.desk.assign(1, None, office.agent)
    changes = [event.data for event in office.events(1, "assigned")]
    assert changes == [{"from": None, "to": "lee@example.com"}, {"from": "lee@example.com", "to": None}]


def test_team_priority_and_tags(office: TestOffice) -> None:
    office.desk.team(1, "billing", office.agent)
    office.desk.priority(1, "high", office.agent)
    office.desk.tag(1, office.agent, add=("vip", "lamp"))
    office.desk.tag(1, office.agent, add=("vip",), remove=("lamp",))
    ticket = office.ticket(1)
    assert (ticket.team, ticket.priority) == ("billing", "high")
    with office.database.read() as connection:
        assert connection.exec_driver_sql("SELECT tag FROM ticket_tags").scalars().all() == ["vip"]


def test_a_merge_moves_the_conversation_and_later_replies_follow(office: TestOffice) -> None:
    office.take(mail("The bulb, too.", sender="Lee <lee@customer.example>", subject="Bulb"))
    old_token = office.reply_to(2)
    office.desk.merge(2, 1, office.agent)
    assert office.ticket(2).merged_into == 1
    assert len(office.messages(1)) == 2
    row = office.take(mail("Any news?", sender="Lee <lee@customer.example>"), to=(old_token,))
    assert (row.fate, row.ticket_id) == ("appended", 1)
    assert office.ticket(2).status == "closed", "a merged ticket stays what it is"
    office.desk.reply(1, office.agent, "Both are on their way.")
    assert {row.recipient for row in office.outbox("answer")} == {"hong@customer.example", "lee@customer.example"}
    (event,) = office.events(2, "merged_into")
    assert event.data["status"] == "new"


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda desk, agent: desk.reply(9, agent, "x"), "there is no ticket 9"),
        (lambda desk, agent: desk.reply(1, agent, "  \n"), "nothing to say"),
        (lambda desk, agent: desk.reply(1, 99, "x"), "no active agent"),
        (lambda desk, agent: desk.reply(1, agent, "x", status=Status.CLOSED), "cannot leave a ticket closed"),
        (lambda desk, agent: desk.set_status(1, Status.NEW, agent), "nobody sets a ticket new"),
        (lambda desk, agent: desk.priority(1, "highest", agent), "there is no priority 'highest'"),
        (lambda desk, agent: desk.team(1, "a\nb", agent), "one line"),
        (lambda desk, agent: desk.tag(1, agent, add=("two words",)), "no tag"),
        (lambda desk, agent: desk.merge(1, 1, agent), "into itself"),
        (lambda desk, agent: desk.merge(1, 7, agent), "there is no ticket 7"),
        (lambda desk, agent: desk.reply(1, agent, "x" * 400_000), "can have"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(office: TestOffice, act, sentence: str) -> None:
    with pytest.raises(DeskError, match=sentence):
        act(office.desk, office.agent)


def test_a_closed_ticket_is_not_answered_by_mistake(office: TestOffice) -> None:
    office.desk.solve(1, office.agent)
    office.later(days=5)
    close_solved_tickets(office.database, office.now)
    with pytest.raises(DeskError, match="closed; reopen it first"):
        office.desk.reply(1, office.agent, "One more thing.")
    office.desk.reopen(1, office.agent)
    office.desk.reply(1, office.agent, "One more thing.")


def test_an_address_that_cannot_be_mailed_to_is_told_to_the_agent(office: TestOffice) -> None:
    with office.database.write() as connection:
        connection.execute(contacts.update().values(address="홍@customer.example"))
    with pytest.raises(DeskError, match="no mail can go to"):
        office.desk.reply(1, office.agent, "Hello.")
