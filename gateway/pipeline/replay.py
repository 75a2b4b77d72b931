"""The last step of sender authentication: a signature proves less where the same signed mail is sent again and again."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from gateway.journal import Entry
from gateway.pipeline.stages import Understood
from gateway.store.signatures import note_use
from gateway.threading.model import Trust
from gateway.trust.replay import why_replayed


def weakened_by_replay(connection: Connection, entry: Entry, understood: Understood, now: datetime) -> Understood:
    """Count this use of the signature that proves the author; WEAK instead of STRONG where it looks like a replay."""
    if understood.signature is None:
        return understood
    uses = note_use(
        connection,
        understood.signature,
        journal=entry.id,
        message_id=understood.message.message_id,
        recipients=len(entry.forward_paths),
        now=now,
    )
    why = why_replayed(uses.recipients, mixed=uses.mixed)
    if why is None or understood.trust is not Trust.STRONG:
        return understood
    reason = f"verified in part: DKIM {understood.findings.domain}, but {why}"
    return replace(understood, trust=Trust.WEAK, trust_reason=reason)
