"""What the pages offer at the end of a ticket."""

from gateway.threading.model import Status
from tests.support.accepted import mail
from tests.web.conftest import Web


def test_thanks_are_told_and_undone_with_one_click(small: Web) -> None:
    small.office.desk.reply(1, small.office.agent, "Please switch it on.", status=Status.SOLVED)
    address = small.office.reply_to(1)
    small.office.take(mail("Thank you!", to=address, subject=small.office.ticket(1).subject), to=(address,))
    browser, csrf = small.browser()
    page = browser.get("/tickets/1").text
    assert "said thanks; the ticket stays as it is" in page
    assert "It needs an answer: reopen" in page
    browser.post("/tickets/1/status", {"csrf": csrf, "status": "open"})
    assert small.office.ticket(1).status == "open"
    assert "It needs an answer: reopen" not in browser.get("/tickets/1").text
