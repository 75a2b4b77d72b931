"""Ratings by plain answer: precise before complete, on whole answers that were typed for this."""

import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gateway.mail.rating import LONGEST_LOOKED_AT, Rating, declines, read_rating
from gateway.mail.rating_words import FACES, NO_SURVEYS, PHRASES
from gateway.notify.survey import LABELS, NO_SURVEYS_ANSWER

CASES = YAML(typ="safe").load((Path(__file__).parent / "ratings.yaml").read_text("utf-8"))
ALONE = [(text, value) for group in ("alone", "praise") for value, texts in CASES[group].items() for text in texts]


def test_there_are_enough_examples() -> None:
    assert len(ALONE) + len(CASES["with_words"]) + len(CASES["none"]) >= 280


@pytest.mark.parametrize(("text", "value"), ALONE)
def test_a_rating_alone(text: str, value: int) -> None:
    assert read_rating(text, 5) == Rating(value)


@pytest.mark.parametrize(("text", "value", "asks"), CASES["with_words"])
def test_a_rating_with_words(text: str, value: int, asks: bool) -> None:
    found = read_rating(text, 5)
    assert found is not None
    assert (found.value, found.wants_answer) == (value, asks)
    assert found.words
    assert found.words in text


@pytest.mark.parametrize("text", CASES["none"])
@pytest.mark.parametrize("scale", [2, 3, 5])
def test_what_is_no_rating(text: str, scale: int) -> None:
    assert read_rating(text, scale) is None


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [
        ("3", 3, 3), ("3", 2, None), ("4", 3, None), ("5", 3, None), ("5/5", 3, 3), ("1/5", 3, 1), ("3/5", 3, None),
        ("2", 2, 2), ("1", 2, 1), ("👍", 2, 2), ("👎", 2, 1), ("👍", 3, 3), ("😐", 2, None), ("😐", 3, 2), ("good", 2, 2),
        ("좋아요", 3, 3), ("별로예요", 3, 1), ("보통", 2, None), ("最悪です", 2, 1), ("満足です", 2, 2), ("★★★★★", 3, None),
        ("★★★", 3, 3), ("★☆", 2, 1), ("★★☆☆☆", 3, None), ("10/10", 2, 2), ("4/5", 5, 4), ("not satisfied", 2, 1),
    ],
)  # fmt: skip
def test_every_scale(text: str, scale: int, value: int | None) -> None:
    found = read_rating(text, scale)
    assert (found.value if found else None) == value


def test_what_our_own_mail_calls_each_answer_is_understood() -> None:
    for labels in LABELS.values():
        for scale, words in labels.items():
            for value, label in enumerate(words, 1):
                assert read_rating(label, scale) == Rating(value), label
                assert read_rating(f"{value}  {label}", scale) == Rating(value), label
    assert all(declines(answer) for answer in NO_SURVEYS_ANSWER.values())


def test_a_name_in_the_last_line_is_a_signature() -> None:
    assert read_rating("5\n홍길동", 5, author_name="홍길동") == Rating(5)


@pytest.mark.parametrize(
    "text", [*NO_SURVEYS, "No more surveys.", "NO SURVEYS!", "설문 그만 보내주세요.", "アンケートは不要です。"]
)
def test_ways_to_want_no_more_surveys(text: str) -> None:
    assert declines(text)
    assert read_rating(text, 5) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "no",
        "stop",
        "no more questions",
        "I want no more surveys about lamps, only about cables",
        "설문",
        "거부",
        "不要",
    ],
)
def test_what_does_not_say_so(text: str) -> None:
    assert not declines(text)


def test_no_phrase_has_two_meanings() -> None:
    seen: dict[str, int] = {}
    for level, phrases in PHRASES.items():
        for phrase in phrases:
            assert seen.setdefault(phrase, level) == level, phrase
    faces = [face for faces in FACES.values() for face in faces]
    assert len(faces) == len(set(faces))


def test_another_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="scale"):
        read_rating("5", 7)


@pytest.mark.parametrize(
    "text",
    [
        "5" + "\n" * 3900 + "1",
        "5" + " " * 3900 + "x",
        "★" * 4000,
        "5, " * 1300,
        "1 " * 2000,
        "\ufdfa" * 3999,
        "5 - " + "- " * 1900,
    ],
)
def test_hostile_answers_cost_nothing(text: str) -> None:
    start = time.process_time()
    read_rating(text[:LONGEST_LOOKED_AT], 5)
    declines(text)
    assert time.process_time() - start < 0.5
