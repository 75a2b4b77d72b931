"""Header values to text: encoded words (RFC 2047), raw 8-bit octets (RFC 6532 and worse), no control character left."""

import binascii
import re
import unicodedata

from gateway.mail.charset import decode

_FOLD = re.compile(r"\r?\n[ \t]*|\r")
_WORD_START = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?")
_BLANK = re.compile(r"[ \t\r\n]*\Z")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_Q_OCTET = re.compile(rb"=([0-9A-Fa-f]{2})")

# Decoded text never carries what could start a new header line, drive a terminal or turn the reading direction around.
_SPACES = "\t\n\x0b\x0c\r\x85\u2028\u2029"
_INVISIBLE = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CLEAN: dict[int, str | None] = dict.fromkeys((*range(32), *range(127, 160), *map(ord, _INVISIBLE)))
_CLEAN.update({ord(c): " " for c in _SPACES})
_CLEAN.update(dict.fromkeys(range(55296, 57344), "�"))
_PIECES = re.compile("[\u0300-\u036f\u1100-\u11ff\u3099\u309a]")
_UNCLEAN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """One line of text without control characters; line ends and tabs become blanks, Hangul in pieces (NFD) is put together."""
    if _UNCLEAN.search(text):
        text = text.replace("\r\n", " ").translate(_CLEAN)
    if not text.isascii() and _PIECES.search(text):
        text = unicodedata.normalize("NFC", text)
    return text


def unfold(text: str) -> str:
    """The value on one line (RFC 5322 section 2.2.3); a fold is one blank."""
    return _FOLD.sub(" ", text) if "\n" in text or "\r" in text else text


def raw_text(value: bytes, hint: str | None, defects: list[str]) -> str:
    """A header value's octets as text, encoded words still encoded."""
    if value.isascii() and b"\x1b" not in value and b"\x0e" not in value:
        return value.decode("ascii")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        decoded = decode(value, None, hint=hint)
        defects.append(f"raw 8-bit header: read as {decoded.codec}")
        return decoded.text
    if value.isascii():
        decoded = decode(value, None, hint=hint)
        defects.append(f"raw header in {decoded.codec}")
        return decoded.text
    return text


def header_text(value: bytes, hint: str | None, defects: list[str]) -> str:
    """A field's value as a person should read it: unfolded, encoded words decoded, trimmed, without control characters."""
    text = unfold(raw_text(value, hint, defects))
    if "=?" in text:
        text = decode_words(text, defects)
    return clean(text).strip()


def decode_words(text: str, defects: list[str]) -> str:
    """Decode every encoded word, wherever it stands: mailers put them into quoted strings and file names too.

    Words that follow each other are joined before decoding if their charset is the same, because mailers cut characters, and
    even base64 groups, in two at the fold. Linear: a start without an end ends the search.
    """
    out: list[str] = []
    pending: list[tuple[str, str, str]] = []  # (charset, encoding, payload) of words that follow each other
    place = 0
    while True:
        start = _WORD_START.search(text, place)
        if start is None:
            break
        end = text.find("?=", start.end())
        if end < 0:
            break
        inner = _WORD_START.search(text, start.end(), end)
        if inner is not None:
            out.append(_flush(pending, defects) + text[place : inner.start()])
            place = inner.start()
            continue
        between = text[place : start.start()]
        if not (pending and _BLANK.match(between)):
            out.append(_flush(pending, defects) + between)
        payload = text[start.end() : end]
        if payload.endswith("=") and start[2] in "qQ" and text[end : end + 3] == "?=?":
            payload = payload[:-1]
        pending.append((start[1].split("*")[0], start[2].lower(), payload))
        place = end + 2
    out.append(_flush(pending, defects) + text[place:])
    return "".join(out)


def _flush(pending: list[tuple[str, str, str]], defects: list[str]) -> str:
    """Decode the collected words and forget them."""
    if not pending:
        return ""
    out: list[str] = []
    place = 0
    while place < len(pending):
        charset = pending[place][0]
        octets: list[bytes] = []
        base64 = ""
        while place < len(pending) and pending[place][0].lower() == charset.lower():
            _, encoding, payload = pending[place]
            if encoding == "q":
                octets.append(_from_base64(base64))
                base64 = ""
                octets.append(_from_q(payload))
            else:
                # A group of four that ends before it is full goes on in the next word; padding closes it.
                base64 += _NOT_BASE64.sub("", payload)
                if "=" in payload or len(base64) % 4 == 0:
                    octets.append(_from_base64(base64))
                    base64 = ""
            place += 1
        octets.append(_from_base64(base64))
        decoded = decode(b"".join(octets), charset)
        if decoded.defect:
            defects.append(f"encoded word: {decoded.defect}")
        out.append(decoded.text)
    pending.clear()
    return "".join(out)


def _from_base64(text: str) -> bytes:
    if not text:
        return b""
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        return binascii.a2b_base64(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def _from_q(text: str) -> bytes:
    return _Q_OCTET.sub(lambda match: bytes((int(match[1], 16),)), text.replace("_", " ").encode("utf-8", "replace"))
