"""What did the sender write this time? The text without the quoted earlier message, its introduction, and the signature."""

import re

LINE_LOOKED_AT = 400  # characters of a line

_ATTRIBUTION = re.compile(
    r"(?:On .{5,300} wrote:|.{5,300}님이 작성:|Am .{5,300} schrieb .{1,200}:|Le .{5,300} a écrit\s?:)\s*$"
)
_SEPARATOR = re.compile(
    r"\s*(?:-{3,}\s?(?:original message|원본 메시지|original appointment)\s?-{3,}|_{20,})\s*$", re.IGNORECASE
)


def reply_text(text: str, html: str | None) -> str:
    """Return what is new in ``text``; all of it where nothing new is found."""
    lines = text.splitlines()
    kept: list[str] = []
    for line in lines:
        looked_at = line[:LINE_LOOKED_AT]
        if _SEPARATOR.match(looked_at) or looked_at.rstrip() == "--":
            break
        if not looked_at.startswith(">") and not _ATTRIBUTION.match(looked_at):
            kept.append(line)
    return "\n".join(kept).strip() or text.strip()
