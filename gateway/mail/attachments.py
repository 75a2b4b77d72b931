"""What a file that came by mail may be called. The name is a label for people, never a path (docs/security.md)."""

import re
import unicodedata

from gateway.mail import limits

_SEPARATORS = re.compile(r"[/\\\u2044\u2215\u29f8\uff0f\uff3c]")
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def safe_name(name: str | None) -> str | None:
    """A bare name of at most 150 characters, safe in a listing, a header and on any file system; None if nothing is left.

    macOS sends Hangul taken apart (NFD): it is put together. Checks run after normalising, not before, so that no look-alike of a
    slash or invisible letter before a dot slips through.
    """
    if not name:
        return None
    name = unicodedata.normalize("NFC", name)
    if not name.isascii():
        kinds = ((c, unicodedata.category(c)) for c in name)
        name = "".join(" " if kind == "Zs" else c for c, kind in kinds if kind not in _UNSAFE_CATEGORIES)
    else:
        name = "".join(c for c in name if c.isprintable())
    name = _SEPARATORS.split(name.strip())[-1].translate(_FORBIDDEN).strip()
    folded = unicodedata.normalize("NFKC", name)
    if folded != name and (_SEPARATORS.search(folded) or folded.lstrip().startswith(".") or not folded.strip(". ")):
        name = _SEPARATORS.split(folded)[-1].translate(_FORBIDDEN).strip()
    name = name.lstrip(". ").rstrip(". ")
    if not name:
        return None
    stem, dot, extension = name.rpartition(".")
    if (stem or extension).partition(".")[0].strip().lower() in _RESERVED:
        name, stem = "_" + name, "_" + stem
    if len(name) > limits.FILE_NAME:
        ending = f".{extension}" if dot and len(extension) <= 20 else ""
        name = (stem if ending else name)[: limits.FILE_NAME - len(ending)].rstrip() + ending
    return name
