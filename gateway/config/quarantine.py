"""Mail that is held: how long it is kept, and who hears of it when (``quarantine`` in gateway.yaml)."""

from typing import Literal

from pydantic import Field

from gateway.config.section import Section, TimeZone

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Quarantine(Section):
    """Deletion waits for the mail that announces it: what nobody was told of stays."""

    keep_days: int = Field(
        default=30, ge=7, le=3650, description="Held mail is deleted after so many days, if its deletion was announced."
    )
    last_call_days: int = Field(
        default=3,
        ge=3,
        le=30,
        description="Days before the deletion on which admins get the mail that announces it; nothing is deleted sooner after it.",
    )
    undo_days: int = Field(
        default=7,
        ge=0,
        le=365,
        description="Deleted mail can be restored for so many days; then its bytes are removed for good. The ledger keeps the entry.",
    )
    digest: bool = Field(default=True, description="Send admins a weekly summary while mail is held.")
    digest_weekday: Weekday = Field(default="monday", description="Day of the weekly summary.")
    hour: int = Field(default=9, ge=0, le=23, description="Hour at which summary and announcements are written.")
    time_zone: TimeZone | None = Field(
        default=None, description="Time zone of `digest_weekday` and `hour`. Empty: that of the first brand."
    )
    acknowledge_hours: int = Field(
        default=24,
        ge=0,
        le=720,
        description="Mail that is let go is still acknowledged when it came at most so many hours ago.",
    )
