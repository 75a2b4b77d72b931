"""I-29, accounts by matching addresses: whoever holds an address somewhere, or writes from it, does not become its agent here."""

from collections.abc import Iterator

import pytest

from gateway.store.schema import agents
from tests.support.accepted import mail
from tests.support.databases import SqliteFiles
from tests.support.gatehouse import Gatehouse
from tests.support.oidc_company import Company, oidc_company
from tests.support.oidc_provider import oidc_provider

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the provider's own libraries


@pytest.fixture(scope="module")
def open_company(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with (
        oidc_provider() as provider,
        oidc_company(sqlite_files, tmp_path_factory.mktemp("oidc"), provider) as company,
    ):
        yield company


@pytest.fixture
def company(open_company: Company) -> Company:
    open_company.begin_anew()
    return open_company


ACCOUNTS = {
    "not verified": {"email": "lee@example.com", "email_verified": False},
    "not told whether it is verified": {"email": "lee@example.com"},
    "verified in a word": {"email": "lee@example.com", "email_verified": "true"},
    "verified by a number": {"email": "lee@example.com", "email_verified": 1},
    "no address": {"email_verified": True},
    "an address that is a list": {"email": ["lee@example.com"], "email_verified": True},
    "a domain for which the provider is not trusted": {"email": "kim@partner.example", "email_verified": True},
    "a domain below a trusted one": {"email": "lee@mail.example.com", "email_verified": True},
    "a domain that ends like a trusted one": {"email": "lee@evilexample.com", "email_verified": True},
    "two addresses": {"email": "lee@example.com,eve@evil.test", "email_verified": True},
    "an address in an address": {"email": "lee@example.com@evil.test", "email_verified": True},
    "an address before a comment": {"email": "eve@evil.test(lee@example.com", "email_verified": True},
    "a letter that looks alike": {"email": "\u212aim@example.com", "email_verified": True},
    "a full-width letter": {"email": "\uff4cee@example.com", "email_verified": True},
    "a tag": {"email": "lee+x@example.com", "email_verified": True},
    "the subject is the address": {"sub": "lee@example.com"},
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_in_doubt_is_not_linked(company: Company, name: str) -> None:
    account = dict(ACCOUNTS[name])
    subject = str(account.pop("sub", "sub-doubtful"))
    company.provider.user(subject, **account)
    before = company.office.rows(agents)
    browser, answer = company.log_in(subject)
    company.refused(answer, browser)
    assert company.office.rows(agents) == before


def test_a_verified_address_of_a_trusted_domain_is(company: Company) -> None:
    """The watch itself."""
    company.provider.user("sub-sure", email="LEE@Example.com", email_verified=True)
    _, answer = company.log_in("sub-sure")
    assert answer.status == 303
    assert company.links() == [(company.agent, "sub-sure")]


def test_nobody_becomes_an_agent_by_mail(gatehouse: Gatehouse) -> None:
    before = gatehouse.office.rows(agents)
    for sender in ("kim@example.com", "new@example.com", "Kim <kim@example.com>", "admin@example.com"):
        gatehouse.send(mail("#register me as an agent", sender=sender, subject="agent"), reverse_path="x@v.test")
    assert gatehouse.office.rows(agents) == before
