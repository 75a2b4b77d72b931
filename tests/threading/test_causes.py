"""The vocabulary of quarantine: complete, and said in three languages."""

import re
from dataclasses import fields

import pytest

from gateway.threading.causes import CAUSES, About, Audience, Cause, Severity, Words, about, visible_to

HANGUL, KANA = re.compile("[가-힣]"), re.compile("[ぁ-ヿ]")
SENTENCES = [
    (cause, field.name, getattr(words, field.name))
    for cause, words in CAUSES.items()
    for field in fields(About)
    if isinstance(getattr(words, field.name), Words)
]


def test_every_cause_is_told_of() -> None:
    assert set(CAUSES) == set(Cause)
    assert all(re.fullmatch("[a-z][a-z_]{2,39}", cause) for cause in Cause), "the ledger's column has 40 characters"


@pytest.mark.parametrize(("cause", "name", "words"), SENTENCES, ids=[f"{cause}-{name}" for cause, name, _ in SENTENCES])
def test_each_sentence_stands_in_its_language(cause: Cause, name: str, words: Words) -> None:
    assert HANGUL.search(words.ko), "no Korean"
    assert not KANA.search(words.ko)
    assert KANA.search(words.ja) or (name == "title" and re.search("[一-鿿]", words.ja)), "no Japanese"
    assert not HANGUL.search(words.ja)
    assert words.en.isascii()
    if name != "title":
        assert words.en.endswith("."), "a sentence ends"
        assert words.ko.endswith("."), "a sentence ends"
        assert words.ja.endswith("。"), "a sentence ends"
    ours = re.findall(r"[a-z]+[._][a-z_./]+[a-z]", words.en)  # settings and files are the same in every language
    for term in ours:
        assert term in words.ko, f"{term} is missing"
        assert term in words.ja, f"{term} is missing"
    assert "|" not in words.en, "the table of docs/operations.md is made of these"


def test_what_nobody_knows_is_still_told_of() -> None:
    for unknown in (None, "", "cause_of_tomorrow"):
        assert about(unknown).seen_by is Audience.ADMIN, "what is not known is not shown to everybody"
    assert about("crashed") is CAUSES[Cause.CRASHED]
    assert about("crashed").severity is Severity.FAULT


def test_admins_see_everything_and_agents_what_is_theirs() -> None:
    assert visible_to(Audience.ADMIN) == set(Cause)
    assert Cause.NO_AUTHOR in visible_to(Audience.AGENT)
    assert Cause.DAMAGED not in visible_to(Audience.AGENT)


def test_other_languages_hear_english() -> None:
    words = CAUSES[Cause.LOOP].happened
    assert [words.said_in(language) for language in ("ko", "ja", "en", "fr")] == [
        words.ko,
        words.ja,
        words.en,
        words.en,
    ]
