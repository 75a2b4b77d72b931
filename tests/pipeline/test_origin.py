"""Whose word a new ticket carries: what agents forward, sites submit and telephone systems record."""

import re
from email import message_from_bytes
from email.policy import default

import pytest

from gateway.pipeline import stages
from gateway.store.agents import create_agent
from gateway.store.schema import contacts
from gateway.threading.model import Trust
from tests.support.accepted import mail
from tests.support.databases import Database
from tests.support.office import TestOffice

KIM = "Kim <kim@example.com>"  # an agent
FORWARD = (
    "This one again ...\r\n\r\n---------- Forwarded message ---------\r\nFrom: Hong <hong@customer.example>\r\n"
    "Date: Thu, Mar 5, 2026 at 6:00 PM\r\nSubject: Lamp\r\nTo: <kim@example.com>\r\n\r\nIt is dark.\r\n"
)


@pytest.fixture
def strong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every author counts as one whose signature was checked."""
    monkeypatch.setattr(stages, "assess", lambda message, office: (Trust.STRONG, "signed"))


def attached(extra: str = "") -> bytes:
    raw = mail(
        "--b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        "From: Hong <hong@customer.example>\r\nTo: kim@example.com\r\nSubject: Lamp\r\nMessage-ID: <o@customer.example>\r\n"
        f"{extra}\r\nIt is dark.\r\n--b--",
        sender=KIM,
        subject="look",
    )
    return raw.replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=b", 1)


@pytest.mark.usefixtures("strong")
def test_an_agents_forward_is_the_customers_ticket(office: TestOffice) -> None:
    row = office.take(mail(FORWARD, sender=KIM, subject="Fwd: Lamp"))
    assert row.fate == "opened"
    ticket = office.ticket(1)
    assert ticket.subject == "Lamp"
    (requester,) = office.rows(contacts, contacts.c.id == ticket.requester_id)
    assert (requester.address, requester.name) == ("hong@customer.example", "Hong")
    (message,) = office.messages(1)
    assert (message.author, message.reply_text) == ("hong@customer.example", "It is dark.")
    assert "This one again" in message.text, "nothing is lost"
    assert message.trust == "none", "the agent vouches, but nothing proves the customer"
    (event,) = office.events(1, "forwarded_by")
    assert (event.data["agent"], event.data["confidence"]) == ("kim@example.com", "likely")
    assert event.data["said"] == "This one again ..."
    (ack,) = office.outbox("ack")
    assert ack.recipient == "hong@customer.example"


@pytest.mark.usefixtures("strong")
def test_a_colleagues_forward_forwarded_again_is_the_customers_ticket(office: TestOffice) -> None:
    with office.database.write() as connection:
        create_agent(connection, address="lee@example.com", name="Lee", role="agent", language="en", now=office.now)
    text = (
        "please\r\n\r\n---------- Forwarded message ---------\r\nFrom: Lee <lee@example.com>\r\n"
        "Date: Thu, Mar 5, 2026 at 6:30 PM\r\nSubject: Fwd: Lamp\r\nTo: <kim@example.com>\r\n\r\n" + FORWARD
    )
    office.take(mail(text, sender=KIM, subject="Fwd: Fwd: Lamp"))
    (message,) = office.messages(1)
    assert (message.author, message.reply_text) == ("hong@customer.example", "It is dark.")
    (event,) = office.events(1, "forwarded_by")
    assert event.data["said"] == "please\n\nThis one again ..."


@pytest.mark.usefixtures("strong")
def test_what_an_agent_said_above_a_forward_is_never_quoted_to_the_customer(office: TestOffice) -> None:
    office.take(mail(FORWARD, sender=KIM, subject="Fwd: Lamp"))
    office.desk.reply(1, office.agent, "Please switch it on.")
    (answer,) = office.outbox("answer")
    words = str(message_from_bytes(answer.raw, policy=default).get_body(("plain",)).get_content())
    assert "It is dark." in words
    assert "This one" not in words


@pytest.mark.usefixtures("strong")
def test_an_attached_original_is_answered_in_the_customers_thread(office: TestOffice) -> None:
    office.take(attached())
    (event,) = office.events(1, "forwarded_by")
    assert event.data["confidence"] == "exact"
    assert office.ticket(1).subject == "Lamp"
    (ack,) = office.outbox("ack")
    assert message_from_bytes(ack.raw, policy=default)["In-Reply-To"] == "<o@customer.example>"
    follow = mail("More.", sender="Hong <hong@customer.example>", headers=(("In-Reply-To", "<o@customer.example>"),))
    assert office.take(follow).ticket_id == 1


@pytest.mark.usefixtures("strong")
def test_a_forwarded_machine_is_not_acknowledged(office: TestOffice) -> None:
    office.take(attached("Auto-Submitted: auto-generated\r\n"))
    assert office.outbox() == []
    assert office.events(1, "suppressed")[0].data["reason"] == "machine_mail"


@pytest.mark.usefixtures("strong")
def test_our_own_mail_forwarded_names_nobody(office: TestOffice) -> None:
    office.take(mail(FORWARD.replace("hong@customer.example", "support@example.com"), sender=KIM, subject="Fwd: Lamp"))
    assert office.messages(1)[0].author == "kim@example.com"
    assert office.events(1, "forwarded_by") == []


@pytest.mark.parametrize("raw", [mail(FORWARD, sender=KIM, subject="Fwd: Lamp"), attached()], ids=["block", "attached"])
def test_from_alone_gives_no_agent_power(office: TestOffice, raw: bytes) -> None:
    office.take(raw)
    assert office.messages(1)[0].author == "kim@example.com"
    assert office.events(1, "forwarded_by") == []
    (event,) = office.events(1, "maybe_from")
    assert event.data["from"] == "hong@customer.example"
    assert all(row.recipient != "hong@customer.example" for row in office.outbox())


@pytest.mark.usefixtures("strong")
def test_a_customers_forward_keeps_the_customer(office: TestOffice) -> None:
    office.take(mail(FORWARD, sender="Lee <lee@customer.example>", subject="Fwd: Lamp"))
    assert office.messages(1)[0].author == "lee@customer.example"
    assert office.events(1, "forwarded_by") + office.events(1, "maybe_from") == []


FORMS = (
    {"name": "Shop form", "sender": "web@www.example.com", "author": "이메일", "author_name": "이름"},
    {"name": "Any form", "sender": "www.example.com"},
)


@pytest.fixture
def with_forms(database: Database, tmp_path: object) -> TestOffice:
    return TestOffice(database, tmp_path, forms=FORMS)  # type: ignore[arg-type]


def test_a_forms_visitor_becomes_the_requester(with_forms: TestOffice) -> None:
    text = "이름: 홍길동\r\n이메일: hong@customer.example\r\n주문번호: 17\r\n내용: 불이 안 켜져요"
    with_forms.take(mail(text, sender="Shop <web@www.example.com>", subject="문의"))
    (message,) = with_forms.messages(1)
    assert (message.author, message.author_name, message.trust) == ("hong@customer.example", "홍길동", "forwarded")
    (event,) = with_forms.events(1, "form_fields")
    assert event.data["form"] == "Shop form"
    assert event.data["fields"]["주문번호"] == "17"
    assert event.data["sent_by"] == "web@www.example.com"
    (ack,) = with_forms.outbox("ack")
    assert ack.recipient == "hong@customer.example"


def test_a_forms_visitors_share_the_budget_of_the_person_they_name(with_forms: TestOffice) -> None:
    for number in range(6):
        text = f"이메일: victim@customer.example\r\n내용: {number}"
        with_forms.take(mail(text, sender="web@www.example.com", subject=f"문의 {number}"))
    assert len(with_forms.outbox("ack")) == 2
    assert len(with_forms.events(6, "suppressed")) == 1


def test_a_form_that_names_nobody_or_ourselves_keeps_its_sender(with_forms: TestOffice) -> None:
    for number, named in enumerate(("", "support@example.com", "a@b.example, c@d.example"), 1):
        with_forms.take(mail(f"이메일: {named}\r\n내용: x", sender="web@www.example.com", subject=f"문의 {number}"))
        assert with_forms.messages(number)[0].author == "web@www.example.com"
        assert with_forms.events(number, "form_fields")[0].data["author"] is None


def test_a_form_by_reply_to(with_forms: TestOffice) -> None:
    reply_to = (("Reply-To", "Hong <hong@customer.example>"),)
    with_forms.take(mail("Topic: Lamp", sender="forms@www.example.com", headers=reply_to))
    assert with_forms.messages(1)[0].author == "hong@customer.example"


def voicemail(language: str) -> bytes:
    text = {
        "ko": "발신번호: 01012345678\r\n녹음시간: 42초\r\n내용: 램프가 안 켜집니다.",
        "en": "Caller: 01012345678\r\n",
    }[language]
    raw = mail(
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\nContent-Type: audio/wav; name=m.wav\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nUklGRg==\r\n--b--",
        sender="pbx@phone.example",
        subject="[음성사서함] 새 음성메시지가 도착했습니다",
        to="shop@example.com",
    )
    return raw.replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=b", 1)


def test_a_voicemail_is_titled_by_its_caller_and_answered_to_nobody(office: TestOffice) -> None:
    office.take(voicemail("ko"), to=("shop@example.com",))
    assert re.fullmatch(r"010-1234-5678 음성 메시지 \(0:42\)", office.ticket(1).subject)
    (event,) = office.events(1, "voicemail")
    assert (event.data["caller"], event.data["seconds"], event.data["part"]) == ("010-1234-5678", 42, "2")
    assert event.data["transcript"] == "램프가 안 켜집니다."
    assert office.outbox() == []
