"""What people see of a sender's proof: on the ticket page in three languages, and on the command line."""

import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.cli.tickets import _page
from gateway.store.agents import set_password
from gateway.store.database import Database
from gateway.store.schema import agents
from gateway.store.views import ticket_page
from tests.support.databases import SqliteFiles
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import sign
from tests.support.web import HASH, logged_in, running, services
from tests.trust.conftest import FORWARDERS, NOW, RIGHT, mail
from tests.trust.test_pipeline import take


@pytest.fixture
def office(sqlite_files: SqliteFiles, tmp_path: Path, dns: DnsServer) -> Iterator[TestOffice]:
    office = TestOffice(
        Database(sqlite_files.create(tmp_path)),
        tmp_path,
        trust={"verify": True, "dns": (dns.address,), "forwarders": FORWARDERS},
    )
    office.now = NOW
    with office.database.write() as connection:
        set_password(connection, office.agent, HASH, one_time=False)
    yield office
    office.worker.senders.authenticator.close()


def page_of(office: TestOffice, ticket: int, language: str) -> str:
    with office.database.write() as connection:
        connection.execute(update(agents).where(agents.c.id == office.agent).values(language=language))
    with running(services(office)) as port:
        browser, _ = logged_in(office, port, office.agent)
        return unescape(browser.get(f"/tickets/{ticket}").text)


def in_json(office: TestOffice, ticket: int) -> dict[str, Any]:
    with office.database.read() as connection:
        page = ticket_page(connection, ticket)
    assert page is not None
    sender: dict[str, Any] = json.loads(json.dumps(_page(page)["messages"][0]["sender"]))
    return sender


@pytest.mark.parametrize(
    ("language", "proven", "partly", "failed"),
    [
        ("en", "verified: DKIM victim.test", "verified in part: SPF victim.test", "the check failed, perhaps forged"),
        ("ko", "확인됨: DKIM victim.test", "일부 확인됨: SPF victim.test", "확인 실패: 위조되었을 수 있음"),
        ("ja", "確認済み：DKIM victim.test", "一部確認済み：SPF victim.test", "確認失敗：なりすましの可能性があります"),
    ],
)
def test_page_says_what_proves_a_sender(
    office: TestOffice, language: str, proven: str, partly: str, failed: str
) -> None:
    first = take(office, sign(mail(), "victim.test")).ticket_id
    second = take(office, mail(text="other").replace(b"<one@", b"<two@"), peer=RIGHT).ticket_id
    third = take(office, mail(text="forged").replace(b"<one@", b"<three@")).ticket_id
    assert proven in page_of(office, first, language)
    assert partly in page_of(office, second, language)
    page = page_of(office, third, language)
    assert failed in page
    assert "not verified: nothing proves victim.test" in page, "the whole reason, as a hint"
    assert proven not in page


def test_json_and_words_tell_the_same(office: TestOffice) -> None:
    sender = in_json(office, take(office, sign(mail(), "victim.test")).ticket_id)
    assert sender == {
        "level": "strong",
        "proof": "passed",
        "reason": "verified: DKIM victim.test",
        "domain": "victim.test",
        "dkim": "pass",
        "spf": "none",
        "dmarc": "pass",
    }
    forged = in_json(office, take(office, mail(text="forged").replace(b"<one@", b"<two@")).ticket_id)
    assert (forged["proof"], forged["dmarc"], forged["spf"]) == ("failed", "fail", "fail")
    assert forged["reason"].startswith("not verified: nothing proves victim.test")
