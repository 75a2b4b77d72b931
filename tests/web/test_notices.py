"""The page on which notices are looked at: every kind in every language, about a real ticket, in a frame where nothing runs."""

import itertools
import os
from dataclasses import replace
from urllib.parse import quote

from gateway.config.load import Loaded
from gateway.config.menus import MenusFile
from gateway.config.side_files import SideFiles
from gateway.desk.office import Office
from gateway.desk.preview import KINDS
from gateway.notify.check import check_templates
from gateway.store.schema import events, messages, outbox, tickets
from gateway.threading.model import NoticeKind
from gateway.web.pages.notices import LANGUAGES
from tests.support.accepted import mail
from tests.support.office import KEYRING, configuration
from tests.web.conftest import Web


def counts(web: Web) -> list[int]:
    return [len(web.office.rows(table)) for table in (tickets, messages, events, outbox)]


def test_each_notice_about_a_real_ticket(web: Web) -> None:
    """Each kind in one of the languages; all of both are rendered in tests/lifecycle/test_preview.py."""
    browser, _ = web.browser()
    number = web.office.rows(tickets)[0].id
    before = counts(web)
    for kind, language in zip(KINDS, itertools.cycle(LANGUAGES), strict=False):
        query = f"kind={kind.value}&language={language}&brand=shop&ticket={number}"
        page = browser.get(f"/notices?{query}")
        assert page.status == 200
        assert f"#{number}]" in page.text
        frame = browser.get(f"/notices/html?{query}")
        assert frame.status == 200
        assert frame.text.startswith("<!DOCTYPE html>")
        assert f'<html lang="{language}">' in frame.text
        assert "prefers-color-scheme" in frame.text, "as it is sent"
        policy = frame.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "script" not in policy
    assert counts(web) == before, "looking changes nothing"


def test_what_the_query_says_wrongly_is_the_usual(web: Web) -> None:
    browser, _ = web.browser()
    page = browser.get("/notices?kind=nope&language=xx&brand=nobody&situation=none&template=..%2Fx")
    assert page.status == 200
    assert "[Example Support] We have received your request [#42]" in page.text
    assert "휴무일" in browser.get("/notices?kind=ack&situation=holiday&brand=shop").text
    told = browser.get("/notices?ticket=999999")
    assert (told.status, "there is no ticket 999999" in told.text) == (409, True)
    assert browser.get("/notices/html?ticket=999999").status == 404
    assert "there is no ticket &lt;script&gt;" in browser.get(f"/notices?ticket={quote('<script>')}").text


def test_it_is_linked_for_admins_alone(web: Web) -> None:
    assert 'href="/notices"' in web.browser()[0].get("/outbox").text
    assert 'href="/notices"' not in web.browser(web.agent)[0].get("/outbox").text


def test_words_of_ones_own_and_what_is_missing_in_them(small: Web) -> None:
    office = small.office
    folder = office.office.loaded.path.parent / "words"
    file = folder / "mail/en/reply/long.txt.j2"
    file.parent.mkdir(parents=True)
    file.write_text("Subject: Long {{ reference }}\n\n{{ customer }}\n" + "word " * 400, "utf-8")
    file.with_name("long.html.j2").write_text("<script>alert(1)</script><p>{{ customer }}</p>", "utf-8")
    settings = configuration(data_dir=folder.parent, templates_dir=folder)
    assert not check_templates(settings)
    loaded = office.office.loaded
    office.office = Office(
        Loaded(settings, loaded.ruleset, loaded.address_book, "own", loaded.path), KEYRING, office.office.entropy
    )
    office.take(mail(sender='"<img src=x>" <kim@customer.example>'))
    browser, _ = small.browser()
    page = browser.get("/notices?kind=reply&template=long&ticket=2")
    assert "The text has 2011 characters; beyond 1500 few people read on." in page.text
    assert "long.txt.j2:1:1: the reply `long` is missing in ko, ja" in page.text
    assert "long.txt.j2:1:1: this notice has" in page.text
    assert "<option selected>long</option>" in page.text
    frame = browser.get("/notices/html?kind=reply&template=long&ticket=2")
    assert "&lt;img src=x&gt;" in frame.text, "a customer's name is text"
    assert "sandbox" in frame.headers["content-security-policy"], "an admin's script does not run either"


def test_every_kind_that_customers_get_can_be_looked_at() -> None:
    assert set(KINDS) == set(NoticeKind) - {NoticeKind.AGENT}


def test_each_step_through_a_menu_stands_on_the_ticket(small: Web) -> None:
    office = small.office
    choices = [{"label": {"en": "Where is my <b>parcel</b>?", "ko": "배송 조회"}, "tags": ["parcel"]}]
    side = SideFiles(menus=MenusFile.model_validate({"menus": [{"id": "welcome", "choices": choices}]}))
    settings = configuration(data_dir=office.office.loaded.path.parent, acknowledgements={"menu": "welcome"})
    office.office = Office(replace(office.office.loaded, configuration=settings, side=side), KEYRING, os.urandom)
    number = int(office.take(mail("My chair is missing.", sender="Lee <lee@customer.example>")).ticket_id)
    address = office.reply_to(number)
    office.take(mail("1", sender="Lee <lee@customer.example>", to=address), to=(address,))
    page = small.browser()[0].get(f"/tickets/{number}").text
    assert "The customer may choose: 1. Where is my &lt;b&gt;parcel&lt;/b&gt;?" in page
    assert "Lee chose “Where is my &lt;b&gt;parcel&lt;/b&gt;?” (1) from the menu welcome" in page
    assert "choice from a menu" in page
    kept = office.messages(number)[-1].id
    assert "and says nothing else" in small.browser()[0].get(f"/messages/{kept}/trace").text
