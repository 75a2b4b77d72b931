"""Delivery reports: whom they name, why, and what is none."""

import json
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gateway.mail.dsn import Part, read_bounce
from gateway.mail.dsn_cause import cause_of
from gateway.mail.dsn_prose import diagnostic_of, recipients, status_of
from gateway.mail.dsn_reasons import HARD, Reason
from gateway.mail.dsn_report import address_of, read_report
from gateway.mail.dsn_returned import parse_headers, split_prose
from gateway.mail.read import read
from tests.support.mail_cases import MailCase, mail_cases


@pytest.mark.parametrize("case", mail_cases("bounce"), ids=lambda case: case.name)
def test_reports(case: MailCase) -> None:
    message = read(case.raw)
    assert (message.bounce is not None) is case.expected["bounce"]
    if message.bounce is None:
        kind = message.auto.kind.value if message.auto.is_auto else None
        assert kind == case.expected["auto"]
        return
    assert message.auto.kind == "bounce"
    assert list(message.bounce.recipients) == case.expected["recipients"]
    assert message.bounce.status == case.expected["status"]
    assert message.bounce.hard is case.expected["hard"], message.bounce.diagnostic
    assert message.bounce.original_message_id == case.expected["message_id"]


REPLIES = YAML(typ="safe").load((Path(__file__).parent / "smtp_replies.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("hard", "said"), [(kind == "hard", said) for kind in ("hard", "soft") for said in REPLIES[kind]]
)
def test_replies_of_many_servers(hard: bool, said: str) -> None:
    reason = cause_of([said], status_of(said), said)
    assert (reason in HARD) is hard, reason


def test_the_returned_headers_are_handed_on() -> None:
    case = next(case for case in mail_cases("bounce") if case.name == "returned_headers_only")
    returned = dict(read(case.raw).returned_headers)
    assert returned["Message-ID"] == "<t42.7@help.example.net>"
    assert returned["Return-Path"] == "<help+t42.abc@reply.example.net>"


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ("550 5.1.1 User unknown", "5.1.1", Reason.UNKNOWN_USER),
        ("550 Host unknown", None, Reason.UNKNOWN_HOST),
        ("552 mailbox full", "5.2.2", Reason.FULL),
        ("550 5.1.1 <a@spam.example> User unknown, see https://policy.example/blocked", "5.1.1", Reason.UNKNOWN_USER),
        ("450 4.2.0 User unknown, greylisted", "4.2.0", Reason.TEMPORARY),
        ("554 5.7.1 Relay access denied", "5.7.1", Reason.RELAY),
        ("521 does not say why", None, Reason.NOT_ACCEPTING),
        ("", "5.1.1", Reason.UNKNOWN_USER),
        ("", None, Reason.OTHER),
        ("550 sender address rejected: domain does not exist", "5.1.8", Reason.SENDER),
    ],
)
def test_causes(said: str, status: str | None, reason: Reason) -> None:
    assert cause_of([said], status, said) is reason


def test_hard_means_the_address_itself() -> None:
    assert set(HARD) == {Reason.UNKNOWN_USER, Reason.UNKNOWN_HOST, Reason.MOVED, Reason.NOT_ACCEPTING}


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("rfc822; A@Example.com", "a@example.com"),
        ("rfc822;<a@example.com>", "a@example.com"),
        ("utf-8; \\x{D64D}@example.com", "홍@example.com"),
        ("utf-8; \\x{D800}@example.com", "\ufffd@example.com"),
        ("utf-8; \\x{FFFFFF}@example.com", "\ufffd@example.com"),
        ("x400; c=kr;s=gone", None),
        ("X400; /C=KR/DD.RFC-822=gone(a)x.example/", None),
        ('rfc822;"Gone Person" <Gone@x.example>', "gone@x.example"),
        ('rfc822; "gone person"@x.example', '"gone person"@x.example'),
        ("rfc822; gone@[192.0.2.1]", "gone@[192.0.2.1]"),
        ("rfc822;gone@x.example;extra", "gone@x.example"),
        ("", None),
    ],
)
def test_addresses_of_reports(value: str, address: str | None) -> None:
    found = address_of(value)
    assert found == address


def test_an_empty_line_does_not_part_a_recipient_from_its_fate() -> None:
    text = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; gone@x.example\n\nAction: failed\nStatus: 5.1.1\n"
    (recipient,) = read_report(text)
    assert (recipient.addresses, recipient.action, recipient.status) == (("gone@x.example",), "failed", "5.1.1")


@pytest.mark.parametrize("kind", ["notificationType", "eventType"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_ses_notices_in_the_envelope_of_sns(kind: str, wrapped: bool) -> None:
    notice = {
        kind: "Bounce",
        "bounce": {"bouncedRecipients": [{"emailAddress": "gone@example.com", "status": "5.1.1"}]},
    }
    text = json.dumps({"Type": "Notification", "Message": json.dumps(notice)} if wrapped else notice, indent=1)
    bounce, _ = read_bounce([], [], subject="AWS Notification Message", author="no-reply@sns.example", text=text)
    assert bounce is not None
    assert (bounce.recipients, bounce.status, bounce.hard) == (("gone@example.com",), "5.1.1", True)


def test_ses_notices_are_json() -> None:
    text = (
        '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"Gone@example.com","action":"failed",'
        '"status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},"mail":{"headers":[{"name":"Message-ID","value":"<a@b>"}]}}'
    )
    bounce, returned = read_bounce([], [], subject="AWS Notification Message", author="no-reply@sns.example", text=text)
    assert bounce is not None
    assert (bounce.recipients, bounce.hard, bounce.original_message_id) == (("gone@example.com",), True, "a@b")
    assert returned == (("Message-ID", "<a@b>"),)


@pytest.mark.parametrize(
    "text", ['{"notificationType":"Bounce"', '{"notificationType":[]}', '{"notificationType":"Bounce","bounce":3}']
)
def test_broken_json_is_no_bounce(text: str) -> None:
    assert read_bounce([], [], subject="", author=None, text=text) == (None, ())


@pytest.mark.parametrize(
    "unit", ["user ", "a@", "<a@b>:\n", "\nReceived: x\n", "Final-Recipient: rfc822; a@b.example\n", "550 ", "5.1."]
)
def test_the_cost_is_linear(unit: str) -> None:
    def seconds(times: int) -> float:
        text = unit * times
        part = Part("1", "message/delivery-status", text, b"")
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            read_bounce([("From", "mailer-daemon@a.example")], [part], subject="failure notice", author=None, text=text)
            recipients(text, ())
            split_prose(text)
            parse_headers(text)
            read_report(text)
            diagnostic_of(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(10_000) < 3 * seconds(5_000) + 0.1
