"""Whose name customers read in From."""

import pytest

from tests.behaviours.conftest import House
from tests.support.notices import parsed


@pytest.mark.parametrize(
    ("setting", "text", "name"),
    [
        ("", "The lamp is dark.", "Example Support"),
        ("answers_from: brand", "The lamp is dark.", "Example Support"),
        ("answers_from: agent_via_brand", "The lamp is dark.", "Kim via Example Support"),
        ("answers_from: agent_via_brand", "램프가 켜지지 않습니다.", "Example Support Kim"),
        ("answers_from: agent_via_brand", "ランプがつきません。", "Example Support Kim"),
        ("answers_from: agent", "The lamp is dark.", "Kim"),
    ],
)
def test_an_answer_comes_from_the_brand_or_the_agent_and_automatic_mail_from_the_brand(
    house: House, setting: str, text: str, name: str
) -> None:
    house.take_over(brand=setting)
    number = house.write(text)
    house.desk.reply(number, house.agent, "Please turn it on.")
    house.desk.solve(number, house.agent)
    senders = {row.kind: parsed(row.raw)["From"].addresses[0] for row in house.outbox()}
    assert {kind: sender.display_name for kind, sender in senders.items()} == {
        "ack": "Example Support",
        "answer": name,
        "resolution": "Example Support",
    }
    assert {sender.addr_spec for sender in senders.values()} == {"support@example.com"}
