"""A merge is undone with one click, from either ticket's page."""

from tests.support.accepted import mail
from tests.web.conftest import Web


def test_a_merge_is_undone_from_either_page(small: Web) -> None:
    browser, csrf = small.browser()
    small.office.take(mail("The bulb, too.", sender="Lee <lee@customer.example>", subject="Bulb"))
    for page in ("/tickets/1", "/tickets/2"):
        assert browser.post("/tickets/2/merge", {"csrf": csrf, "target": "1"}).status == 303
        shown = browser.get(page).text
        assert shown.count('action="/tickets/2/unmerge"') == 1
        assert "Undo the merge of #2" in shown
        done = browser.post("/tickets/2/unmerge", {"csrf": csrf})
        assert done.headers["location"] == "/tickets/2?done=unmerged"
        assert small.office.ticket(2).merged_into is None
    shown = browser.get("/tickets/2?done=unmerged").text
    assert "this is a ticket of its own again" in shown
    assert "Kim undid the merge of #2 into #1" in shown
    assert "The bulb, too." in shown
    assert "/unmerge" not in browser.get("/tickets/1").text, "nothing is left to undo"


def test_what_cannot_be_undone_is_said(small: Web) -> None:
    browser, csrf = small.browser()
    answer = browser.post("/tickets/1/unmerge", {"csrf": csrf})
    assert answer.status == 400
    assert "ticket 1 was not merged into another, or somebody undid it" in answer.text
