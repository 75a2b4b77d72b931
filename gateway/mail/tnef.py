"""winmail.dat: what Outlook wraps in its own format (MS-OXTNEF): files, and often the letter itself.

Needs the ``tnef`` extra; without it nothing opens.
"""

from contextlib import suppress
from dataclasses import dataclass

from gateway.mail import limits
from gateway.mail.charset import decode
from gateway.mail.rtf import read_rtf, unpack_rtf

_LIMIT = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TnefFile:
    """One file out of a winmail.dat."""

    name: str | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """What is in a winmail.dat. The letter is there as text, as HTML, or not at all."""

    files: tuple[TnefFile, ...] = ()
    plain: str | None = None
    html: str | None = None


def is_tnef(content: bytes) -> bool:
    """Whether these octets are TNEF, whatever the part calls itself (MS-OXTNEF section 2.1.3.1)."""
    return content[:4] == b"\x78\x9f\x3e\x22"


def open_tnef(content: bytes, defects: list[str]) -> Unwrapped:
    """What is inside; nothing if it can't be opened, with a defect. Never raises."""
    try:
        from tnefparse import TNEF  # an extra: not everybody has it
    except ImportError:
        return Unwrapped()
    if len(content) > _LIMIT:
        defects.append("winmail.dat is too large to open")
        return Unwrapped()
    try:
        parsed = TNEF(content, do_checksum=False)
        files = tuple(TnefFile(_name(item), bytes(item.data or b"")) for item in parsed.attachments[:200])
    except Exception as error:  # the library raises whatever its input makes it raise
        defects.append(f"winmail.dat cannot be opened ({type(error).__name__})")
        return Unwrapped()
    try:
        plain, html = _letter(parsed)
    except Exception as error:
        defects.append(f"the text in winmail.dat cannot be read ({type(error).__name__})")
        return Unwrapped(files)
    return Unwrapped(files, plain, html)


def _letter(parsed: object) -> tuple[str | None, str | None]:
    """The letter's forms: HTML as it is or out of RTF, plain text as it is or out of RTF."""
    codepage = getattr(parsed, "codepage", None)
    plain = _text(getattr(parsed, "body", None), codepage, limits.TEXT)
    html = _text(getattr(parsed, "htmlbody", None), codepage, limits.HTML)
    packed = getattr(parsed, "_rtfbody", None)
    if html is None and isinstance(packed, bytes) and packed:
        text, is_html = read_rtf(unpack_rtf(packed))
        if text.strip() and is_html:
            html = text[: limits.HTML]
        elif text.strip() and plain is None:
            plain = text[: limits.TEXT]
    return plain, html


def _text(value: object, codepage: object, limit: int) -> str | None:
    if isinstance(value, bytes):
        value = decode(value[:limit], codepage if isinstance(codepage, str) else None).text
    if not isinstance(value, str):
        return None
    text = value.rstrip("\x00")[:limit]
    return text if text.strip() else None


def _name(item: object) -> str | None:
    """The long name, else the short one; the library decodes names as UTF-8 only, and fails on Korean ones."""
    with suppress(Exception):
        name = item.long_filename()  # type: ignore[attr-defined]
        if isinstance(name, str) and name and "\ufffd" not in name:
            return name.rstrip("\x00")
    raw = getattr(item, "_name", None) or b""
    return decode(bytes(raw).rstrip(b"\x00"), None).text or None
