"""What happens when somebody says that a mail in their name was not theirs (docs/notices.md)."""

from pydantic import Field

from gateway.config.section import Section


class Abuse(Section):
    """People in whose name somebody else wrote."""

    silence_days: int = Field(
        default=180,
        ge=1,
        le=3650,
        description="How long an address gets no automatic mail after its owner said that they did not write to us.",
    )
    wave_hours: int = Field(
        default=72,
        ge=1,
        le=720,
        description="How far around such a mail others belong to the same campaign: those in the same name, and similar ones.",
    )
    link_days: int = Field(default=90, ge=1, le=730, description='How long the link "this was not me" in a mail works.')
