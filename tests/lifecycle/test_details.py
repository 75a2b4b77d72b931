"""Details that customers are asked for, and that their answers bring."""

from collections.abc import Callable

import pytest

from tests.lifecycle.conftest import House
from tests.support.notices import body

Ruled = Callable[..., House]
FIELDS = """\
fields:
  - {id: order, type: text, label: {en: Order number, ko: 주문 번호, ja: 注文番号}, required: [intake]}
  - {id: amount, type: number, label: {en: Amount, ko: 금액, ja: 金額}, required: [intake]}
  - {id: internal, type: text, label: {en: Internal}, required: [solve]}
"""


def ack(house: House, part: str = "plain") -> str:
    return body(house.outbox("ack")[-1].raw, part)


def test_the_acknowledgement_asks_in_the_mails_language(ruled: Ruled) -> None:
    house = ruled(fields=FIELDS)
    house.write()
    assert "please reply with these details:\n\nOrder number:\nAmount:\n\nIs there anything" in ack(house)
    assert "Order number:<br>" in ack(house, "html")
    assert "Internal" not in ack(house)
    house.write("주문한 램프가 켜지지 않습니다.", subject="램프", sender="Kim <kim@customer.example>")
    assert "아래 항목을 채워 이 메일에 답장해 주시기 바랍니다.\n\n주문 번호:\n금액:" in ack(house)


@pytest.mark.parametrize(
    "text", ["Order number: A-17\nAmount: 1,200", "주문 번호：A-17\n금액： 1200", "order: A-17\namount: 1200"]
)
def test_the_answer_fills_them(ruled: Ruled, text: str) -> None:
    house = ruled(fields=FIELDS)
    number = house.write()
    house.say(number, f"Here you are.\n\n{text}")
    assert house.ticket(number).fields == {"order": "A-17", "amount": 1200}
    (event,) = house.events(number, "fields")
    assert event.actor == "hong@customer.example"


def test_what_has_a_value_keeps_it_and_what_does_not_fit_is_told(ruled: Ruled) -> None:
    house = ruled(fields=FIELDS)
    number = house.write()
    house.say(number, "Order number: A-17\nAmount: plenty\nInternal: mine")
    house.say(number, "Order number: B-99")
    assert house.ticket(number).fields == {"order": "A-17"}
    (event,) = house.events(number, "details_unread")
    assert set(event.data["fields"]) == {"amount"}


def test_without_such_fields_nothing_is_asked(house: House) -> None:
    house.write()
    assert "these details" not in ack(house)
