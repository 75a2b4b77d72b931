"""Why somebody got a ticket, and what stood in the way of the others."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.web.render import tidy
from gateway.web.words import word


def because(language: str, told: str, data: Mapping[str, Any], person: Callable[[object], str]) -> str:
    """What an event tells, with the reason that it carries and whoever was passed over."""
    why = tidy(str(data.get("why") or ""))
    said = word(language, "event_by_itself", told=told, why=why) if why else told
    passed = data.get("passed_over")
    if not isinstance(passed, Mapping) or not passed:
        return said
    obstacles = "; ".join(f"{person(agent)} {tidy(str(obstacle))}" for agent, obstacle in passed.items())
    return f"{said} ({obstacles})"[:1000]
