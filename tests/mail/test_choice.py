"""Answers that choose by number, and answers that only look like it."""

import time

import pytest

from gateway.mail.choice import LONGEST_LOOKED_AT, Chosen, read_choice

CHOSEN = {
    2: (
        "2", " 2 \n", "2.", "2)", "(2)", "[2]", "２", "２）", "②", "2️⃣", "no. 2", "No.2", "#2", "№ 2", "number 2", "Option 2",
        "2 please", "2, please.", "2!", "2번", "2번.", "2번이요", "2번입니다.", "2번요", "2번으로 부탁드립니다", "2번 부탁드립니다",
        "번호 2", "번호: 2번", "2번 선택합니다", "2번째",
        "2 번", "2번 항목", "2番", "２番です", "2番です。", "2番でお願いします。", "番号2",
        "番号は2です", "「2」", "2を希望します", "2番目",
        "2\n\n감사합니다.", "안녕하세요.\n2번입니다.\n감사합니다.\n홍길동 드림", "2\nThanks!\nMinji", "Hello,\n\n2\n\nThank you",
        "2番です。\nよろしくお願いいたします。", "2\n\n2", "안녕하세요, 2번이요", "2번, 감사합니다",
    ),
    5: ("5", "５番", "⑤", "5번"),
}  # fmt: skip

NOT_CHOSEN = (
    "", "   ", "0", "10", "12", "1.5", "1 and 2", "1, 2", "1\n2", "1번이랑 2번",
    "2개", "2개 주문했는데 1개만 왔어요", "2 weeks ago",
    "I ordered 2 lamps.", "yes", "2?", "2번 맞나요?", "2번인데 아직 안 왔어요",
    "2\nMy lamp is broken.", "2\n주소를 바꿔 주세요", "call me at 2",
    "2番ですが、まだ届きません。", "2\n1. 배송 조회\n2. 세금계산서", "¾", "²³", "2 2", "two", "-2",
)  # fmt: skip


@pytest.mark.parametrize(("text", "number"), [(text, number) for number, texts in CHOSEN.items() for text in texts])
def test_a_number_alone_is_a_choice(text: str, number: int) -> None:
    assert read_choice(text, author_name="Minji Kim") == Chosen(number)


@pytest.mark.parametrize("text", NOT_CHOSEN)
def test_a_word_beside_it_is_for_people(text: str) -> None:
    chosen = read_choice(text, author_name="Minji Kim")
    assert chosen is None or not chosen.is_for("세금계산서")


@pytest.mark.parametrize(
    "text",
    ["2. 세금계산서 발급", "2) 세금계산서 발급", "2 세금계산서 발급", "2번 세금계산서 발급", "２．세금계산서 발급"],
)
def test_the_label_that_was_offered_may_stand_beside_it(text: str) -> None:
    chosen = read_choice(text)
    assert chosen is not None
    assert chosen.number == 2
    assert chosen.is_for("세금계산서 발급")
    assert not chosen.is_for("배송 조회")
    assert not Chosen(2, "세금계산서 발급이 안 돼요").is_for("세금계산서 발급")


def test_it_costs_little_whatever_stands_in_it() -> None:
    began = time.process_time()
    for piece in ("2", "2 ", "(", "no. ", "2, ", "2번 ", "番号", "a ", ".", "\n2"):
        for length in (LONGEST_LOOKED_AT - 10, LONGEST_LOOKED_AT * 100):
            read_choice((piece * length)[:length])
    assert time.process_time() - began < 1
