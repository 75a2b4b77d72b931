from datetime import UTC, datetime

from gateway.mail.model import Auto, Kind, Mailbox, Message
from gateway.rules.facts import facts_of


def message(author: Mailbox | None, subject: str | None, language: str | None) -> Message:
    return Message(
        message_id="1@x",
        in_reply_to=(),
        references=(),
        from_mailboxes=(),
        author=author,
        reply_to=None,
        to=(Mailbox("Support", "Support@Example.com"),),
        cc=(Mailbox("", "boss@acme.example"),),
        subject=subject,
        date=datetime(2026, 1, 1, tzinfo=UTC),
        text="whole text",
        reply_text="whole",
        html=None,
        attachments=(),
        auto=Auto(Kind.AUTO_REPLY, "Auto-Submitted"),
        bounce=None,
        defects=(),
        language=language,
        received_count=1,
        content_fingerprint="",
        headers=(("Subject", "x"),),
    )


def test_facts_of_a_mail() -> None:
    facts = facts_of(
        message(Mailbox("Kim", "Kim@Acme.Example"), "Hello", "ko"),
        envelope_recipients=("support@example.com", "sales@example.com"),
        brand="shop",
    )
    assert facts.recipients == ("support@example.com", "sales@example.com", "boss@acme.example")
    assert (facts.author, facts.author_domain) == ("kim@acme.example", "acme.example")
    assert (facts.subject, facts.body, facts.language) == ("Hello", "whole text", "ko")
    assert (facts.kind, facts.brand) == ("auto-reply", "shop")


def test_what_is_missing_is_empty() -> None:
    facts = facts_of(message(None, None, None), envelope_recipients=(), brand="")
    assert (facts.author, facts.author_domain, facts.subject, facts.language) == ("", "", "", "")
