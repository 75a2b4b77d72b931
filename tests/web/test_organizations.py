"""The page of an organisation: its contract, its tickets and its people; nobody else's."""

import pytest

from gateway.config.organizations import OrganizationsFile
from tests.support.accepted import mail
from tests.web.conftest import Web

FILE = OrganizationsFile.model_validate(
    {
        "organizations": [
            {
                "id": "acme",
                "name": "<b>Acme</b>",
                "domains": ["acme.example", "_dmz.example"],
                "tags": ["gold"],
                "contract": {"level": "gold"},
            },
            {"id": "acme-japan", "name": "Acme Japan", "domains": ["jp.acme.example"]},
            {"id": "quiet", "name": "Quiet", "domains": ["quiet.example"]},
        ]
    }
)
SENDERS = (
    "Kim <kim@acme.example>",
    "Kim <kim@mail.ACME.example>",
    "Lee <lee@_dmz.example>",
    "Sato <sato@jp.acme.example>",
    "Sato <sato@tokyo.jp.acme.example>",
    "Park <park@notacme.example>",
    "Park <park@xdmz.example>",
    "Choi <acme.example@elsewhere.example>",
)


@pytest.fixture
def companies(small: Web) -> Web:
    """Tickets 2 to 9 of people at and near the companies; the first one of Acme is solved."""
    office = small.office.office
    object.__setattr__(office.loaded.side, "organizations", FILE)
    office.__dict__.pop("organizations", None)
    for sender in SENDERS:
        small.office.later(minutes=1)
        small.office.take(mail(sender=sender, subject=f"From {sender.split('@')[1][:-1].lower()}"))
    small.office.desk.solve(2, small.office.agent)
    return small


def numbers(page: str) -> list[int]:
    return [int(piece.partition('"')[0]) for piece in page.split('href="/tickets/')[1:]]


def test_a_company_has_its_own_tickets_alone(companies: Web) -> None:
    browser, _ = companies.browser()
    page = browser.get("/organizations/acme").text
    assert numbers(page) == [4, 3, 2], "what is unsolved first, then the newest"
    assert "2 unsolved of 3 tickets" in page
    assert "&lt;b&gt;Acme&lt;/b&gt;" in page
    assert "<dt>level</dt><dd>gold</dd>" in page
    assert "lee@_dmz.example" in page
    assert "sato" not in page
    assert numbers(browser.get("/organizations/acme-japan").text) == [6, 5], "the longest domain that fits"
    page = browser.get("/organizations/quiet").text
    assert "Nobody of this organisation has written yet." in page
    assert numbers(page) == []
    assert browser.get("/organizations/nobody").status == 404


def test_the_list_finds_by_name_and_domain(companies: Web) -> None:
    browser, _ = companies.browser(companies.agent)
    page = browser.get("/organizations?q=").text
    assert [page.index(f"/organizations/{one}") for one in ("acme", "acme-japan", "quiet")]
    found = browser.get("/organizations?q=JP.acme").text
    assert "/organizations/acme-japan" in found
    assert 'href="/organizations/quiet"' not in found
    assert 'href="/organizations/acme"' in browser.get("/tickets/3").text, "from the ticket to its company"


def test_without_organisations_the_page_says_where_they_stand(small: Web) -> None:
    browser, _ = small.browser()
    assert "They stand in organizations.yaml" in browser.get("/organizations").text
