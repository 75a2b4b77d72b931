"""Numbers that are hidden, and how long anything is kept (``privacy`` in gateway.yaml)."""

from pydantic import Field

from gateway.config.section import Section
from gateway.mail.masking import Sensitive


class Retention(Section):
    """Days after which something is removed. Empty: it is kept for ever."""

    raw_mail_days: int | None = Field(
        default=None,
        ge=1,
        le=36500,
        description="The mail as it came, with its attachments, so many days after its ticket was closed. Its text stays.",
    )
    ticket_days: int | None = Field(
        default=None,
        ge=1,
        le=36500,
        description="All content of a ticket, so many days after it was closed. Numbers, times and the ledger stay.",
    )
    sent_mail_days: int | None = Field(
        default=90,
        ge=1,
        le=36500,
        description="The bytes of mail that was sent or given up, after so many days. What it said stays on the ticket.",
    )
    events_days: int | None = Field(
        default=None, ge=1, le=36500, description="What happened to tickets that were closed so many days ago."
    )
    audit_days: int | None = Field(
        default=None, ge=30, le=36500, description="Rows of the audit log. Their removal is a row itself."
    )


class Privacy(Section):
    mask: tuple[Sensitive, ...] = Field(
        default=(Sensitive.CARDS, Sensitive.RESIDENT_NUMBERS),
        description="Numbers that are hidden wherever mail is shown or quoted: payment cards, Korean resident registration numbers. "
        "The stored mail keeps them; admins see them by an act that is written to the audit log.",
    )
    retention: Retention = Field(default_factory=Retention, description="How long anything is kept.")
