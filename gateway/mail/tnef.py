"""winmail.dat: the files that Outlook wraps in its own format (MS-OXTNEF). Needs the ``tnef`` extra; without it nothing opens."""

from contextlib import suppress
from dataclasses import dataclass

from gateway.mail.charset import decode

_LIMIT = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TnefFile:
    """One file out of a winmail.dat."""

    name: str | None
    content: bytes


def is_tnef(content: bytes) -> bool:
    """Whether these octets are TNEF, whatever the part calls itself (MS-OXTNEF section 2.1.3.1)."""
    return content[:4] == b"\x78\x9f\x3e\x22"


def open_tnef(content: bytes, defects: list[str]) -> tuple[TnefFile, ...]:
    """The files inside; empty if it can't be opened, with a defect. Never raises."""
    try:
        from tnefparse import TNEF  # an extra: not everybody has it
    except ImportError:
        return ()
    if len(content) > _LIMIT:
        defects.append("winmail.dat is too large to open")
        return ()
    try:
        parsed = TNEF(content, do_checksum=False)
        return tuple(TnefFile(_name(item), bytes(item.data or b"")) for item in parsed.attachments[:200])
    except Exception as error:  # the library raises whatever its input makes it raise
        defects.append(f"winmail.dat cannot be opened ({type(error).__name__})")
        return ()


def _name(item: object) -> str | None:
    """The long name, else the short one; the library decodes names as UTF-8 only, and fails on Korean ones."""
    with suppress(Exception):
        name = item.long_filename()  # type: ignore[attr-defined]
        if isinstance(name, str) and name and "\ufffd" not in name:
            return name.rstrip("\x00")
    raw = getattr(item, "_name", None) or b""
    return decode(bytes(raw).rstrip(b"\x00"), None).text or None
