"""Reply-To in a customer's mail: nobody is answered there, agents see it, and one click takes the address in."""

import time
from pathlib import Path

import pytest

from gateway.mail.read import read
from gateway.mail.reply_address import answers_elsewhere
from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.checked_house import CheckedHouse
from tests.support.databases import SqliteFiles
from tests.support.signed_mail import publish, sign
from tests.web.conftest import Web

EVE, VICTIM = "eve@provider.test", "victim@provider.test"


@pytest.mark.parametrize(
    ("reply_to", "elsewhere"),
    [
        (f"Eve <{EVE.upper()}>", None),
        (VICTIM, VICTIM),
        (f"{EVE}, {VICTIM}", None),
        ("not an address", None),
        ("", None),
    ],
)
def test_what_is_another_mailbox(reply_to: str, elsewhere: str | None) -> None:
    assert answers_elsewhere(read(mail(sender=EVE, headers=(("Reply-To", reply_to),)))) == elsewhere


def test_no_author_no_comparison() -> None:
    assert answers_elsewhere(read(mail(sender=f"{EVE}, a@b.test", headers=(("Reply-To", VICTIM),)))) is None


def test_a_signed_mail_does_not_lead_our_answers_to_its_providers_other_customers(
    sqlite_files: SqliteFiles, tmp_path: Path
) -> None:
    """From and Reply-To in one domain, and the domain's own signature over both: still nothing goes there."""
    database = Database(sqlite_files.create(tmp_path))
    with CheckedHouse(database, tmp_path) as checked:
        publish(checked.dns, "provider.test")
        office = checked.house.office
        signed_now = {b"t": str(int(time.time())).encode()}
        raw = sign(mail(sender=EVE, headers=(("Reply-To", VICTIM),)), "provider.test", tags=signed_now)
        number = int(checked.send(raw, sender=EVE).ticket_id)
        trace = office.messages(number)[0].trace
        assert (trace["trust"]["level"], trace["reply_to"]) == ("strong", VICTIM)
        office.desk.reply(number, office.agent, "We send a new one.")
        office.desk.solve(number, office.agent)
        assert {it.recipient for it in office.outbox()} == {EVE}
        assert not any(VICTIM.encode() in it.raw for it in office.outbox())
        assert [person[1] for person in checked.house.people(number)] == [EVE]
    database.dispose()


def test_agents_see_it_and_may_take_it_in(small: Web) -> None:
    number = small.office.take(mail(sender=EVE, headers=(("Reply-To", f"<{VICTIM}>"),))).ticket_id
    browser, csrf = small.browser(small.agent)
    page = browser.get(f"/tickets/{number}").text
    assert f"{VICTIM} への返信を希望しています" in page
    assert f'name="address" value="{VICTIM}"' in page
    assert browser.post(f"/tickets/{number}/people", {"csrf": csrf, "address": VICTIM}).status == 303
    page = browser.get(f"/tickets/{number}").text
    assert f'name="address" value="{VICTIM}"' not in page, "it takes part now"
    small.office.desk.reply(number, small.office.agent, "We send a new one.")
    assert {row.recipient for row in small.office.outbox("answer")} == {EVE, VICTIM}
    assert "Reply-To" not in browser.get("/tickets/1").text
