"""A signed mail that somebody sends again and again keeps its signature. These are the signs of it."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

OLDEST = timedelta(days=7)
WINDOW = timedelta(days=1)
MOST_RECIPIENTS = 20  # envelope recipients of one signature within the window
REMEMBERED = 20_000  # signatures


@dataclass
class _Seen:
    since: datetime
    message_ids: set[str] = field(default_factory=set)
    recipients: dict[str, int] = field(default_factory=dict)  # by receipt: a mail that is looked at twice counts once


class Replays:
    """Signatures seen lately by this process. They are forgotten when it ends: this slows replays down, it proves nothing."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def look(
        self, signature: str, *, receipt: str, message_id: str | None, recipients: int, now: datetime
    ) -> str | None:
        """Note one use of a signature (its b=), and say why it looks like a replay; None where it does not."""
        seen = self._seen.get(signature)
        if seen is None or now - seen.since > WINDOW:
            seen = self._seen[signature] = _Seen(now)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        others = seen.message_ids - {message_id or ""}
        if len(seen.message_ids) < MOST_RECIPIENTS:
            seen.message_ids.add(message_id or "")
        if len(seen.recipients) <= MOST_RECIPIENTS:
            seen.recipients[receipt] = recipients
        if others:
            return "the same signature came with another Message-ID"
        if sum(seen.recipients.values()) > MOST_RECIPIENTS:
            return f"the same signed mail came to more than {MOST_RECIPIENTS} recipients within a day"
        return None


def is_old(made: int | None, date: datetime | None, received_at: datetime) -> bool:
    """Whether a mail was signed (t=), or where that is not said written (Date), more than a week before it came."""
    try:
        when = datetime.fromtimestamp(made, received_at.tzinfo) if made is not None else date
    except (OverflowError, ValueError, OSError):
        return True
    return when is not None and received_at - when > OLDEST
