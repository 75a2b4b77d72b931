"""Finished mail: who it is to, how it threads, and that no text in it can become anything but text."""

import email
import re
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.config.model import Brand
from gateway.notify.compose import Outgoing, compose, plain
from gateway.notify.headers import UnsendableAddress
from gateway.notify.notices import (
    LANGUAGES,
    MAX_TEXT,
    Acknowledgement,
    Answer,
    Quoted,
    Resolution,
    language_for,
)
from gateway.notify.render import NoticeError
from gateway.threading.model import NoticeKind
from tests.support.notices import ADDRESSEE, BRAND, NOW, Writer, assert_clean, body, header_names, parsed

ANSWER_FIELDS = [
    "Date",
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]
MAIL = Outgoing(
    kind=NoticeKind.ANSWER,
    language="en",
    sender_name="Example Support",
    sender="support@example.com",
    reply_to=ADDRESSEE.reply_to,
    recipient="kim@customer.example",
    recipient_name="",
    subject="Re: Order",
    date=NOW,
    message_id="a.b@reply.example.com",
    in_reply_to=None,
    references=(),
    text="text",
    html="<p>html</p>",
)
# Everything that breaks mail programs, and ordinary words.
HOSTILE = st.text(
    st.one_of(
        st.sampled_from('\r\n\x00\x0b\x0c\x1b\x85\u2028\u2029\u202e\ufeff\ud800 \t.,:;<>@"\\()=?_-–한日é🎉a'),
        st.characters(),
    ),
    max_size=400,
)


def test_an_answer_goes_to_one_person_and_comes_back_to_their_token(writer: Writer) -> None:
    finished = writer(Answer("Hello.", subject="My order", customer="Kim"))
    mail = parsed(finished.raw)
    assert mail["To"] == "Kim <minji.kim@customer.example>"
    assert mail["From"] == "Example Support <support@example.com>"
    assert mail["Reply-To"] == finished.reverse_path == ADDRESSEE.reply_to
    assert mail["Message-ID"] == f"<{ADDRESSEE.message_id}>"
    assert parsedate_to_datetime(mail["Date"]) == NOW
    assert finished.subject == mail["Subject"] == "Re: My order"
    assert header_names(finished.raw) == ANSWER_FIELDS
    assert not finished.automatic


def test_a_mail_hangs_below_the_one_that_it_answers(writer: Writer) -> None:
    mail = parsed(writer(Answer("Hello.", subject="x")).raw)
    assert mail["In-Reply-To"] == "<customer-second@customer.example>"
    assert mail["References"].split() == [
        "<customer-first@customer.example>",
        "<ours@reply.example.com>",
        "<customer-second@customer.example>",
    ]


def test_the_parent_is_the_last_reference_even_if_the_caller_forgot_it() -> None:
    mail = parsed(compose(replace(MAIL, in_reply_to="p@x", references=("p@x", "q@x"))))
    assert mail["References"].split() == ["<q@x>", "<p@x>"]
    assert parsed(compose(replace(MAIL, in_reply_to="p@x")))["References"] == "<p@x>"


def test_a_first_mail_has_no_thread_fields() -> None:
    assert not {"In-Reply-To", "References"} & set(header_names(compose(MAIL)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("notice", "value"),
    [(Acknowledgement(), "auto-replied"), (Resolution(), "auto-generated")],
    ids=["ack", "resolution"],
)
def test_automatic_mail_says_so(
    writer: Writer, notice: Acknowledgement | Resolution, value: str, language: str
) -> None:
    finished = writer(notice, language=language)
    mail = parsed(finished.raw)
    assert mail["Auto-Submitted"] == value
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Precedence"] == "bulk"
    assert mail["Content-Language"] == language
    assert "[#42]" in finished.subject
    assert "[#42]" in finished.text
    assert finished.automatic
    assert finished.reverse_path == ADDRESSEE.reply_to  # a bounce comes back to the ticket


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_acknowledgement_names_nobody(writer: Writer, language: str) -> None:
    mail = parsed(writer(Acknowledgement(), language=language).raw)
    assert mail["To"] == "minji.kim@customer.example"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_customer_is_told(writer: Writer, language: str) -> None:
    """Both parts say the same; the resolution says that a reply opens the request again; every mail closes with the signature."""
    reopens = {"ko": "다시 열리고", "ja": "再開", "en": "reopens"}[language]
    resolution = writer(Resolution(customer="Kim"), language=language)
    for part in ("plain", "html"):
        assert reopens in body(resolution.raw, part)
        assert "Kim" in body(resolution.raw, part)
        acknowledgement = body(writer(Acknowledgement(), language=language).raw, part)
        assert BRAND.signature[language].split("\n")[0] in acknowledgement  # type: ignore[index]
        assert "Kim" not in acknowledgement


def test_html_says_the_agents_words_and_nothing_more(writer: Writer) -> None:
    text = (
        'Try <script>alert("x")</script> & see\n'
        "  - https://example.com/a?b=1&c=2에서, or (https://example.com/b).\n\n"
        "{{ 7*7 }} {% for %} https://example.com/c<b>bold</b>"
    )
    html = body(writer(Answer(text, subject="x")).raw, "html")
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; see<br>" in html
    assert '<a href="https://example.com/a?b=1&amp;c=2" style="color:#1a56db;" class="link">' in html
    assert ">https://example.com/b</a>)." in html
    assert "&nbsp;&nbsp;- " in html
    assert "{{ 7*7 }} {% for %}" in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html


def test_html_asks_for_nothing_from_elsewhere(writer: Writer) -> None:
    for language in LANGUAGES:
        html = body(writer(Resolution(), language=language).raw, "html")
        assert not re.search(r"<(?:img|link|script|iframe|object)\b|url\(|@import|src=", html)
        assert f'<html lang="{language}">' in html


def test_reply_addresses_are_hidden_in_answers_and_quotes(writer: Writer) -> None:
    token = "reply+mfrggzdfmztwq2lkaebagbafaydqqcikbmga2dqp@Reply.Example.com"
    other = "reply+x@reply.example.community"
    finished = writer(Answer(f"see <{token}>", subject="x", quoted=Quoted("Kim", NOW, f"to {token} and {other}")))
    for part in ("plain", "html"):
        text = body(finished.raw, part)
        assert "mfrggzdf" not in text
        assert "support@example.com" in text
        assert other in text


def test_a_quote_stands_below_with_its_author_and_date(writer: Writer) -> None:
    quoted = Quoted("김민지", NOW, "첫째\n\n둘째")
    assert (
        "2026년 11월 22일 04:05, 김민지 님이 작성:\n\n> 첫째\n>\n> 둘째"
        in writer(Answer("답", subject="x", quoted=quoted), language="ko").text
    )
    assert "On 22 November 2026, 04:05, 김민지 wrote:" in writer(Answer("a", subject="x", quoted=quoted)).text
    assert "2026年11月22日 04:05 김민지 様:" in writer(Answer("a", subject="x", quoted=quoted), language="ja").text


def test_a_brand_without_a_signature_in_that_language_uses_its_own_or_its_name(writer: Writer) -> None:
    own = Brand(id="a", name="Shop", addresses=("a@example.com",), language="ja", signature={"ja": "ショップ一同"})
    assert "ショップ一同" in writer(Acknowledgement(), language="ko", brand=own).text
    none = Brand(id="a", name="상점", addresses=("a@example.com",))
    assert "\n상점\n" in writer(Acknowledgement(), language="en", brand=none).text


def test_each_participant_gets_a_mail_that_shows_no_other(writer: Writer) -> None:
    first = writer(Answer("Hello.", subject="x"))
    second = writer(
        Answer("Hello.", subject="x"),
        to=replace(
            ADDRESSEE,
            address="lee@other.example",
            reply_to="reply+zzz@reply.example.com",
            message_id="n@reply.example.com",
        ),
    )
    assert ADDRESSEE.address.encode() not in second.raw
    assert ADDRESSEE.reply_to.encode() not in second.raw
    assert b"lee@other.example" not in first.raw


def test_a_text_that_is_too_long_is_refused_in_a_sentence(writer: Writer) -> None:
    with pytest.raises(NoticeError, match="an answer can have 300000 characters; this one has 300001"):
        writer(Answer("x" * (MAX_TEXT + 1), subject="x"))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"recipient": "kim@x.example\r\nBcc: v@w.example"}, UnsendableAddress),
        ({"recipient": "김@x.example"}, UnsendableAddress),
        ({"sender": "a\n@b.example"}, UnsendableAddress),
        ({"reply_to": "a b@c.example"}, UnsendableAddress),
        ({"message_id": "a\r\nBcc: v@w.example"}, ValueError),
        ({"message_id": ""}, ValueError),
        ({"language": "en\r\nBcc: v@w.example"}, ValueError),
        ({"date": NOW.replace(tzinfo=None)}, ValueError),
    ],
)
def test_values_of_our_own_are_checked(change: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        compose(replace(MAIL, **change))  # type: ignore[arg-type]


def test_ids_of_strangers_are_left_out_if_they_cannot_stand_in_a_header() -> None:
    raw = compose(replace(MAIL, in_reply_to="a\rBcc: v@w", references=("a\r\nBcc: v@w", "b@c", "x" * 2000 + "@d")))
    assert parsed(raw)["References"] == "<b@c>"
    assert "In-Reply-To" not in header_names(raw)
    assert b"Bcc" not in raw


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain English\n" * 5, "quoted-printable"),
        ("한국어로 쓴 글입니다.\n" * 5, "base64"),
        ("mostly English, 한\n", "quoted-printable"),
    ],
)
def test_the_shorter_transfer_encoding_is_used(text: str, encoding: str) -> None:
    raw = compose(replace(MAIL, text=text))
    part = parsed(raw).get_body(("plain",))
    assert part is not None
    assert part["Content-Transfer-Encoding"] == encoding
    assert body(raw, "plain") == plain(text)


def test_lines_that_mail_stores_and_servers_would_change_are_protected() -> None:
    text = "From here\n.\n..\n-- \nFrom there\n" + "x" * 5000 + "\nend"
    raw = compose(replace(MAIL, text=text))
    assert not re.search(rb"^(?:From |\.)", raw.partition(b"\r\n\r\n")[2], re.MULTILINE)
    assert body(raw, "plain") == plain(text)


@pytest.mark.parametrize(
    ("given_text", "clean"),
    [
        ("a\rb\r\nc\nd", "a\nb\nc\nd"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a\nb\nc\nd\ne\nf"),
        ("a\x00b\x1b[31mc\ufeff", "ab[31mc"),
        ("\n\n a  \n\n\n\n\n\nb\t\n\n", " a\n\n\nb"),
        ("\ud800", "\ufffd"),
        ("tab\there", "tab\there"),
    ],
)
def test_plain_text_is_normalised(given_text: str, clean: str) -> None:
    assert plain(given_text) == clean
    assert plain(clean) == clean


@settings(max_examples=150, deadline=None)
@given(subject=HOSTILE, name=HOSTILE, text=HOSTILE, parent=HOSTILE, references=st.lists(HOSTILE, max_size=3))
@example(
    subject="=?utf-8?q?a=0D=0ABcc:_v@v.test?=",
    name='"\r\nBcc: a@b',
    text=".\r\n.\r\nQUIT\r\n",
    parent="a\rBcc: x@y",
    references=["@"],
)
def test_no_text_becomes_anything_but_text(
    subject: str, name: str, text: str, parent: str, references: list[str]
) -> None:
    kind = NoticeKind.ANSWER
    raw = compose(
        replace(
            MAIL, kind=kind, subject=subject, recipient_name=name, text=text, html="<p>" + plain(text) + "</p>",
            in_reply_to=parent, references=tuple(references),
        )
    )  # fmt: skip
    assert_clean(raw)
    names = header_names(raw)
    assert [field for field in names if field not in ("In-Reply-To", "References")] == [
        field for field in ANSWER_FIELDS if field not in ("In-Reply-To", "References")
    ]
    mail = email.message_from_bytes(raw)  # the oldest and laxest parser must agree
    assert getaddresses(mail.get_all("To", []))[0][1] == "kim@customer.example"
    assert len(getaddresses(mail.get_all("To", []))) == 1
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not mail.defects
    payload = mail.get_payload(0)
    assert isinstance(payload, email.message.Message)
    octets = payload.get_payload(decode=True)
    assert isinstance(octets, bytes)
    assert octets.decode().replace("\r\n", "\n") == plain(text)
    shown = str(make_header(decode_header(mail["Subject"] or "")))
    assert not set(shown) & set("\r\n\x00\x85\u2028\u2029\u202e")


@settings(max_examples=100, deadline=None)
@given(subject=st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=240))
def test_a_subject_survives_the_journey(writer: Writer, subject: str) -> None:
    finished = writer(Answer("x", subject=subject))
    read = str(make_header(decode_header(email.message_from_bytes(finished.raw)["Subject"].replace("\r\n", ""))))
    assert " ".join(read.split()) == finished.subject


@settings(max_examples=60, deadline=None)
@given(
    subject=HOSTILE, body_text=HOSTILE, name=HOSTILE, agent=HOSTILE, author=HOSTILE, language=st.sampled_from(LANGUAGES)
)
def test_whole_answers_hold_with_any_words(
    writer: Writer, subject: str, body_text: str, name: str, agent: str, author: str, language: str
) -> None:
    notice = Answer(body_text, subject=subject, agent=agent, customer=name, quoted=Quoted(author, NOW, body_text))
    raw = writer(notice, language=language).raw
    assert_clean(raw)
    assert header_names(raw) == ANSWER_FIELDS
    assert body(raw, "plain").startswith(plain(body_text))


@pytest.mark.parametrize(
    ("brand", "contact", "message", "language"),
    [
        ("en", None, "ko", "ko"),
        ("ko", "en", "ja", "ja"),
        ("ko", "ko", "en", "ko"),
        ("ko", None, "en", "en"),
        ("ja", None, None, "ja"),
        ("ja", "ko", None, "ko"),
        ("ja", "fr", "fr", "ja"),
    ],
)
def test_the_language_of_a_mail(brand: str, contact: str | None, message: str | None, language: str) -> None:
    assert language_for(brand, contact, message) == language
