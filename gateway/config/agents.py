"""Agents who work from their own mailbox."""

from pydantic import Field

from gateway.config.section import Section


class AgentWork(Section):
    """How mail from and to agents is dealt with."""

    undo_seconds: int = Field(
        default=60,
        ge=0,
        le=600,
        description="How long an answer that an agent sent by mail waits in the outbox, so that `#undo` can take it back.",
    )
