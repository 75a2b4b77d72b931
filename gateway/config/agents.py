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
    summary_hour: int = Field(
        default=8,
        ge=0,
        le=23,
        description="Hour of the daily summary (`gateway agents notify ADDRESS --on daily`), by the agent's calendar in "
        "`teams.yaml`, else in the first brand's time zone.",
    )
