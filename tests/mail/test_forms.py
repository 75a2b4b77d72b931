"""Mail of contact forms: the visitor's address from Reply-To or from a named line, and the fields."""

import pytest

from gateway.mail.forms import FormProfile, submission_of
from gateway.mail.model import Mailbox
from gateway.mail.read import read

SITE = "wordpress@www.example.com"


def mail(text: str, *, sender: str = SITE, subject: str = "문의", reply_to: str = "") -> bytes:
    extra = f"Reply-To: {reply_to}\r\n" if reply_to else ""
    return (
        f"From: Shop <{sender}>\r\nTo: support@example.com\r\nSubject: {subject}\r\n{extra}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("E-mail", "Name: Hong\nE-mail: hong@customer.example\nMessage: dark"),
        ("email", "Name: Hong\nE-Mail : <hong@customer.example>\nMessage: dark"),
        ("이메일", "이름: Hong\n이메일: hong@customer.example\n내용: dark"),
        ("이메일", "■ 이름: Hong\n■ 이메일: hong@customer.example\n■ 내용: dark"),
        ("メール", "【お名前】Hong\n【メール】 hong@customer.example\n【内容】 dark"),
        ("メール", "お名前：Hong\nメール：\nhong@customer.example\n内容：\ndark"),
    ],
)
def test_author_from_a_line(label: str, text: str) -> None:
    names = {"이름": "이름", "お名前": "お名前"}
    name = next((key for key in names if key in text), "Name")
    form = FormProfile("shop", SITE, author=label, author_name=name)
    found = submission_of(read(mail(text)), [form])
    assert found is not None
    assert found.author == Mailbox("Hong", "hong@customer.example")
    assert [value for _, value in found.fields] == ["Hong", found.fields[1][1], "dark"]


def test_author_from_reply_to_and_chosen_fields() -> None:
    form = FormProfile("shop", "www.example.com", fields=("주문번호", "Phone"))
    raw = mail("주문 번호: 17\nPHONE: 010-1234-5678\n기타: x", reply_to="홍길동 <hong@customer.example>")
    found = submission_of(read(raw), [form])
    assert found is not None
    assert found.author == Mailbox("홍길동", "hong@customer.example")
    assert found.fields == (("주문번호", "17"), ("Phone", "010-1234-5678"))


@pytest.mark.parametrize("line", ["Mail: a@b.example, c@d.example", "Mail: nobody", "Mail:", "Other: a@b.example"])
def test_without_one_address_nobody_is_named(line: str) -> None:
    found = submission_of(read(mail(line)), [FormProfile("shop", SITE, author="Mail")])
    assert found is not None
    assert found.author is None


def test_only_the_forms_own_mail_is_read() -> None:
    form = FormProfile("shop", SITE, subject=lambda subject: "문의" in subject)
    reply_to = "hong@customer.example"
    assert submission_of(read(mail("x: y", reply_to=reply_to)), [form]) is not None
    assert submission_of(read(mail("x: y", sender="eve@evil.example", reply_to=reply_to)), [form]) is None
    assert submission_of(read(mail("x: y", sender="other@www.example.com", reply_to=reply_to)), [form]) is None
    assert submission_of(read(mail("x: y", subject="News", reply_to=reply_to)), [form]) is None
