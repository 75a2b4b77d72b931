"""Which charset unlabelled bytes are in. Mail to a Korean help desk is Korean first, so East Asian text is weighed by hand.

General detectors need a page of text; a subject has ten letters. Legacy East Asian encodings show a shape that no other
text has: nearly all Hangul in rows 16 to 40 of KS X 1001, or kana in between, or the frequent half of the Chinese characters.
"""

import codecs
import re

import charset_normalizer

_SAMPLE = 32 * 1024
_NORMALIZER_SAMPLE = 8 * 1024
_GENERAL = [
    "cp1252",
    "cp1251",
    "koi8_r",
    "cp1250",
    "iso8859_2",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp874",
    "mac_cyrillic",
    "cp866",
]
# Octets that are no letter in Windows-1252; U+2019 (0x92) and the hyphens stand inside words.
_SYMBOL_IN_WORD = re.compile(rb"[A-Za-z][\x81-\x84\x86-\x89\x8b\x8d\x8f\x90\x98\x9d\xa1-\xac\xaf-\xbf\xd7\xf7][a-z]")
_PAIR = re.compile(rb"[\x81-\xfe][\x30-\xfe]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_KANA_OR_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_HIRAGANA = re.compile(r"[\u3041-\u3093]")
_HALF_WIDTH = re.compile(r"[\uff61-\uff9f]")
_LONG_SEQUENCE = re.compile(r"[\u0800-\U0010ffff]")
_TWO_OCTET = re.compile(r"[\u0080-\u07ff]")


def is_cjk_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 beyond doubt, although another charset reads them too.

    Sequences of three octets hardly ever come about by chance; two-octet ones do in Korean text of two or three letters.
    """
    try:
        text = data[:_SAMPLE].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data[:_SAMPLE]) - 4 or error.start < 4:
            return False
        text = data[: error.start].decode("utf-8")
    long = len(_LONG_SEQUENCE.findall(text))
    return long > 0 and long >= len(_TWO_OCTET.findall(text))


def guess(data: bytes) -> str | None:
    """The codec these 8-bit bytes, which are not UTF-8, are most likely in; None if nothing fits."""
    sample = data[:_SAMPLE]
    for candidate, fits in (
        ("cp949", _is_korean),
        ("euc-jp", _is_euc_jp),
        ("cp932", _is_shift_jis),
        ("gb18030", _is_simplified),
        ("cp950", _is_traditional),
        ("cp1252", _is_western),
    ):
        if fits(sample):
            return candidate
    return _general(sample)


def _pairs(sample: bytes) -> list[bytes]:
    """The two-octet characters of a legacy East Asian text, each run read from its begin."""
    found: list[bytes] = []
    for run in _HIGH_RUN.finditer(sample):
        octets = run[0]
        found.extend(octets[i : i + 2] for i in range(0, len(octets) - 1, 2))
        if len(found) > 4000:
            break
    return found


def _partly(sample: bytes, codec: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(sample, False)
    except UnicodeDecodeError:
        return None


def _is_korean(sample: bytes) -> bool:
    text = _partly(sample, "cp949")
    if text is None:
        return False
    letters = [c for c in text if c > "\u007f"]
    hangul = sum(1 for c in letters if "\uac00" <= c <= "\ud7a3")
    ideographs = sum(1 for c in letters if "\u4e00" <= c <= "\u9fff" or "\uf900" <= c <= "\ufaff")
    # Rows 16 to 40 hold what people write; the extension of UHC holds what Western accents look like by chance.
    common = sum(1 for pair in _pairs(sample) if 0xB0 <= pair[0] <= 0xC8 and pair[1] >= 0xA1)
    return hangul > 0 and hangul >= 6 * ideographs and common * 10 >= hangul * 7


def _is_shift_jis(sample: bytes) -> bool:
    text = _partly(sample, "cp932")
    if text is None:
        return False
    wide = len(_KANA_OR_IDEOGRAPH.findall(text))
    half = len(_HALF_WIDTH.findall(text))
    return len(_HIRAGANA.findall(text)) * 8 >= wide > half and wide > 0


def _is_euc_jp(sample: bytes) -> bool:
    text = _partly(sample, "euc_jp")
    if text is None:
        return False
    wide = len(_KANA_OR_IDEOGRAPH.findall(text))
    return wide > 0 and len(_HIRAGANA.findall(text)) * 8 >= wide


def _is_simplified(sample: bytes) -> bool:
    if _partly(sample, "gb18030") is None:
        return False
    pairs = _pairs(sample)
    frequent = sum(1 for pair in pairs if 0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1)
    return len(pairs) >= 2 and frequent * 10 >= len(pairs) * 7


def _is_traditional(sample: bytes) -> bool:
    text = _partly(sample, "cp950")
    if text is None:
        return False
    pairs = _PAIR.findall(sample)
    frequent = sum(1 for pair in pairs if 0xA4 <= pair[0] <= 0xC6)
    return len(pairs) >= 2 and frequent * 10 >= len(pairs) * 7 and any(pair[1] < 0x80 for pair in pairs)


def _is_western(sample: bytes) -> bool:
    """Accented letters among plain ones, never many in a row, and no symbol inside a word."""
    letters = sum(1 for octet in sample if 0x61 <= octet | 0x20 <= 0x7A)
    runs = _HIGH_RUN.findall(sample)
    high = sum(map(len, runs))
    return bool(runs) and max(map(len, runs)) <= 3 and high <= letters and not _SYMBOL_IN_WORD.search(sample)


def _general(sample: bytes) -> str | None:
    best = charset_normalizer.from_bytes(sample[:_NORMALIZER_SAMPLE], cp_isolation=_GENERAL, threshold=0.3).best()
    return None if best is None else best.encoding
