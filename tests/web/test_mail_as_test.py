"""The page on which an admin copies a mail as a test of the rules."""

from html import unescape

from gateway.store.schema import audit, messages
from tests.support.accepted import mail
from tests.web.conftest import Web


def test_an_admin_copies_it_from_the_menu_of_the_mail(small: Web) -> None:
    row = small.office.take(mail("<b>It</b> hums: 4111 1111 1111 1111", sender="Hong Gil <hong.gil@customer.example>"))
    (message,) = small.office.rows(messages, messages.c.journal_id == row.id)
    browser, _ = small.browser()
    path = f"/messages/{message.id}/test"
    assert f'href="{path}"' in browser.get(f"/tickets/{row.ticket_id}").text
    page = browser.get(path).text
    shown = page.partition('<pre class="copy" tabindex="0">')[2].partition("</pre>")[0]
    assert "<b>" not in shown
    told = unescape(shown)
    assert told.startswith(
        f"  - name: Ticket {row.ticket_id}, message {message.id}\n    mail:\n      from: customer@customer.example\n"
    )
    assert "<b>It</b> hums: 4111 11** **** 1111" in told
    assert "hong" not in told.lower()
    assert [it.about for it in small.office.rows(audit, audit.c.about == f"message {message.id}")] != []
    note = small.office.desk.note(row.ticket_id, small.office.agent, "Seen.")
    assert browser.get(f"/messages/{note}/test").status == 404
