"""The commands at the top of an agent's mail: every word in three languages, and never a surprise."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.desk.command_words import COMMANDS, Command, Value
from gateway.desk.commands import MAX_COMMANDS, Named, find_named, fold, mentioned, read_orders
from gateway.notify.agent_words import WORDS

EVERY = [(word, spelling) for spelling in COMMANDS for word in spelling.words]


@pytest.mark.parametrize(("word", "spelling"), EVERY, ids=[word for word, _ in EVERY])
def test_every_word_in_every_language_is_its_command(word: str, spelling: object) -> None:
    value = " x" if spelling.value is Value.NEEDED else ""  # type: ignore[attr-defined]
    for written in (f"#{word}{value}", f"＃{word.upper()}{value}", f"\n  # {word}{value}  "):
        (order,) = read_orders(written).orders
        assert order.command is spelling.command  # type: ignore[attr-defined]


def test_no_word_is_two_commands() -> None:
    words = [fold(word) for word, _ in EVERY]
    assert len(words) == len(set(words))


def test_every_command_that_our_mails_name_is_one() -> None:
    """What a sentence tells people to write must work."""
    for key, sentences in WORDS.items():
        for sentence in sentences:
            for word in sentence.replace("。", " ").replace("、", " ").replace(";", " ").split():
                if word.startswith("#") and "{" not in word:
                    assert read_orders(f"{word} x" if word == "#" else word).any, (key, word)
                    assert not any(unclear.command is None for unclear in read_orders(word).unclear), (key, word)


def test_commands_end_at_the_first_other_line() -> None:
    orders = read_orders("#solved\n\n#담당 이수진\n#優先度：高\n\nHello,\n#assign nobody\n")
    assert [(it.command, it.value) for it in orders.orders] == [
        (Command.SOLVED, ""),
        (Command.ASSIGN, "이수진"),
        (Command.PRIORITY, "高"),
    ]
    assert orders.text == "Hello,\n#assign nobody"


@pytest.mark.parametrize(
    "text", ["Hello\n#solved", "#1 is broken", "# A title\nand more", "no commands", "", "####", "#"]
)
def test_a_number_sign_elsewhere_is_only_that(text: str) -> None:
    orders = read_orders(text)
    assert not orders.any
    assert orders.text == text


def test_what_is_no_command_is_told_apart_with_what_was_meant() -> None:
    orders = read_orders("#asign kim\n#ntoe he is angry\n#assign\n#solved thanks\n#zzzzzz\nHello")
    assert [(it.command, it.meant) for it in orders.unclear] == [
        (None, "#assign"),
        (None, "#note"),
        (Command.ASSIGN, None),
        (Command.SOLVED, "#solved"),
        (None, None),
    ]
    assert (orders.orders, orders.text) == ((), "Hello")


def test_a_note_may_begin_on_the_commands_own_line() -> None:
    orders = read_orders("#메모 전화했습니다\n다시 전화 예정")
    assert orders.has(Command.NOTE)
    assert orders.text == "전화했습니다\n다시 전화 예정"


def test_decomposed_letters_of_apple_mail_are_the_same_word() -> None:
    assert read_orders(unicodedata.normalize("NFD", "#해결")).has(Command.SOLVED)
    assert read_orders("#on hold").has(Command.HOLD)
    assert read_orders("\ufeff#\u200bsolved").has(Command.SOLVED)


def test_too_many_commands_leave_none_in_the_text() -> None:
    orders = read_orders("\n".join(["#solved"] * (MAX_COMMANDS + 5)) + "\nHello")
    assert len(orders.orders) == MAX_COMMANDS
    assert orders.unclear, "the one that is too many is reported, so that nothing is sent unasked"


@given(st.text(alphabet=st.sampled_from("#＃ \n:=abtagnote해결解決\u200b\ufeff\r\t")) | st.text())
def test_any_text_is_read_and_nothing_of_it_is_invented(text: str) -> None:
    orders = read_orders(text)
    plain = fold(text.replace("\n", "").replace("\r", ""))
    for order in orders.orders:
        assert fold(order.value) in plain
    assert len(orders.text) <= len(text) + 1
    assert len(orders.orders) + len(orders.unclear) <= MAX_COMMANDS + 1


def test_long_texts_cost_in_proportion() -> None:
    def cost(lines: int) -> float:
        text = "#" + "a" * 5_000_000 + "\n" if lines == 0 else "#tag " + "x " * lines + "\n" + "#\n" * lines
        began = time.process_time()
        read_orders(text)
        return time.process_time() - began

    assert cost(200_000) < 5
    assert cost(0) < 5


PEOPLE = (
    Named("1", ("Sujin Lee", "sujin.lee@x.test", "sujin.lee")),
    Named("2", ("이수진", "soojin@x.test", "soojin")),
    Named("3", ("Kim Minji", "kim@x.test", "kim")),
    Named("4", ("김민지", "minji@x.test", "minji")),
    Named("5", ("佐藤 花子", "sato@x.test", "sato")),
)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("Sujin Lee", "1"),
        ("sujin", "1"),
        ("LEE", "1"),
        ("이수진", "2"),
        ("@이수", "2"),
        ("김민지", "4"),
        ("佐藤", "5"),
        ("花子", "5"),
        ("sato@x.test", "5"),
        ("kim", "3"),
    ],
)
def test_people_are_found_by_what_one_calls_them(value: str, key: str) -> None:
    assert find_named(value, PEOPLE).key == key


def test_between_two_nobody_is_guessed() -> None:
    assert (
        find_named("minji", (*PEOPLE, Named("6", ("Minji Park", "p@x.test", "p")))).key == "4"
    )  # a whole name counts more
    found = find_named("Kim", (Named("1", ("Kim A", "a@x.test")), Named("2", ("Kim B", "b@x.test"))))
    assert (found.key, found.meant) == (None, ("Kim A", "Kim B"))
    assert find_named("sujn", PEOPLE).meant != ()
    assert find_named("", PEOPLE).key is None
    assert find_named("completely else", PEOPLE) == find_named("zzz", PEOPLE)


def test_mentions() -> None:
    assert mentioned("@Sujin Lee and @이수진님께 확인", PEOPLE) == ("1", "2")
    assert mentioned("write to somebody@kim.test", PEOPLE) == ()
    assert mentioned("@kim, @KIM and @kimchi", PEOPLE) == ("3",)
    assert mentioned("＠佐藤 花子さん", PEOPLE) == ("5",)
