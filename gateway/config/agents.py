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
    web_undo_seconds: int = Field(
        default=10,
        ge=0,
        le=120,
        description="How long an answer that an agent sent in the web view waits in the outbox, where a button takes it back. "
        "`0`: it leaves at once.",
    )
    summary_hour: int = Field(
        default=8,
        ge=0,
        le=23,
        description="Hour of the daily summary and the weekly report (`gateway agents notify ADDRESS --on daily`), by the agent's "
        "calendar in `teams.yaml`, else in the first brand's time zone.",
    )
