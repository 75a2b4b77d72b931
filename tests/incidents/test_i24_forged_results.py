"""Authentication-Results and ARC seals that the sender wrote: a name in a field proves nothing.

The single rows are in ``tests/trust/test_senders.py``: A7 and A8. Here it is what a ticket's owner would notice: the forged mail is sent
to the victim's own reply address, which must not be enough with a proof that the forger wrote.
"""

import pytest

from gateway.store.database import Database
from tests.support.office import TestOffice
from tests.support.signed_mail import seal, sign
from tests.trust.conftest import FORWARDED_BY, WRONG, _dns, dns, mail, office  # noqa: F401 - fixtures
from tests.trust.test_pipeline import take, trust_in


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


OURS = "Authentication-Results: mx.example.com; dmarc=pass header.from=victim.test\r\n"
FORWARDERS = "Authentication-Results: mx.forward.test; dmarc=pass header.from=victim.test\r\n"
GOOGLES = (
    "Authentication-Results: mx.google.com; dkim=pass header.d=victim.test; dmarc=pass header.from=victim.test\r\n"
)
RECEIVED = "Received: from a by mx.forward.test; Thu, 5 Mar 2026 09:00:00 +0000\r\n"
OWN_WORDS = "Received-SPF: pass\r\nX-Gateway-Trust: strong\r\nReturn-Path: <alice@victim.test>\r\n"


@pytest.mark.parametrize(
    ("forged", "peer"),
    [
        (OURS, WRONG),
        (FORWARDERS, WRONG),
        (GOOGLES, WRONG),
        (OWN_WORDS, WRONG),
        (RECEIVED + FORWARDERS, FORWARDED_BY),
        (OURS + RECEIVED, FORWARDED_BY),
    ],
    ids=[
        "our_name",
        "forwarders_name",
        "googles_name",
        "our_own_fields",
        "below_the_forwarder",
        "our_name_by_forwarder",
    ],
)
def test_written_results_are_not_believed(office: TestOffice, forged: str, peer: str) -> None:  # noqa: F811
    ticket = int(take(office, sign(mail(), "victim.test")).ticket_id)
    raw = forged.encode() + mail(text="Send it to me.").replace(b"<one@", b"<two@")
    row = take(office, raw, to=(office.reply_to(ticket),), peer=peer)
    assert row.fate == "join_request"
    assert trust_in(office, row.receipt)["level"] == "none"
    assert not office.messages(ticket)[-1].public


@pytest.mark.parametrize("peer", [WRONG, FORWARDED_BY])
def test_seal_of_somebody_whom_nobody_named(office: TestOffice, peer: str) -> None:  # noqa: F811
    ticket = int(take(office, sign(mail(), "victim.test")).ticket_id)
    raw = seal(
        mail(text="Send it to me.").replace(b"<one@", b"<two@"), "stranger.test", "dmarc=pass header.from=victim.test"
    )
    row = take(office, raw, to=(office.reply_to(ticket),), peer=peer)
    assert row.fate == "join_request"
    assert trust_in(office, row.receipt)["level"] == "none"


def test_forwarders_own_result_in_its_place_is_believed(office: TestOffice) -> None:  # noqa: F811
    """The counterpart: else all of the above would hold for a gateway that believes nobody."""
    ticket = int(take(office, sign(mail(), "victim.test")).ticket_id)
    raw = (FORWARDERS + RECEIVED).encode() + mail(text="Here it is.").replace(b"<one@", b"<two@")
    row = take(office, raw, to=(office.reply_to(ticket),), peer=FORWARDED_BY)
    assert row.fate == "appended"
