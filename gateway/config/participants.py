"""Who becomes a participant of a ticket by mail (docs/threading.md)."""

from pydantic import Field

from gateway.config.section import Section


class Participants(Section):
    """People beside the requester who get a ticket's mail and may write to it."""

    from_copies: bool = Field(
        default=False,
        description="Make those participants to whom a verified participant sends a copy (Cc) of a mail to us. They get later mail only, and everybody is told. `false`: agents add people by hand.",
    )
    limit: int = Field(
        default=10,
        ge=1,
        le=48,
        description="How many people beside the requester may take part in one ticket because of copies. Agents may add more.",
    )
