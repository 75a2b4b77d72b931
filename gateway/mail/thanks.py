"""Is this mail nothing but thanks, or "read and understood"? Then a solved ticket stays solved.

Deterministic and strict: a mail is thanks only if every sentence of it is known to be (thanks_words.py). One unknown sentence, a
question mark or a digit makes it a mail that somebody has to read.
"""

import re
from collections.abc import Sequence

from gateway.mail.thanks_words import NEUTRAL, THANKS

LENGTH_LIMIT = 600  # characters; longer mails say more than thanks
LINES_LIMIT = 14

_SENTENCE_ENDS = re.compile(r"[\n.!,;:~。、！，．…]+|(?<=\))\s|\s[-–—]\s")
_DECORATION = re.compile(
    r"[\s\"'“”‘’()（）\[\]*_·・\-–—=^ㅎㅋ♡♥❤☺★☆\u2600-\u27bf\ufe0e\ufe0f\u200d\u2060\u200b]+|[\U0001f300-\U0001faff]"
)
_SAD = re.compile(r"[?？\d０-９ㅠㅜ😢😭😡😠☹👎💔]|[:;]-?\(|TT(?:\s|$)|T_T")
_THUMBS = re.compile(r"[👍🙏❤😊🙂😀😄👌♥]")
_ADDRESSEE = re.compile(r"(?:[^\W\d_]{1,10}\s?){1,3}(?:님|님께|様|さま|さん|御中)$")
_GREETED = re.compile(r"(?:hi|hello|hey|dear|hallo|liebe[rs]?|bonjour|hola|ciao|hej)\s(?:[a-z.'’-]{1,20}\s?){1,3}$")
_VOCATIVE = re.compile(r"^(?:[가-힣]{2,8}(?:님|팀)|[^\W\d_]{1,8}(?:様|さん))\s+(?=\S)")
_NAME = re.compile(r"(?:[A-Z][a-zà-ÿ'’-]{1,20}|[A-Z]\.)(?:\s(?:[A-Z][a-zà-ÿ'’-]{1,20}|[A-Z]\.)){0,2}$")
_SIGNED = re.compile(r"[가-힣]{2,5}\s?(?:드림|올림|배상)$")
# Words that stand alone at the end of a mail but are no name.
_NO_NAME = frozenset(
    ("refund", "cancel", "help", "urgent", "please", "still", "broken", "error", "no", "not", "stop", "wrong", "failed",
     "again", "unsubscribe", "however", "but", "question", "attached", "see", "call", "waiting", "asap", "bug", "problem",
     "today", "tomorrow", "never")
)  # fmt: skip


def _compact(text: str) -> str:
    return _DECORATION.sub("", text.lower())


_PHRASES = frozenset(_compact(phrase) for phrase in THANKS)
_NEUTRAL = frozenset(_compact(phrase) for phrase in NEUTRAL)
_LONGEST = max(map(len, _PHRASES))


def is_thanks(text: str, *, author_name: str = "") -> bool:
    """Say whether the text is thanks only. ``author_name`` is the display name of From: lines with nothing but it count as a signature."""
    if len(text) > LENGTH_LIMIT or _SAD.search(text):
        return False
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not lines or len(lines) > LINES_LIMIT:
        return False
    own = {_compact(part) for part in (author_name, *author_name.split()) if part.strip()}
    said = bool(_THUMBS.search(text))
    for number, line in enumerate(lines):
        if _is_name(lines, number, own) or (number == 0 and _greets(line)):
            continue
        for sentence in _SENTENCE_ENDS.split(line):
            compact = _compact(_VOCATIVE.sub("", sentence.strip()))
            if not compact or compact in own:
                continue
            found = _phrases_of(compact)
            if found is None:
                return False
            said = said or any(phrase not in _NEUTRAL for phrase in found)
    return said


def _greets(line: str) -> bool:
    bare = line.rstrip(" ,.!:;、，")
    return len(bare) <= 30 and bool(_ADDRESSEE.match(bare) or _GREETED.match(bare.lower()))


def _is_name(lines: Sequence[str], number: int, own: set[str]) -> bool:
    """The author's own name, "홍길동 드림", or a name in Latin letters as the last line."""
    bare = lines[number].strip(" ,.-~/")
    if _compact(bare) in own or _SIGNED.match(bare):
        return True
    if number == 0 or number != len(lines) - 1 or not _NAME.match(bare):
        return False
    return not any(word.lower().strip(".") in _NO_NAME for word in bare.split()) and _compact(bare) not in _PHRASES


def _phrases_of(compact: str) -> list[str] | None:
    """Split into known phrases without a rest, or None. Reaches each place once: linear in the length."""
    came_from: dict[int, int] = {0: 0}
    for start in range(len(compact)):
        if start in came_from:
            for end in range(start + 1, min(len(compact), start + _LONGEST) + 1):
                if end not in came_from and compact[start:end] in _PHRASES:
                    came_from[end] = start
    if len(compact) not in came_from:
        return None
    found: list[str] = []
    end = len(compact)
    while end:
        found.append(compact[came_from[end] : end])
        end = came_from[end]
    return found
