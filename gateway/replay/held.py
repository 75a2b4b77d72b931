"""Mail that is held, or was dropped by a rule: would today's program and configuration still do so? Only people let mail go."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row

from gateway.desk.office import Office
from gateway.journal import Entry, Fate, Journal
from gateway.pipeline.carry_out import Case, brand_of, our_own
from gateway.pipeline.scanning import held_for_its_content
from gateway.pipeline.senders import sender_facts
from gateway.pipeline.stages import Understood, understand
from gateway.pipeline.verification import held_for_admins
from gateway.replay.derive import standing_then, with_what_was_found
from gateway.replay.model import Change, Field
from gateway.rules import evaluate, facts_of
from gateway.threading.causes import Cause

_BY_READING = frozenset(
    {
        *(Cause.LOOP, Cause.OWN_ADDRESS, Cause.NO_AUTHOR, Cause.SPAM, Cause.VIRUS, Cause.HELD_BY_RULE),
        *(Cause.VERIFICATION_MAIL, Cause.FORWARDING_CONFIRMATION),
    }
)
"""Causes that follow from the mail and the configuration alone; of the others DNS, lists and counts decided at their time."""

_BY_LIST = "list entry "


def held_today(row: Row[Any], entry: Entry, journal: Journal, office: Office) -> Change | None:
    """What would be otherwise with a mail of the ledger; None where nothing would, or where it cannot be told.

    Raises ``gateway.journal.Damaged`` and the disk's errors.
    """
    if row.released_from:  # people have judged it since
        return None
    dropped = row.fate == Fate.DROPPED.value
    if str(row.cause).startswith(_BY_LIST) if dropped else row.cause not in _BY_READING:
        return None
    trace = row.trace if isinstance(row.trace, dict) else {}
    understood = with_what_was_found(understand(entry, journal, office), trace)
    found = next(_holds(entry, understood, trace, office), "")
    was = f"dropped by {row.cause}" if dropped else str(row.cause)
    if found == was:
        return None
    remedy = f"gateway quarantine release {row.receipt}" if not dropped else "dropped mail is not taken back"
    return Change(Field.HELD, was, found, f"only people let mail go: {remedy}" if not dropped else remedy)


def _holds(entry: Entry, understood: Understood, trace: dict[str, Any], office: Office) -> Iterator[str]:
    """Every reason of today, in the order in which the pipeline asks."""
    case, standing = Case(entry, understood), standing_then(trace, understood)
    for decision in (
        *our_own(case, office),
        *held_for_admins(entry, understood, office),
        *held_for_its_content(understood, office, is_allowed=bool(standing.listed)),
    ):
        if decision.cause is not None:
            yield decision.cause.value
    message = understood.message
    if message.author is None and not message.from_mailboxes:
        yield Cause.NO_AUTHOR.value
    facts = facts_of(
        message,
        envelope_recipients=entry.forward_paths,
        brand=brand_of(case, office).id,
        sender=sender_facts(understood),
        standing=standing,
    )
    said = evaluate(office.rules, facts).actions
    if said.drop is not None:
        yield f"dropped by {said.drop[:40]}"
    if said.quarantine is not None:
        yield Cause.HELD_BY_RULE.value
