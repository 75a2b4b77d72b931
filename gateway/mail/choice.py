"""Is this answer a choice by number? "2", "２", "②", "2번이요", "2番です", "no. 2", "2) Invoice" (docs/notices.md).

For answers to a mail that offered numbers. Deterministic and strict: beside the number there may be its own label, a greeting, thanks
and a name; with any other word the mail is a word to people. Every pattern is anchored and looks at one short line.
"""

import re
import unicodedata
from dataclasses import dataclass

from gateway.mail.thanks import is_thanks

LONGEST_LOOKED_AT = 600  # characters of an answer
_LONGEST_LINE = 120

# Among the marks: what makes a digit a keycap ("2" U+FE0F U+20E3).
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufe0e\ufe0f\u20e3\u00ad\ufeff]")
_NUMBER = re.compile(
    r"[(\[<「『]?\s?(?:(?:no|nr|number|option|choice|answer|번호|선택|番号|選択|答え)\s?[.:=]?\s?|#\s?|№\s?)?"
    r"(?:은|는|は)?\s?(?P<number>[1-9])"
    r"\s?[)\]>」』]?\s?"
    r"(?:번째|번|항목|番目|番|つ目)?\s?(?:항목|項目)?\s?(?:을|를|이|으로|로|で|を|が)?[,、]?\s?"
    r"(?:입니다|이요|이에요|예요|요|선택합니다|선택할게요|선택|부탁드립니다|부탁드려요|부탁합니다|부탁해요|할게요|하겠습니다"
    r"|です|でお願いします|でお願いいたします|お願いします|お願いいたします|お願い致します|希望します|を希望します|にします|please|pls)?"
    r"[\s.!。~,、]*",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"[(\[]?(?:no\.?\s?|#)?(?P<number>[1-9])(?:번|番)?\s?(?:[)\].:、,-]\s?|\s)\s?(?P<label>[^\s].*)", re.IGNORECASE
)
_SENTENCES = re.compile(r"[!。,、~]+\s*|(?<=\D)\.\s+|(?<=\D)\.$")
_MARKS = re.compile(r"[\s.,!?~…。、！？·・\"'“”‘’()\[\]（）「」:;/-]+")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A number from 1 to 9. ``label``: what was written behind it, to be compared with what was offered; "" for nothing."""

    number: int
    label: str = ""

    def is_for(self, offered: str) -> bool:
        """Whether nothing was written behind the number, or the label of that very choice."""
        return not self.label or _compact(self.label) == _compact(offered)


def read_choice(reply: str, *, author_name: str = "") -> Chosen | None:
    """The one number that the answer consists of; None where it says anything else.

    ``reply``: what they wrote this time, without quotations. ``author_name``: of From; lines with nothing but it are a signature.
    """
    if len(reply) > LONGEST_LOOKED_AT:
        return None
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", reply)))
    found: set[Chosen] = set()
    for line in filter(None, (line.strip() for line in text.splitlines())):
        chosen = _of_line(line, author_name)
        if chosen is None:
            return None
        found |= chosen
    return found.pop() if len(found) == 1 else None


def _of_line(line: str, author_name: str) -> set[Chosen] | None:
    """The choices in one line, none for a courtesy; None where the line says something else."""
    if len(line) > _LONGEST_LINE:
        return None
    if (whole := _number(line)) is not None:
        return {whole}
    if _is_courtesy(line, author_name):
        return set()
    found: set[Chosen] = set()
    for sentence in filter(None, (piece.strip() for piece in _SENTENCES.split(line))):
        chosen = _number(sentence)
        if chosen is not None:
            found.add(chosen)
        elif not _is_courtesy(sentence, author_name):
            labelled = _LABELLED.fullmatch(line)
            return {Chosen(int(labelled["number"]), labelled["label"])} if labelled is not None else None
    return found


def _number(text: str) -> Chosen | None:
    found = _NUMBER.fullmatch(text)
    return Chosen(int(found["number"])) if found is not None else None


def _is_courtesy(text: str, author_name: str) -> bool:
    """Thanks, a greeting or a name, and nothing else."""
    return is_thanks(f"감사합니다\n{text}", author_name=author_name)


def _compact(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).casefold())
