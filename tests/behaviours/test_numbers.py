"""The numbers that hold where nobody configured others. Whoever changes one changes what every gateway does."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.sla import WrittenPolicy
from gateway.delivery import schedule
from tests.support.office import configuration

HOUR, DAY = 60, 1440


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        # the end of a ticket
        ("lifecycle.close_after_hours", 4 * 24),
        ("participants.limit", 10),
        # how customers are asked
        ("csat.enabled", False),
        ("csat.delay_hours", 24),
        ("csat.hours", "calendar"),
        ("csat.window_days", 28),
        ("csat.person_days", 30),
        ("csat.scale", 5),
        ("csat.without_tags", ("no_csat",)),
        # automatic mail: [count, minutes]
        ("budgets.automatic_per_ticket", ((10, 10), (15, 30), (25, 60), (50, 180), (100, 600))),
        ("budgets.automatic_per_person", ((30, 10), (60, 30), (120, 60), (240, 180), (360, 600))),
        ("budgets.acks_per_person", ((2, HOUR), (3, DAY))),
        ("budgets.same_subject", 2),
        ("budgets.acks_to_unknown", (30, 15)),
        # senders of too many mails
        ("floods.silent", (15, 10)),
        ("floods.hold", (50, HOUR)),
        ("floods.refuse", (500, HOUR)),
        ("floods.loop_minutes", HOUR),
        # held mail
        ("quarantine.keep_days", 30),
        ("quarantine.digest", True),
        ("quarantine.last_call_days", 3),
        # 25 MB of attachments are 35 MB as they travel
        ("limits.message_size", 35 * 1024 * 1024),
        # mail out
        ("outbound.answer_lifetime_hours", 5 * 24),
        ("outbound.notice_lifetime_hours", 24),
        # taking back
        ("agents.undo_seconds", 60),
        ("agents.web_undo_seconds", 10),
        # customers who do not answer
        ("reminders.enabled", False),
        ("reminders.after", ("24h", "72h")),
        # waves
        ("surge.people", 8),
        ("surge.minutes", 15),
    ],
)
def test_default(setting: str, value: object) -> None:
    found: Any = configuration()
    for name in setting.split("."):
        found = getattr(found, name)
    assert found == value


def test_promises_warn_a_quarter_of_an_hour_before() -> None:
    assert WrittenPolicy.model_fields["warn_before"].default == "15m"


def test_mail_that_is_not_taken_is_tried_for_days_in_growing_steps() -> None:
    assert (schedule.FIRST.total_seconds(), schedule.LONGEST.total_seconds()) == (5 * 60, 4 * 3600)


@pytest.mark.parametrize(("hours", "allowed"), [(1, True), (28 * 24, True), (0, False), (28 * 24 + 1, False)])
def test_a_solved_ticket_closes_after_an_hour_at_least_and_four_weeks_at_most(hours: int, allowed: bool) -> None:
    if allowed:
        assert configuration(lifecycle={"close_after_hours": hours}).lifecycle.close_after_hours == hours
    else:
        with pytest.raises(ValidationError):
            configuration(lifecycle={"close_after_hours": hours})
