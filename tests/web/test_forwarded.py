"""A mail that an agent forwarded is shown as its author's, and says beside the author who forwarded it."""

import pytest

from gateway.pipeline import stages
from gateway.threading.model import Trust
from tests.support.accepted import mail
from tests.web.conftest import Web


def test_the_forwarder_stands_beside_the_author(small: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "assess", lambda message, office: (Trust.STRONG, "signed"))
    text = (
        "---------- Forwarded message ---------\r\nFrom: Hong <hong@customer.example>\r\nDate: Thu, Mar 5, 2026 at 6:00 PM\r\n"
        "Subject: Lamp\r\nTo: <kim@example.com>\r\n\r\nIt is dark.\r\n"
    )
    number = small.office.take(mail(text, sender="Kim <kim@example.com>", subject="Fwd: Lamp")).ticket_id
    plain = small.office.take(mail("It is dark.", sender="Hong <hong@customer.example>")).ticket_id
    browser, _ = small.browser()
    shown = browser.get(f"/tickets/{number}").text
    by = shown[shown.index('class="by"') :]
    by = by[: by.index("</div>")]
    assert "hong@customer.example" in by
    assert '<span class="mark">forwarded by Kim</span>' in by
    other = browser.get(f"/tickets/{plain}")
    assert (other.status, "forwarded by" in other.text) == (200, False)
