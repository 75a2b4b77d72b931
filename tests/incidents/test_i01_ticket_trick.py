"""Incident I-1: somebody signs up for a service with an address of ours and reads the code in their ticket. They never get to see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.cli.common import open_place
from gateway.cli.main import gateway
from gateway.store.database import Database
from gateway.store.schema import journal
from tests.support.accepted import mail
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import NOW, publish, sign
from tests.support.web import Browser, add_agent, logged_in, running, services
from tests.trust.test_pipeline import bring as accept
from tests.trust.test_pipeline import settle

pytestmark = pytest.mark.xdist_group("weapon")

CODE = "482913"
TEXT = f"Hi!\n\nYour verification code is {CODE}.\nhttps://slack.test/verify?token=abcdef\n\nThe Slack team"
EVE = "eve@evil.test"


@dataclass(frozen=True)
class Trick:
    office: TestOffice
    rows: tuple[Any, ...]
    port: int


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with DnsServer() as server:
        for domain in ("slack.test", "evil.test"):
            publish(server, domain)
        yield server


def bring(office: TestOffice, raw: bytes, to: str, reverse_path: str) -> Any:
    return settle(office, accept(office, raw, to=(to,), reverse_path=reverse_path))


@pytest.fixture
def trick(sqlite_database: Database, tmp_path: Path, dns: DnsServer) -> Iterator[Trick]:
    """Eve has a ticket. A verified service writes to her token address, to an address she made up, and in answer to our acknowledgement."""
    trust = {"verify": True, "dns": (dns.address,)}
    office = TestOffice(sqlite_database, tmp_path, trust=trust)
    office.now = NOW
    bring(office, sign(mail("Hello?", sender=EVE, message_id="eve@evil.test"), "evil.test"), "support@example.com", EVE)
    (ack,) = office.outbox("ack")
    sender = "Slack <verify@slack.test>"
    subject = "Slack confirmation"
    answering = (("In-Reply-To", f"<{ack.message_id}>"), ("References", f"<{ack.message_id}>"))
    brought = (
        (mail(TEXT, sender=sender, subject=subject), office.reply_to(1)),
        (mail(TEXT, sender=sender, subject=subject), "support+eve@example.com"),
        (mail(TEXT, sender=sender, subject=subject, headers=answering), "support@example.com"),
    )
    rows = tuple(bring(office, sign(raw, "slack.test"), to, "bounce@slack.test") for raw, to in brought)
    with running(services(office)) as port:
        yield Trick(office, rows, port)


def test_the_code_is_held_for_admins(trick: Trick) -> None:
    assert [(row.fate, row.cause) for row in trick.rows] == [("quarantined", "verification_mail")] * 3
    assert all(row.trace["trust"]["level"] == "strong" for row in trick.rows), "though it is really from there"
    assert CODE not in str([row.trace["reason"] for row in trick.rows]), "reasons stand in the log"


def test_nothing_of_it_goes_out(trick: Trick) -> None:
    assert [row.kind for row in trick.office.outbox()] == ["ack"], "Eve's own acknowledgement, and nothing since"
    assert not any(CODE.encode() in row.raw for row in trick.office.outbox())
    assert [message.kind for message in trick.office.messages(1)] == ["mail"]
    assert not any(CODE in str(event.data) for event in trick.office.events(1))


def test_agents_do_not_see_it_and_admins_do(trick: Trick) -> None:
    with trick.office.database.read() as connection:
        number = (
            connection.execute(select(journal.c.id).where(journal.c.cause == "verification_mail")).scalars().first()
        )
    agent, _ = logged_in(trick.office, trick.port, add_agent(trick.office, "lee@example.com"))
    admin, _ = logged_in(trick.office, trick.port, trick.office.agent)
    for path in (
        "/quarantine",
        "/tickets",
        "/tickets/1",
        "/quarantine?cause=verification_mail",
        "/tickets?q=verification",
    ):
        answer = agent.get(path)
        assert answer.status == 200, path
        assert CODE not in answer.text, path
        assert "Slack confirmation" not in answer.text, path
    for path, status in (
        (f"/quarantine/{number}", 404),
        (f"/quarantine/{number}/raw", 403),
    ):  # raw mail is for admins alone
        assert agent.get(path).status == status, path
        assert Browser(trick.port).get(path).status == 303, path
    page = admin.get(f"/quarantine/{number}")
    assert page.status == 200
    assert f'<code class="key">{CODE}</code>' in page.text
    assert "https://slack.test/verify?token=abcdef" in page.text
    assert "The sender is verified." in page.text


def test_an_unproven_one_is_shown_with_a_warning(trick: Trick) -> None:
    raw = mail(TEXT, sender="Apple <no-reply@nothing.test>", subject="Confirm your account")
    row = bring(trick.office, raw, "support@example.com", "no-reply@nothing.test")
    assert (row.fate, row.cause) == ("quarantined", "verification_mail")
    admin, _ = logged_in(trick.office, trick.port, trick.office.agent)
    page = admin.get(f"/quarantine/{row.id}")
    assert 'role="alert"' in page.text
    assert "Nothing proves that this is from whom it says" in page.text


ORDINARY: dict[str, dict[str, Any]] = {
    "a customer who has a code": {"sender": "Kim <kim@client.test>", "text": f"I got the verification code {CODE} but cannot log in."},
    "a shop's receipt": {"sender": "no-reply@shop.test", "text": f"Your order {CODE} has been shipped.", "subject": "Order confirmed"},
    "a monitor": {"sender": "monitor@host.test", "text": f"Disk full, case {CODE}", "subject": "ALERT host1"},
    "a partner's support": {"sender": "support@partner.test", "text": f"About your security code question, invoice\n{CODE}"},
    "a person whose name begins so": {"sender": "Ida <ida@client.test>", "text": f"Please confirm my account number: {CODE}"},
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_mail_is_not_held(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    office = TestOffice(sqlite_database, tmp_path)
    assert office.take(mail(**ORDINARY[name])).fate == "opened"


WANTED = {
    "English link": ("no-reply@wiki.test", "Confirm your email address", "Click https://wiki.test/confirm/abc to finish."),
    "Korean code": ("noreply@svc.test", "[서비스] 이메일 인증 안내", "인증번호 193045 를 입력해 주세요."),
    "Korean invitation": ("no-reply@svc.test", "초대합니다", "팀 초대장입니다.\nhttps://svc.test/invite/xyz"),
    "Japanese code": ("no-reply@svc.test", "【サービス】確認コードのお知らせ", "確認コード：193045\n10分以内に入力してください。"),
    "Japanese registration": ("info@svc.test", "本登録のお願い", "会員登録を完了してください https://svc.test/register?key=1"),
    "password reset": ("accounts-noreply@svc.test", "Reset your password", "https://svc.test/reset/abc"),
    "Microsoft's code": (
        "Microsoft account team <account-security-noreply@accountprotection.microsoft.com>",
        "Your single-use code",
        "Hi support@example.com,\nWe received your request for a single-use code to use with your Microsoft account.\n"
        "Your single-use code is: 849204",
    ),
    "Microsoft's code in Korean": (
        "Microsoft 계정 팀 <account-security-noreply@accountprotection.microsoft.com>",
        "Microsoft 계정 보안 코드",
        "Microsoft 계정 su****@example.com에 다음 보안 코드를 사용하세요.\n\n보안 코드: 849204",
    ),
    "Microsoft's code in Japanese": (
        "Microsoft アカウント チーム <account-security-noreply@accountprotection.microsoft.com>",
        "Microsoft アカウントのセキュリティ コード",
        "Microsoft アカウント su****@example.com には、次のセキュリティ コードをご使用ください。\n\nセキュリティ コード: 849204",
    ),
    "Slack's own style": ("feedback@slack.com", "Slack confirmation code: ABC-123", "Your code: ABC-123"),
}  # fmt: skip


@pytest.mark.parametrize("name", WANTED)
def test_mail_of_services_is_held(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    sender, subject, text = WANTED[name]
    office = TestOffice(sqlite_database, tmp_path)
    headers = (("Auto-Submitted", "auto-generated"),) if name == "Japanese registration" else ()
    row = office.take(mail(text, sender=sender, subject=subject, headers=headers))
    assert (row.fate, row.cause) == ("quarantined", "verification_mail")


def test_what_the_admin_says_counts(sqlite_database: Database, tmp_path: Path) -> None:
    own = {"name": "Our wiki", "sender": "@wiki\\.test", "code": "PIN ([0-9]+)", "words": "PIN"}
    office = TestOffice(sqlite_database, tmp_path, verification={"allow": ("svc.test",), "services": (own,)})
    assert (
        office.take(mail("Your code: 193045", sender="no-reply@svc.test", subject="Verify your email")).fate == "opened"
    )
    assert office.take(mail("PIN 77", sender="anybody@wiki.test")).cause == "verification_mail"


def test_switched_off(sqlite_database: Database, tmp_path: Path) -> None:
    office = TestOffice(sqlite_database, tmp_path, verification={"hold": False})
    assert office.take(mail(TEXT, sender="verify@slack.test", subject="Slack confirmation")).fate == "opened"


def test_commands_show_the_code(tmp_path: Path) -> None:
    config = tmp_path / "gateway.yaml"
    config.write_text(
        f"data_dir: {tmp_path}/var\nreply_domain: reply.example.com\nadmin: admin@example.com\n"
        "brands: [{id: one, name: One, addresses: [support@example.com]}]\ntrust: {verify: false}\n"
    )
    place = open_place(config)
    database = place.database
    (tmp_path / "var").mkdir(exist_ok=True)
    office = TestOffice(database, tmp_path / "var")
    receipt = office.take(mail(TEXT, sender="verify@slack.test", subject="Slack confirmation")).receipt
    for command in ("quarantine", "journal"):
        told = CliRunner().invoke(gateway, [command, "show", receipt, "-c", str(config), "--json"])
        assert f'"codes": ["{CODE}"]' in told.output, told.output
        assert '"sender_verified": false' in told.output
        assert CODE not in CliRunner().invoke(gateway, [command, "list", "-c", str(config), "--json"]).output
    database.dispose()
