"""Spans of time as people write them: ``30m``, ``4h``, ``1h 30m``, ``2d``. Pure."""

import re
from datetime import timedelta
from functools import lru_cache

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_PIECE = re.compile(r"(\d{1,6})\s*([mhdw])\s*")
LONGEST = timedelta(days=3660)


@lru_cache(1024)
def parse_duration(written: str) -> timedelta:
    """ValueError, in words for people, where it is not a span of time above zero. A day is 24 hours."""
    text = written.strip().lower()
    total, end = timedelta(), 0
    while end < len(text):
        piece = _PIECE.match(text, end)
        if piece is None:
            break
        total += int(piece[1]) * _UNITS[piece[2]]
        end = piece.end()
    if end < len(text) or total <= timedelta():
        raise ValueError(f"{written!r} is not a span of time; write it like 30m, 4h, 1h 30m or 2d")
    if total > LONGEST:
        raise ValueError(f"{written!r} is longer than ten years")
    return total


def say_duration(span: timedelta) -> str:
    """``1h 30m``: the whole minutes of a span, as ``parse_duration`` reads them. Hours are not gathered into days: in business
    time a day is no fixed number of hours."""
    minutes = int(span.total_seconds() // 60)
    hours, minutes = divmod(minutes, 60)
    return (
        " ".join(piece for piece in (f"{hours}h" if hours else "", f"{minutes}m" if minutes else "") if piece) or "0m"
    )
