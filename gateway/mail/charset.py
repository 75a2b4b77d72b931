"""Bytes to text, for mail whose label is often wrong (RFC 2045 section 6, RFC 2046 section 4.1.2).

The ladder: the superset of what the label says, strict UTF-8, a list of likely charsets, a guess, U+FFFD. Every rung but the
first is a defect, so that a reader of the ticket can see that letters may be wrong. Codecs come from an allow-list: a label
must never reach Python's ``rot13``, ``zlib`` or ``unicode_escape``, and UTF-7 is refused because it hides markup.
"""

import codecs
import re
from dataclasses import dataclass

from gateway.mail.guess import guess, is_cjk_utf8
from gateway.mail.iso2022 import decode_euc_jp, decode_hz, decode_iso_2022_jp, decode_iso_2022_kr

_WESTERN = "western"  # not a codec: UTF-8 if it fits, else Windows-1252, whatever iso-8859-1 or us-ascii claims
_REFUSED = "refused"

_GROUPS: dict[str, str] = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 x-utf-8 cp65001 utf-8-sig csutf8",
    "cp949": "euc-kr euckr ks-c-5601-1987 ks-c-5601-1989 ks-c-5601 ksc5601 ksc-5601 kscx1001 ks-x-1001 iso-ir-149 korean "
    "cseuckr csksc56011987 windows-949 ms949 cp949 949 uhc x-windows-949 ksc-5601-1987 ksc5601-1987",
    "gb18030": "gb2312 gbk gb18030 gb-2312-80 gb2312-80 euc-cn euccn cp936 936 ms936 windows-936 x-gbk csgb2312 chinese iso-ir-58 "
    "csiso58gb231280 csgb18030",
    "cp932": "shift-jis shiftjis sjis x-sjis x-ms-cp932 ms-kanji windows-31j cp932 932 csshiftjis cswindows31j ms932 shift-jis-2004",
    "cp950": "big5 big-5 cn-big5 x-x-big5 csbig5 cp950 950 windows-950",
    "big5hkscs": "big5-hkscs big5hkscs",
    "cp874": "windows-874 cp874 tis-620 tis620 iso-8859-11 iso8859-11 x-windows-874",
    _WESTERN: "iso-8859-1 iso8859-1 iso88591 latin1 latin-1 l1 cp819 ibm819 iso-ir-100 csisolatin1 us-ascii ascii usascii us "
    "ansi-x3.4-1968 ansi-x3.4-1986 iso-ir-6 iso646-us cp367 ibm367 csascii 646 windows-1252 cp1252 x-ansi ansi",
    "cp1254": "iso-8859-9 iso8859-9 latin5 windows-1254 cp1254",
    "cp1255": "iso-8859-8-i windows-1255 cp1255 iso-8859-8-e",
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 x-cp1251 win-1251",
    "cp1253": "windows-1253 cp1253",
    "cp1256": "windows-1256 cp1256",
    "cp1257": "windows-1257 cp1257",
    "cp1258": "windows-1258 cp1258",
    "iso8859-2": "iso-8859-2 iso8859-2 latin2 l2",
    "iso8859-3": "iso-8859-3 iso8859-3",
    "iso8859-4": "iso-8859-4 iso8859-4",
    "iso8859-5": "iso-8859-5 iso8859-5 cyrillic",
    "iso8859-6": "iso-8859-6 iso8859-6 arabic iso-8859-6-i iso-8859-6-e",
    "iso8859-7": "iso-8859-7 iso8859-7 greek",
    "iso8859-8": "iso-8859-8 iso8859-8 hebrew",
    "iso8859-10": "iso-8859-10 iso8859-10",
    "iso8859-13": "iso-8859-13 iso8859-13",
    "iso8859-14": "iso-8859-14 iso8859-14",
    "iso8859-15": "iso-8859-15 iso8859-15 latin9 latin-9 l9",
    "iso8859-16": "iso-8859-16 iso8859-16",
    "koi8-r": "koi8-r koi8r koi8 cskoi8r koi",
    "koi8-u": "koi8-u koi8u",
    "cp866": "cp866 ibm866 866",
    "cp437": "cp437 ibm437 437",
    "cp850": "cp850 ibm850 850",
    "mac-roman": "macintosh mac macroman mac-roman x-mac-roman csmacintosh",
    "mac-cyrillic": "x-mac-cyrillic mac-cyrillic",
    "johab": "johab cp1361 ms1361 x-johab windows-1361",
    "utf-16": "utf-16 utf16 ucs-2 iso-10646-ucs-2",
    "utf-16-le": "utf-16le utf-16-le",
    "utf-16-be": "utf-16be utf-16-be",
    "utf-32": "utf-32 utf32",
    "iso-2022-jp": "iso-2022-jp iso2022-jp iso2022jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-2004 iso-2022-jp-ms "
    "cp50220 cp50221 cp50222 x-windows-iso2022jp csiso2022jp2 jis",
    "iso-2022-kr": "iso-2022-kr iso2022-kr iso2022kr csiso2022kr",
    "euc-jp": "euc-jp eucjp x-euc-jp x-eucjp ujis cseucpkdfmtjapanese euc-jp-ms cp51932",
    "hz": "hz hz-gb-2312 hz-gb",
    _REFUSED: "utf-7 utf7 unicode-1-1-utf-7 x-unicode-2-0-utf-7 csunicode11utf7",
}
_CODEC = {alias: codec for codec, aliases in _GROUPS.items() for alias in aliases.split()}
_LOOSE = {alias.replace("-", ""): codec for alias, codec in _CODEC.items()}
_OWN = {
    "iso-2022-jp": decode_iso_2022_jp,
    "iso-2022-kr": decode_iso_2022_kr,
    "euc-jp": decode_euc_jp,
    "hz": decode_hz,
}
_EAST_ASIAN = frozenset(
    {"cp949", "gb18030", "cp932", "cp950", "big5hkscs", "johab", "euc-jp", "iso-2022-jp", "iso-2022-kr", "hz"}
)
_REPAIR_LIMIT = 256 * 1024

# A text without these octets and without the eighth bit is the same in every charset but UTF-16 and UTF-32.
_STATEFUL = re.compile(rb"[\x0e\x1b]|~\{")
_NUL = re.compile(rb"\x00")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the codec that made it, and what was wrong on the way (None: the label was right)."""

    text: str
    codec: str
    defect: str | None = None


def codec_for(label: str | None) -> str | None:
    """Our name for the codec that a charset label means; None where it means nothing to us."""
    if not label:
        return None
    name = label.strip().strip("\"'").lower().replace("_", "-").split(";")[0].split("*")[0].strip()
    return _CODEC.get(name) or _loosely(name)


def _loosely(name: str) -> str | None:
    """Labels as people type them into programs: "cp-1251", "win1251", "1251", "x-euc-kr"."""
    bare = name.replace("-", "").removeprefix("x")
    if bare.startswith("win") and not bare.startswith("windows"):
        bare = f"windows{bare[3:]}"
    return _LOOSE.get(bare) or _LOOSE.get(f"cp{bare}")


def decode(data: bytes, label: str | None, *, hint: str | None = None) -> Decoded:
    """Decode mail text by the ladder; never raises, never yields a lone surrogate.

    ``label`` is the charset the mail states for these bytes, ``hint`` one that it states elsewhere (a header in raw 8-bit bytes
    is often written in the body's charset).
    """
    codec = codec_for(label)
    if codec not in ("utf-16", "utf-16-le", "utf-16-be", "utf-32") and data.isascii() and not _STATEFUL.search(data):
        refused = "UTF-7 is not decoded" if codec == _REFUSED else _unknown(label, codec)
        return Decoded(data.decode("ascii"), codec or "us-ascii", refused)
    if codec == _WESTERN:
        return _western(data, label)
    if codec is not None and codec != _REFUSED:
        exact = _strict(data, codec)
        if exact is not None:
            if codec != "utf-8" and not codec.startswith("utf-") and codec not in _OWN and is_cjk_utf8(data):
                return Decoded(data.decode("utf-8"), "utf-8", f"charset {_shown(label)} is wrong: the text is UTF-8")
            return Decoded(exact, codec)
        return _mislabelled(data, label, codec, hint)
    return _unlabelled(data, label, codec, hint)


def _western(data: bytes, label: str | None) -> Decoded:
    """ISO 8859-1 and US-ASCII are what software writes that knows no better: UTF-8, ISO-2022 and Korean hide under it."""
    text = _strict(data, "utf-8")
    if text is not None and not data.isascii():
        return Decoded(text, "utf-8", f"charset {_shown(label)} is wrong: the text is UTF-8")
    escaped = _escaped(data)
    if escaped is not None:
        return Decoded(escaped.text, escaped.codec, f"charset {_shown(label)} is wrong: the text is {escaped.codec}")
    if text is not None:
        return Decoded(text, "us-ascii")
    found = guess(data)
    if found is not None and found in _EAST_ASIAN:
        strict = _strict(data, found)
        if strict is not None:
            return Decoded(strict, found, f"charset {_shown(label)} is wrong: the text is {found}")
    # Five octets mean nothing in Windows-1252; the ISO 8859-1 reading of them is a control character.
    undeclared = codec_is_ascii(label)
    defect = f"8-bit text in charset {_shown(label)}: read as windows-1252" if undeclared else None
    return Decoded(data.decode("cp1252", "replace"), "cp1252", defect)


def codec_is_ascii(label: str | None) -> bool:
    """Whether the label promises seven bits only."""
    return (label or "").lower().replace("_", "-").endswith(("ascii", "x3.4-1968", "646"))


def _mislabelled(data: bytes, label: str | None, codec: str, hint: str | None) -> Decoded:
    """The label names a charset, and the bytes are not in it."""
    text = _strict(data, "utf-8")
    if text is not None and not data.isascii():
        return Decoded(text, "utf-8", f"charset {_shown(label)} is wrong: the text is UTF-8")
    escaped = _escaped(data)
    if escaped is not None:
        return Decoded(escaped.text, escaped.codec, f"charset {_shown(label)} is wrong: the text is {escaped.codec}")
    repaired = _repaired(data, codec)
    if repaired.text.count("\ufffd") * 20 <= len(repaired.text):
        return repaired
    other = _fallback(data, hint)
    if other is not None and other.codec != codec:
        return Decoded(other.text, other.codec, f"charset {_shown(label)} is wrong: read as {other.codec}")
    return repaired


def _unlabelled(data: bytes, label: str | None, codec: str | None, hint: str | None) -> Decoded:
    """No label, or none that we know."""
    said = f"charset {_shown(label)} is unknown" if label else "no charset stated"
    if codec == _REFUSED:
        said = "UTF-7 is not decoded"
    escaped = _escaped(data)
    if escaped is not None:
        return Decoded(escaped.text, escaped.codec, f"{said}: read as {escaped.codec}")
    text = _strict(data, "utf-8")
    if text is not None:
        return Decoded(text, "utf-8", f"{said}: read as utf-8")
    other = _fallback(data, hint)
    if other is not None:
        return Decoded(other.text, other.codec, f"{said}: read as {other.codec}")
    repaired = _repaired(data, "utf-8")
    return Decoded(repaired.text, "utf-8", f"{said}: some bytes could not be decoded")


def _fallback(data: bytes, hint: str | None) -> Decoded | None:
    hinted = codec_for(hint)
    if hinted is not None and hinted not in (_WESTERN, _REFUSED):
        text = _strict(data, hinted)
        if text is not None:
            return Decoded(text, hinted)
    found = guess(data)
    if found is not None:
        text = _strict(data, found)
        if text is None:
            repaired = _repaired(data, found)
            return Decoded(repaired.text, found)
        return Decoded(text, found)
    return None


def _escaped(data: bytes) -> Decoded | None:
    """ISO-2022 that nobody labelled: its escape sequences give it away."""
    if b"\x1b$" not in data:
        return None
    codec = "iso-2022-kr" if b"\x1b$)C" in data else "iso-2022-jp"
    text = _OWN[codec](data)
    return None if text is None else Decoded(text, codec)


def _strict(data: bytes, codec: str) -> str | None:
    own = _OWN.get(codec)
    if own is not None:
        return own(data)
    try:
        return _sound(data.decode(codec))
    except (UnicodeError, ValueError):
        return None


def _sound(text: str) -> str | None:
    """The text unless a codec made lone surrogates up, which is not Unicode text."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return text.removeprefix("\ufeff")


def _repaired(data: bytes, codec: str) -> Decoded:
    """As much as can be read in this codec, U+FFFD for the rest.

    Software that folds lines by octets cuts characters in two: the halves are put together again, before the line end.
    """
    python = {
        "iso-2022-jp": "cp932",
        "iso-2022-kr": "cp949",
        "euc-jp": "euc_jp",
        "hz": "gb18030",
        _WESTERN: "cp1252",
    }.get(codec, codec)
    errors = "gateway-halves" if len(data) <= _REPAIR_LIMIT else "replace"
    try:
        text = data.decode(python, errors)
    except (UnicodeError, ValueError, LookupError):
        text = data.decode("utf-8", "replace")
    text = _sound(text) or text.encode("utf-8", "replace").decode("utf-8")
    if "\ufffd" in text:
        return Decoded(text, codec, f"some bytes are not {codec}")
    return Decoded(text, codec, "characters cut at line ends were put together")


def _join_halves(error: UnicodeError) -> tuple[str, int]:
    """Error handler of codecs: a character cut by a line end becomes whole, anything else U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, start = error.object, error.start
    for length in (1, 2, 3):
        line_end = data[start + length : start + length + 2]
        width = 2 if line_end == b"\r\n" else 1 if line_end[:1] == b"\n" else 0
        if not width:
            continue
        rest = start + length + width
        for more in (1, 2, 3):
            try:
                character = (data[start : start + length] + data[rest : rest + more]).decode(error.encoding)
            except UnicodeDecodeError:
                continue
            if len(character) == 1:
                return character + "\n", rest + more
        break
    return "\ufffd", max(error.end, start + 1)


codecs.register_error("gateway-halves", _join_halves)


def _unknown(label: str | None, codec: str | None) -> str | None:
    return f"charset {_shown(label)} is unknown" if label and codec is None else None


def _shown(label: str | None) -> str:
    """A label for a note: short and printable."""
    return "".join(c for c in (label or "none")[:40] if c.isprintable()) or "?"
