"""RTF as Outlook wraps it into winmail.dat: unpacked (MS-OXRTFCP), and turned into HTML or text (MS-OXRTFEX).

Outlook writes HTML mail as RTF that carries every tag of the HTML; then those are taken out. Everything is one pass, never recursive.
"""

import re
import struct
from dataclasses import dataclass, replace

LIMIT = 8 * 1024 * 1024  # octets of unpacked RTF

_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbol"
    rb"ArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_PACKED = b"LZFu"
_PLAIN = b"MELA"

_TOKEN = re.compile(
    rb"\\(?:([a-zA-Z]{1,32})(-?\d{1,9})?[ ]?|'([0-9a-fA-F]{2})|(.))|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.DOTALL
)
_NO_TEXT = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable "
    b"listoverridetable generator themedata xmlnstbl datastore rsidtbl mhtmltag".split()
)
_SIGNS = {
    b"par": "\n", b"line": "\n", b"tab": "\t", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"endash": "–", b"emdash": "—", b"cell": "\t", b"row": "\n", b"sect": "\n", b"page": "\n",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_CHARSETS = {128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
             178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}  # fmt: skip


def unpack_rtf(packed: bytes) -> bytes:
    """The RTF in PidTagRtfCompressed. ValueError where it is none; what can be had of one that is cut off or too long."""
    if len(packed) < 16:
        raise ValueError("too short for compressed RTF")
    _, size, kind, _ = struct.unpack_from("<II4sI", packed)
    content = packed[16:]
    if kind == _PLAIN:
        return content[: min(size, LIMIT)]
    if kind != _PACKED:
        raise ValueError("not compressed RTF")
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b" "))
    place = len(_DICTIONARY)
    out = bytearray()
    most = min(size, LIMIT)
    at = 0
    while at < len(content) and len(out) < most:
        flags = content[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(content):
                    return bytes(out)
                reference = content[at] << 8 | content[at + 1]
                at += 2
                offset, length = reference >> 4, (reference & 15) + 2
                if offset == place:
                    return bytes(out)
                for step in range(length):
                    octet = window[(offset + step) % _WINDOW]
                    out.append(octet)
                    window[place] = octet
                    place = (place + 1) % _WINDOW
            else:
                if at >= len(content):
                    return bytes(out)
                out.append(content[at])
                window[place] = content[at]
                place = (place + 1) % _WINDOW
                at += 1
    return bytes(out)


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits from the one around it."""

    silent: bool = False  # a destination whose words are not the letter's
    tag: bool = False  # in {\\*\\htmltag ...}
    hidden: bool = False  # between \\htmlrtf and \\htmlrtf0: only meant for programs that do not know of the HTML
    skip: int = 1  # fallback characters after \\u
    codec: str = "cp1252"


def read_rtf(rtf: bytes) -> tuple[str, bool]:
    """The words of RTF, and whether they are HTML. Never raises."""
    is_html = b"\\fromhtml1" in rtf[:2000]
    state, outer = _State(), list[_State]()
    pieces: list[str] = []
    octets = bytearray()
    fonts: dict[int, str] = {}
    font = skipping = 0
    in_fonts = 0
    starred = False

    def flush() -> None:
        if octets:
            pieces.append(octets.decode(state.codec, "replace"))
            octets.clear()

    def emit(text: str) -> None:
        flush()
        pieces.append(text)

    for token in _TOKEN.finditer(rtf[:LIMIT]):
        word, number, hexadecimal, symbol, brace, run = token.groups()
        shown = not state.silent and not state.hidden
        if brace == b"{":
            outer.append(state)
            starred = False
        elif brace == b"}":
            flush()
            if in_fonts and len(outer) <= in_fonts:
                in_fonts = 0
            state = outer.pop() if outer else state
        elif word is not None:
            value = int(number) if number else None
            if word in _NO_TEXT:
                flush()
                in_fonts = len(outer) if word == b"fonttbl" else in_fonts
                state = replace(state, silent=True)
            elif word == b"htmltag":
                flush()
                state = replace(state, tag=True, silent=False)
            elif starred:
                state = replace(state, silent=True)
            elif word == b"htmlrtf":
                flush()
                state = replace(state, hidden=value != 0)
            elif word == b"ansicpg" and value:
                state = replace(state, codec=_known(f"cp{value}"))
                fonts[-1] = state.codec
            elif word == b"f" and value is not None:
                font = value
                if not in_fonts:
                    flush()
                    state = replace(state, codec=fonts.get(font) or fonts.get(-1, "cp1252"))
            elif word == b"fcharset" and value is not None and in_fonts:
                fonts[font] = _CHARSETS.get(value, "")
            elif word == b"uc" and value is not None:
                state = replace(state, skip=max(0, min(value, 8)))
            elif word == b"u" and value is not None:
                if shown:
                    emit(_unit(value))
                skipping = state.skip
            elif word in _SIGNS and shown and not (is_html and state.tag and word == b"line"):
                emit(_SIGNS[word])
            starred = False
        elif hexadecimal is not None:
            if skipping:
                skipping -= 1
            elif shown:
                octets.append(int(hexadecimal, 16))
        elif symbol is not None:
            if symbol == b"*":
                starred = True
            elif shown and symbol in _SYMBOLS:
                emit(_SYMBOLS[symbol])
        elif run is not None:
            if skipping:
                cut = min(skipping, len(run))
                run, skipping = run[cut:], skipping - cut
            if shown:
                octets += run
    flush()
    text = "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.strip("\x00"), is_html


def _unit(value: int) -> str:
    """A UTF-16 unit, negative ones included; halves of a pair are joined at the end."""
    return chr(value % 65536)


def _known(codec: str) -> str:
    try:
        b"".decode(codec)
    except LookupError:
        return "cp1252"
    return codec
