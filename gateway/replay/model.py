"""What deriving stored mail again comes to: proposals, and the digest by which a person accepts them. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Field(StrEnum):
    """What is derived from a mail's bytes, its envelope and what was known when it came."""

    SUBJECT = "subject"
    TEXT = "text"
    REPLY = "reply"  # what the sender wrote this time
    HTML = "html"
    SENDER = "sender"  # the author's address
    SENDER_NAME = "sender_name"
    RECIPIENTS = "recipients"
    ATTACHMENTS = "attachments"
    LANGUAGE = "language"
    KIND = "kind"  # a person's mail, an automatic reply, a bounce ..., and what told
    FINDINGS = "findings"  # defects, remote content, hidden text
    IDS = "ids"  # its Message-ID, its fingerprint, and the ids by which later mail finds its ticket
    THREAD = "thread"  # where it belongs
    HELD = "held"  # the cause of quarantine, or the rule that drops it
    RULES = "rules"  # intake rules that apply
    TITLE = "title"  # of the ticket that it opened, as all that follow
    TICKET_LANGUAGE = "ticket_language"
    TEAM = "team"
    PRIORITY = "priority"
    TYPE = "type"
    TAGS = "tags"
    FIELDS = "fields"


OF_TICKET = (
    Field.TITLE,
    Field.TICKET_LANGUAGE,
    Field.TEAM,
    Field.PRIORITY,
    Field.TYPE,
    Field.TAGS,
    Field.FIELDS,
)
"""What the mail that opened a ticket gave to the ticket itself."""

Values = dict[Field, Any]
"""Derived values as JSON has them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One derived value that would be another."""

    field: Field
    was: Any
    becomes: Any
    refused: str = ""  # why accepting leaves it as it is, and what to do instead


@dataclass(frozen=True, slots=True)
class Proposal:
    """All that would be otherwise with one mail."""

    receipt: str
    message: int | None  # None: it is held, or was dropped
    ticket: int | None  # where it is now
    changes: tuple[Change, ...]

    @property
    def accepted(self) -> tuple[Change, ...]:
        """What accepting the change set writes."""
        return tuple(change for change in self.changes if not change.refused)

    @property
    def digest(self) -> str:
        """Of what accepting it writes; "" where that is nothing."""
        if not self.accepted:
            return ""
        told = [self.receipt, [[change.field, change.was, change.becomes] for change in self.accepted]]
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


@dataclass(slots=True)
class ChangeSet:
    """A set of proposals as it is gathered: figures alone, for there may be many."""

    mails: int = 0  # that were looked at
    changed: int = 0  # of them, those with a proposal
    changes: int = 0  # that accepting writes
    refused: int = 0
    left_out: dict[str, int] = field(default_factory=dict)  # mails that could not be derived again, by reason
    items: set[str] = field(default_factory=set)

    def add(self, proposal: Proposal) -> None:
        self.changed += 1
        self.changes += len(proposal.accepted)
        self.refused += len(proposal.changes) - len(proposal.accepted)
        if proposal.digest:
            self.items.add(proposal.digest)

    def leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1

    @property
    def digest(self) -> str:
        return digest_of(self.items)


def digest_of(items: Iterable[str]) -> str:
    """Twelve hexadecimal digits that stand for exactly these changes; "" where there are none."""
    ordered = sorted(items)
    return hashlib.sha256("\n".join(ordered).encode()).hexdigest()[:12] if ordered else ""


def differing(stored: Values, fresh: Values) -> list[Change]:
    """What both tell and tell otherwise, in the order of ``Field``."""
    return [
        Change(name, stored[name], fresh[name])
        for name in Field
        if name in stored and name in fresh and stored[name] != fresh[name]
    ]
