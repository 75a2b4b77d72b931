"""Is this answer a rating? "5", "4/5", "★★★★☆", "👍", "좋아요", "最悪です", "great, thanks" (docs/csat.md).

For answers to the very mail that asked. Deterministic, and precise before it is complete: an answer that is not surely a rating is
none, and a person reads it. Every pattern is anchored and looks at one short sentence, so the cost is linear.
"""

import re
import unicodedata
from dataclasses import dataclass

from gateway.mail.rating_words import FACES, GOOD, NO_SURVEYS, PHRASES
from gateway.mail.thanks import is_thanks

LONGEST_LOOKED_AT = 4000  # characters of an answer
_LONGEST_SENTENCE = 60
_BEST = 4

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufe0e\ufe0f\u20e3\u00ad\ufeff\U0001f3fb-\U0001f3ff]")
_SENTENCES = re.compile(r"[\n,;。、！!~…]+|\.(?=\s|$|\.)|(?<=[^\W\d_])[.:](?=\s|$)|\s[-–—]\s")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n[ \n]*")
_AFTER_STARS = re.compile(r"(?<=[★⭐🌟✭][★☆⭐🌟✭✩]) (?=\w)")
_MARKS = re.compile(r"[\s.,!~…。、！·・*_\"'“”‘’()\[\]（）「」^ㅎ:=]+")

_NUMBER = re.compile(
    r"(?:(?:my\s)?(?:rating|score|grade|vote|answer)(?:\sis)?|(?:i(?:'d|\swould)?\s)?(?:give|rate)(?:\s(?:it|you|this))?(?:\sa)?"
    r"|평점|별점|점수|만족도|평가|評価|点数|満足度)?\s?(?:[:=]|은|는|は)?\s?"
    r"(?P<value>\d{1,3}|one|two|three|four|five)"
    r"(?:\s?(?:/|out\sof|of)\s?(?P<most>\d{1,3}))?"
    r"\s?(?P<unit>stars?|points?|점(?:\s?만점)?|点(?:満点)?|つ星|별|★|%)?"
    r"\s?(?:드립니다|드려요|드릴게요|줄게요|줍니다|입니다|이에요|예요|이요|요|です|でした|をつけます|にします)?"
)
_MARKS_OF_MANY = re.compile(r"(?P<full>[★⭐🌟✭]{1,5})(?P<empty>[☆✩]{0,4})|(?P<none>[☆✩]{2,5})")
_OF_FIVE = re.compile(r"(?P<most>\d{1,3})점\s?만점에\s?(?P<value>\d{1,3})점?\s?(?:입니다|이에요|요|드립니다|드려요)?")
_WORDS_FOR = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_LABELLED = re.compile(r"(?P<value>[1-5])\s?(?:/\s?[235])?\s?[-–:(.]?\s?(?P<label>[^\d\s(][^\d]{0,40})")
_LISTED = re.compile(r"\s*\d{1,2}[.)]\s*\S")  # "1. The lamp ..." numbers a list
_RATED_AND_MORE = re.compile(
    r"(?P<rating>\d{1,3}\s?/\s?\d{1,3}|[1-5](?:점|点|\sstars?)?|[★⭐🌟]{1,5}[☆✩]{0,4})"
    r"\s*(?:[,;!。、！]|(?<=[점点])\.|\s[-–—]\s|:\s|\n)\s*(?P<rest>[^\d\s].*)",
    re.DOTALL,
)
_ASKS = re.compile(
    r"[?？]|\b(?:but|however|although|still|not|no|never|please|when|where|why|how|what|who|can|could|would|should|need|help|refund|wait(?:ing)?"
    r"|problem|issue|broken|again|except|only|wish|also|cancel|question|want|n't)\b|n't\b|n’t\b"
    r"|하지만|그런데|근데|다만|그러나|아직|안\s?(?:되|됩|돼|와|왔)|못\s?|않|언제|어떻게|왜|어디|문의|부탁|해\s?주세요|해\s?주십|바랍니다|주실|나요|까요|환불|취소"
    r"|문제|오류|고장|질문|궁금|필요|는데|지만|습니까"
    r"|しかし|ですが|けど|まだ|ません|ない|なかった|ください|下さい|お願い|でしょうか|ですか|ますか|いつ|なぜ|どう|どこ|返金|キャンセル|問題|質問|壊れ|不具合|のに|が、",
    re.IGNORECASE,
)
_MOST_PRAISE = 300  # characters of praise that nobody has to read; longer answers say more
_SCALES = (2, 3, 5)
_MOSTS = (2, 3, 5, 10, 100)  # of other scales, which people use whatever they were asked


def _compact(text: str) -> str:
    return _MARKS.sub("", text.lower())


_LEVELS = {_compact(phrase): level for level, phrases in PHRASES.items() for phrase in phrases}
_FACES = {face: level for level, faces in FACES.items() for face in faces if face != "\ufe0f"}
_DECLINES = frozenset(_compact(phrase) for phrase in NO_SURVEYS)


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody answered. ``words``: what they wrote besides, "" where that is nothing but thanks and a name."""

    value: int  # 1 (worst) to the scale
    words: str = ""
    wants_answer: bool = False  # the words may ask something: a person has to read them


def read_rating(reply: str, scale: int, *, author_name: str = "") -> Rating | None:
    """The rating in an answer to our question, None where it is not surely one.

    ``reply``: what they wrote this time, without quotations. ``scale``: 2, 3 or 5. ``author_name``: of From; lines with nothing
    but it are a signature. ValueError for another scale.
    """
    if scale not in _SCALES:
        raise ValueError(f"there is no scale of {scale}")
    text = _tidy(reply)
    if not text or _LISTED.match(text):
        return None
    alone = _alone(text, scale, author_name)
    return Rating(alone) if alone is not None else _with_words(text, scale, author_name)


def declines(reply: str) -> bool:
    """Is the whole answer one of the ways to want no more surveys?"""
    text = _tidy(reply)
    return 0 < len(text) <= _LONGEST_SENTENCE and _compact(text) in _DECLINES


def _tidy(reply: str) -> str:
    """In one spelling, with single blanks and line ends; "" for what is too long to look at."""
    if len(reply) > LONGEST_LOOKED_AT:
        return ""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", reply)).strip()
    if len(text) > LONGEST_LOOKED_AT:
        return ""
    return _AFTER_STARS.sub("\n", _LINE_ENDS.sub("\n", _BLANKS.sub(" ", text)))


def _alone(text: str, scale: int, author_name: str) -> int | None:
    """The one value that all sentences agree on which are no thanks; None where a sentence is neither."""
    whole = _value(text, scale)
    if whole is not None:
        return whole
    if "?" in text or len(text) > 600:
        return None
    values = set()
    for line in text.split("\n"):
        if not line.strip():
            continue
        value = _value(line, scale)
        for sentence in [line] if value is not None else _SENTENCES.split(line):
            value = _value(sentence, scale)
            if value is not None:
                values.add(value)
            elif _compact(sentence) and not _is_courtesy(sentence, author_name):
                return None
    return values.pop() if len(values) == 1 else None


def _with_words(text: str, scale: int, author_name: str) -> Rating | None:
    """A rating in figures or stars at the very beginning, parted from what follows. Words for a rating prove nothing there."""
    found = _RATED_AND_MORE.fullmatch(text)
    if found is None:
        return None
    value = _value(found["rating"], scale)
    rest = found["rest"].strip()
    if value is None or any(_value(line, scale) not in (None, value) for line in rest.split("\n")):
        return None
    if _is_courtesy(rest, author_name):
        return Rating(value)
    is_praise = (value - 1) / (scale - 1) > 0.5 and len(rest) <= _MOST_PRAISE and not _ASKS.search(rest)
    return Rating(value, rest, wants_answer=not is_praise)


def _is_courtesy(text: str, author_name: str) -> bool:
    """Thanks, a greeting or a name, and nothing else."""
    return is_thanks(f"감사합니다\n{text}", author_name=author_name)


def _value(sentence: str, scale: int) -> int | None:
    """What a whole sentence says, None where it says anything else."""
    sentence = sentence.strip().strip(".!~。！ ")
    if not sentence or len(sentence) > _LONGEST_SENTENCE:
        return None
    level = _LEVELS.get(_compact(sentence))
    if level is None:
        level = _face(sentence)
    if level is not None:
        return _of_level(level, scale)
    return _in_figures(sentence.lower(), scale)


def _face(sentence: str) -> int | None:
    faces = {character for character in sentence if not character.isspace()}
    return _FACES.get(faces.pop()) if len(faces) == 1 else None


def _in_figures(sentence: str, scale: int) -> int | None:
    stars = _MARKS_OF_MANY.fullmatch(sentence)
    if stars is not None:
        full, empty = len(stars["full"] or ""), len(stars["empty"] or stars["none"] or "")
        return _fraction(full, full + empty, scale) if empty else _fraction(full, scale, scale) if full else None
    found = _OF_FIVE.fullmatch(sentence) or _NUMBER.fullmatch(sentence)
    if found is None:
        return _labelled(sentence, scale)
    value = _WORDS_FOR.get(found["value"]) or int(found["value"])
    most = int(found["most"]) if found["most"] else None
    unit = found.groupdict().get("unit") or ""
    if most is None and (unit == "%" or (value == 100 and unit.startswith(("점", "点")))):
        most = 100
    if most is None and len(found["value"]) > 1 and found["value"].startswith("0"):
        return None
    if value == 0:
        return 1 if most in _MOSTS or unit in ("점", "点") else None
    return _fraction(value, most if most is not None else scale, scale)


def _labelled(sentence: str, scale: int) -> int | None:
    """ "5 Very satisfied", as the mail writes it: where figure and words agree."""
    found = _LABELLED.fullmatch(sentence)
    if found is None:
        return None
    level = _LEVELS.get(_compact(found["label"]))
    if level is None or _of_level(level, scale) != int(found["value"]):
        return None
    return int(found["value"])


def _fraction(value: int, most: int, scale: int) -> int | None:
    """So many of so many on our scale; of another scale than ours only the two ends are sure."""
    if most == scale:
        return value if 1 <= value <= scale else None
    if most not in _MOSTS:
        return None
    if value == most:
        return scale
    return 1 if value == 0 or (value == 1 and most in (5, 10)) else None


def _of_level(level: int, scale: int) -> int | None:
    """The place of a word on our scale; a middle that a scale of two does not have is none."""
    match scale:
        case 5:
            return level + 1
        case 3:
            return 1 if level < 2 else 2 if level == 2 else 3
        case _:
            return None if level == 2 else 2 if level >= GOOD else 1
