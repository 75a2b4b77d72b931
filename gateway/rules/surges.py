"""Many similar mails at once: tickets that share words which are otherwise rare. Pure.

A wave shows in its words ("payment", "error 4031", "결제 오류"): each is rare in the tickets before it, and suddenly stands in those of
many different people. Words that are common anyway, such as greetings, tell nothing, so a while of ordinary tickets is needed to
compare with.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST_EARLIER = 50
"""Tickets before the wave below which nothing is said: what is rare cannot be told from less."""

RARE = 0.05
"""The part of earlier tickets in which a word may stand to count as rare."""

SHARED = 2
"""Words of the wave that a ticket must have to belong to it: one may be chance."""

_MOST_TEXT, _MOST_WORDS = 4_000, 400
_RUN = re.compile(r"[^\W_]+")
_JOINED = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]"
)  # scripts that join words, or endings to them


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket that was opened lately."""

    number: int
    by: str  # address key of whoever wrote
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Surge:
    """``words``: those that make the wave, the most common first. ``tickets``: its members in order of their numbers."""

    words: tuple[str, ...]
    tickets: tuple[int, ...]


def words_of(text: str) -> frozenset[str]:
    """What of a text can tell one matter from another: words of three letters or more; of East Asian scripts, pairs of letters."""
    found: set[str] = set()
    for run in _RUN.findall(unicodedata.normalize("NFKC", text[:_MOST_TEXT]).casefold()):
        if len(found) >= _MOST_WORDS:
            break
        if _JOINED.search(run):
            found.update(run[place : place + 2] for place in range(len(run) - 1))
        elif len(run) >= 3:
            found.add(run[:40])
    return frozenset(found)


def find_surge(recent: Sequence[Opened], earlier: Sequence[frozenset[str]], least: int) -> Surge | None:
    """The wave among ``recent`` tickets, if ``least`` different people or more wrote of the same. ``earlier``: words of tickets before."""
    if len(earlier) < LEAST_EARLIER or len({one.by for one in recent}) < least:
        return None
    before = Counter(word for words in earlier for word in words)
    people: defaultdict[str, set[str]] = defaultdict(set)
    for one in recent:
        for word in one.words:
            people[word].add(one.by)
    wave = {
        word: len(by)
        for word, by in people.items()
        if len(by) >= least and before[word] <= RARE * len(earlier) and _is_more(len(by), before[word], earlier, recent)
    }
    members = [one for one in recent if len(one.words & wave.keys()) >= SHARED]
    if len({one.by for one in members}) < least:
        return None
    words = sorted(wave, key=lambda word: (-wave[word], word))
    return Surge(tuple(words), tuple(sorted(one.number for one in members)))


def belongs(words: frozenset[str], wave: Iterable[str]) -> bool:
    """Is a text about the same?"""
    return len(words & set(wave)) >= SHARED


def _is_more(people: int, before: int, earlier: Sequence[object], recent: Sequence[object]) -> bool:
    """Four times as often as in ordinary tickets at least."""
    return people >= 4 * before * len(recent) / len(earlier)
