"""In which language is this text? Told by its Unicode scripts, so the same text always gives the same answer.

Only the languages the notices are written in can be the answer; everything else is None, and the brand's language holds.
"""

import re
from collections import Counter

_ENOUGH_WORDS = 5
LOOKED_AT_IN_ASCII = 1_500
LOOKED_AT = 20_000  # characters: enough to tell, and a bound for long mails

_NOISE = re.compile(
    r"https?://[^\s<>]{1,400}|www\.[^\s<>]{1,400}|[\w.+%-]{1,64}@[\w.-]{1,255}|&[a-z]{2,6};", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# The commonest words of English prose. One German or Spanish mail in plain ASCII holds few of them; an English one holds many.
_ENGLISH = frozenset((
    "a", "about", "after", "again", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "before",
    "but", "by", "can", "cannot", "can't", "could", "did", "didn't", "do", "does", "doesn't", "don't", "for", "from",
    "get", "got", "had", "has", "have", "having", "hello", "here", "hi", "how", "i", "i'm", "i've", "if", "in", "is",
    "isn't", "it", "it's", "just", "know", "let", "like", "me", "my", "need", "new", "no", "not", "now", "of", "on",
    "one", "only", "or", "our", "out", "please", "so", "some", "still", "than", "thank", "thanks", "that", "the",
    "their", "them", "then", "there", "these", "they", "this", "to", "try", "up", "us", "was", "we", "what", "when",
    "where", "which", "who", "why", "will", "with", "won't", "work", "working", "would", "yes", "yet", "you", "your",
))  # fmt: skip
_FOREIGN = frozenset((
    "der", "die", "das", "und", "ist", "nicht", "ich", "wir", "sie", "mit", "auf", "für", "ein", "eine", "bitte",
    "danke", "le", "la", "les", "des", "est", "une", "pas", "nous", "vous", "je", "et", "pour", "merci", "avec",
    "dans", "el", "los", "las", "que", "por", "para", "con", "una", "gracias", "no-es", "il", "di", "che", "non",
    "per", "sono", "grazie", "del", "della", "het", "een", "niet", "van", "voor", "ik", "bedankt", "dank", "met",
    "dat", "os", "não", "obrigado", "uma", "com", "em", "jest", "nie", "się", "na", "dziękuję", "jag", "och", "att",
    "det", "inte", "tack", "som", "er", "til", "ikke", "og", "tak", "ve", "bir", "bu", "için",
))  # fmt: skip


def language_of(text: str) -> str | None:
    """Return "ko", "ja" or "en", or None where the scripts do not tell.

    Hangul speaks for Korean and kana for Japanese; Chinese characters alone speak for neither. Latin letters are English only
    where they are plain ASCII and read like English. Web and mail addresses and numbers are left out.
    """
    if text[:LOOKED_AT].isascii():  # most English mail: letters need no counting, and its beginning is enough
        sample = _NOISE.sub(" ", text[:LOOKED_AT_IN_ASCII])
        return _latin(sample, sum(map(str.isalpha, sample)), 0, 0)
    sample = _NOISE.sub(" ", text[:LOOKED_AT])
    hangul = kana = han = latin = accented = other = 0
    for character, count in Counter(sample).items():
        code = ord(character)
        if code < 0x80:
            latin += count * character.isalpha()
        elif (
            0xAC00 <= code <= 0xD7A3 or 0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F or 0xA960 <= code <= 0xA97F
        ):
            hangul += count
        elif 0x3041 <= code <= 0x30FA or 0xFF66 <= code <= 0xFF9D:
            kana += count
        elif 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x323AF:
            han += count
        elif code < 0x250 and character.isalpha():
            accented += count
        elif character.isalpha() and not 0xFF00 <= code <= 0xFFEF:
            other += count
    # An East Asian character carries about as much as half a word of Latin letters: product names do not outweigh a sentence.
    eastern = hangul + kana + han
    if hangul or kana:
        if eastern * 8 >= latin + accented and eastern >= other:
            return "ko" if hangul >= kana else "ja"
        return None if eastern * 20 >= latin else _latin(sample, latin, accented, other + eastern)
    return None if han * 4 >= latin else _latin(sample, latin, accented, other + han)


def _latin(sample: str, latin: int, accented: int, other: int) -> str | None:
    if latin < 2 or accented * 20 > latin or other * 4 > latin:
        return None
    found = [word.lower().replace("’", "'") for word in _WORD.findall(sample)]
    english = sum(word in _ENGLISH for word in found)
    foreign = sum(word in _FOREIGN for word in found)
    if foreign:
        return "en" if english > foreign and english * 6 >= len(found) else None
    # A short note ("Tracking hasn't moved since Friday. Any news?") has few of the common words; that nothing in it speaks for
    # another language is enough, because English serves its writer better than a brand's Korean or Japanese would.
    return "en" if english or len(found) >= _ENOUGH_WORDS else None
