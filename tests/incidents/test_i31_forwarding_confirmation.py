"""Incident I-31: a stranger sets up forwarding to our address; whoever reads the confirmation could agree to it. Admins alone see it."""

from pathlib import Path

import pytest

from gateway.config.verification import Verification, WrittenService, services_of, shipped_services
from gateway.mail.read import read
from gateway.mail.verification import verification_of
from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.day import letter
from tests.support.office import TestOffice
from tests.support.signed_mail import NOW
from tests.support.web import add_agent, logged_in, running, services

pytestmark = pytest.mark.xdist_group("weapon")

GMAIL = (
    "stranger@gmail.com has requested to automatically forward mail to your email address support@example.com.\n"
    "Confirmation code: 284719305\n\nTo allow stranger@gmail.com to automatically forward mail to your address, please click\n"
    "the link below to confirm the request:\n\nhttps://mail-settings.google.com/mail/vf-%5BANGjdJ8%5D-xYz\n\n"
    "If you click the link and it appears to be broken, visit https://evil.test/mail/vf-steal\n"
)
CASES = {
    "Gmail": ("Gmail Team <forwarding-noreply@google.com>", "(#284719305) Gmail Forwarding Confirmation", GMAIL),
    "Gmail in Korean": (
        "Gmail 팀 <forwarding-noreply@google.com>",
        "(#284719305) Gmail 전달 확인",
        "확인 코드: 284719305\nhttps://mail-settings.google.com/mail/vf-a",
    ),
    "Gmail in Japanese": (
        "Gmail チーム <forwarding-noreply@google.com>",
        "(#284719305) Gmail の転送の確認",
        "確認コード：284719305\nhttps://mail-settings.google.com/mail/vf-a",
    ),
    "Gmail for a company": (
        "Example Team <forwarding-noreply@google.com>",
        "(#284719305) Example Forwarding Confirmation - Receive Mail from stranger@example.org",
        "stranger@example.org has requested to automatically forward mail to your email address support@example.com.\n"
        "To allow it, click\nhttps://mail.google.com/a/example.org/vf-%5BANGjdJ9e%5D-158Amv\n",
    ),
    "Gmail elsewhere": ("forwarding-noreply@google.test", "Gmail", "Confirmation code: 284719305"),
    "Microsoft 365": (
        "Microsoft <no-reply@microsoft.com>",
        "Verify your forwarding address",
        "Enter this code to confirm forwarding: 284719305\nhttps://outlook.office365.com/verify/x",
    ),
    "Naver": ("네이버 <noreply@naver.com>", "[네이버 메일] 자동 전달 확인 메일입니다.", "인증번호: 284719305"),
    "Naver Works": (
        "NAVER WORKS <noreply@worksmobile.com>",
        "자동 전달 주소 인증",
        "인증번호 284719305 을 입력하세요.",
    ),
    "Naver Works with the number on a line of its own": (
        "NAVER WORKS <no_reply@worksmobile.com>",
        "[NAVER WORKS] 메일 자동 전달 인증 번호 안내",
        "안녕하세요.\n메일 자동 전달을 설정하려면 아래 인증 번호를 입력해 주세요.\n\n284719305\n\n30분 동안 유효합니다.",
    ),
    "LINE WORKS": (
        "LINE WORKS <no_reply@worksmobile.com>",
        "メール自動転送の認証番号",
        "自動転送先のメールアドレスを確認するため、次の認証番号を入力してください。\n\n284719305",
    ),
    "Daum": ("Daum 메일 <noreply@daum.net>", "메일 자동전달 확인 요청", "인증번호: 284719305"),
    "Kakao": ("카카오메일 <noreply@kakao.com>", "메일 전달 인증", "인증코드: 284719305"),
    "another": ("Fastmail <noreply@fastmail.test>", "Forwarding confirmation", "Your code is 284719305"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("to", ["support@example.com", "support+x@example.com", "token"])
def test_it_is_held_for_admins(sqlite_database: Database, tmp_path: Path, name: str, to: str) -> None:
    sender, subject, text = CASES[name]
    office = TestOffice(sqlite_database, tmp_path)
    office.take(mail(sender="eve@evil.test"))
    row = office.take(mail(text, sender=sender, subject=subject), to=(office.reply_to(1) if to == "token" else to,))
    assert (row.fate, row.cause) == ("quarantined", "forwarding_confirmation")
    assert len(office.outbox()) == 1, "Eve's acknowledgement"
    assert len(office.messages(1)) == 1


@pytest.mark.parametrize("name", CASES)
def test_the_code_is_read(name: str) -> None:
    sender, subject, text = CASES[name]
    asked = verification_of(read(mail(text, sender=sender, subject=subject)), shipped_services())
    assert asked is not None
    assert asked.codes == ("284719305",)
    assert not any("evil.test" in link for link in asked.links), "a link to elsewhere is never offered"


def test_the_admin_finds_code_and_link_ready(sqlite_database: Database, tmp_path: Path) -> None:
    office = TestOffice(sqlite_database, tmp_path)
    sender, subject, text = CASES["Gmail"]
    row = office.take(mail(text, sender=sender, subject=subject))
    with running(services(office)) as port:
        admin, _ = logged_in(office, port, office.agent)
        agent, _ = logged_in(office, port, add_agent(office, "lee@example.com"))
        page = admin.get(f"/quarantine/{row.id}").text
        assert '<code class="key">284719305</code>' in page
        assert 'href="https://mail-settings.google.com/mail/vf-%5BANGjdJ8%5D-xYz"' in page
        section = page[page.index('id="asked"') : page.index("</section>")]
        assert "evil.test" not in section
        assert agent.get(f"/quarantine/{row.id}").status == 404
        assert "284719305" not in agent.get("/quarantine").text


def test_only_the_link_that_confirms_is_offered() -> None:
    """Newer confirmations have no code, a second link that cancels, one to the settings, and the number of a help page."""
    links = ("vf-%5BANGjdJ9e%5D-158Amv", "uf-%5BANGjdJ7%5D-158Amv", "u/0/#settings")
    buttons = "".join(f'<p><a href="https://mail.google.com/mail/{link}">Click here</a></p>' for link in links)
    raw = letter(
        "Gmail Team <forwarding-noreply@google.com>",
        "Gmail Forwarding Confirmation - Receive Mail from stranger@gmail.com",
        "Learn more at http://support.google.com/mail/bin/answer.py?answer=184973.",
        at=NOW,
        html=buttons,
    )
    asked = verification_of(read(raw), shipped_services())
    assert asked is not None
    assert asked.codes == ()
    assert asked.links == ("https://mail.google.com/mail/vf-%5BANGjdJ9e%5D-158Amv",)


def test_talking_about_forwarding_is_no_confirmation(sqlite_database: Database, tmp_path: Path) -> None:
    office = TestOffice(sqlite_database, tmp_path)
    for text in (
        "Please confirm that you forward my mail to billing, case 284719305.",
        "전달 확인 부탁드립니다. 주문번호 284719305",
    ):
        assert office.take(mail(text, sender="Kim <kim@naver.example>")).fate == "opened"


def test_a_link_to_elsewhere_is_never_offered() -> None:
    own = WrittenService(
        name="Our provider",
        kind="forwarding",
        sender=("@mail\\.test",),
        link=("(https://[^ \n]+)",),
        hosts=("mail.test",),
    )
    services_ = services_of(Verification(services=(own,)))
    for link, offered in (
        ("https://mail.test/a", True),
        ("https://eu.mail.test/a", True),
        ("https://mail.test.evil.test/a", False),
        ("https://evilmail.test/a", False),
        ("https://mail.test@evil.test/a", False),
    ):
        asked = verification_of(read(mail(link, sender="robot@mail.test")), services_)
        assert asked is not None
        assert asked.links == ((link,) if offered else ()), link
