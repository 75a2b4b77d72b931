"""Views: the side bar of the ticket list, and the agent's own views."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from gateway.config.views import (
    COLUMNS,
    ME,
    NOBODY,
    OrderName,
    PriorityName,
    SharedView,
    StatusName,
    ViewDefinition,
)
from gateway.store.agents import list_agents
from gateway.store.saved_views import (
    PersonalView,
    Shown,
    ViewError,
    add_view,
    all_views,
    change_view,
    list_views,
    remove_view,
)
from gateway.store.view_model import FINISHED, ViewCounts
from gateway.store.views import count_tickets, count_views
from gateway.web.visit import Refused, Visit
from gateway.web.words import WORDS, word

MOST_COUNTED = 1000
_DURATIONS = ("waiting_over", "age_over", "due_within")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the side bar. ``count`` is "" where nothing is counted."""

    id: str
    name: str
    count: str


def shared_views(visit: Visit) -> Sequence[SharedView]:
    return visit.services.desk.office().loaded.side.views.views


def view_name(visit: Visit, view: Shown | None) -> str:
    """As the reader knows it; without a view, that of the list of all tickets."""
    return (view.name if view else "") or word(visit.language, f"view_{view.id if view else 'all'}")


def side_bar(visit: Visit, connection: Connection, views: Sequence[Shown]) -> list[Entry]:
    """Every view with how many tickets it holds."""
    counts = count_views(connection, visit.agent.id, visit.now)
    entries = [Entry(view.id, view_name(visit, view), _count(connection, counts, view)) for view in views]
    return [*entries, Entry("all", view_name(visit, None), "")]


def _count(connection: Connection, counts: ViewCounts, view: Shown) -> str:
    if not view.name:
        known: int | None = getattr(counts, view.id, None)
        return "" if known is None else str(known)
    if set(view.wanted.statuses) & set(FINISHED):
        return ""  # all the past: too many to be counted each time
    found = count_tickets(connection, view.wanted, most=MOST_COUNTED)
    return f"{MOST_COUNTED - 1}+" if found >= MOST_COUNTED else str(found)


# --- own views -------------------------------------------------------------------------------------------------------


def own_views(visit: Visit) -> Response:
    return _page(visit, ViewDefinition(name="-"), None, name="")


def own_view(visit: Visit) -> Response:
    view = _mine(visit, visit.number())
    return _page(visit, view.definition, view.id, name=view.definition.name)


def add_own(visit: Visit) -> Response:
    return _save(visit, None)


def change_own(visit: Visit) -> Response:
    return _save(visit, _mine(visit, visit.number()).id)


def remove_own(visit: Visit) -> Response:
    number = _mine(visit, visit.number()).id
    with visit.services.database.write() as connection:
        remove_view(connection, visit.agent.id, number)
    return visit.go("/views", done="saved")


def _mine(visit: Visit, number: int) -> PersonalView:
    with visit.services.database.read() as connection:
        found = next((view for view in list_views(connection, visit.agent.id) if view.id == number), None)
    if found is None:
        raise Refused(404, "error_404")
    return found


def _save(visit: Visit, number: int | None) -> Response:
    asked = _asked(visit)
    try:
        view = ViewDefinition.model_validate(asked)
        with visit.services.database.write() as connection:
            if number is None:
                number = add_view(connection, visit.agent.id, view, visit.now)
            else:
                change_view(connection, visit.agent.id, number, view)
    except (ValidationError, ViewError) as error:
        kept = ViewDefinition(name="-") if number is None else _mine(visit, number).definition
        return _page(visit, kept, number, name=asked["name"], problem=_problem(visit, error), status=400)
    return visit.go("/tickets", view=f"my-{number}")


def _problem(visit: Visit, error: ValidationError | ViewError) -> str:
    if isinstance(error, ViewError):
        return str(error)
    wrong = error.errors(include_url=False)[0]
    field = str(next((part for part in reversed(wrong["loc"]) if isinstance(part, str)), "name"))
    label = word(visit.language, f"view_field_{field}") if f"view_field_{field}" in WORDS else field
    return f"{label}: {wrong['msg'].removeprefix('Value error, ')}"


def _asked(visit: Visit) -> dict[str, Any]:
    """The form as a definition. Ticked boxes have names of their own: ``status_open``, ``column_team``."""
    form = visit.form
    when: dict[str, Any] = {
        "status": [name for name in get_args(StatusName) if form.get(f"status_{name}")],
        "priority": [name for name in get_args(PriorityName) if form.get(f"priority_{name}")],
        "tags": form.get("tags", "").replace(",", " ").split(),
    }
    when |= {name: [form[name]] for name in ("team", "agent", "brand") if form.get(name)}
    when |= {name: form[name].strip() for name in _DURATIONS if form.get(name, "").strip()}
    return {
        "name": form.get("name", "").strip(),
        "when": when,
        "order": form.get("order", "updated"),
        "columns": [name for name in COLUMNS if form.get(f"column_{name}")],
    }


def _page(
    visit: Visit, view: ViewDefinition, number: int | None, *, name: str, problem: str = "", status: int = 200
) -> Response:
    """``view`` fills the form; ``number`` is None for a new one."""
    configuration = visit.services.configuration()
    office = visit.services.desk.office()
    teams = {team.id for team in office.loaded.side.teams.teams}
    teams |= {brand.team for brand in configuration.brands if brand.team}
    with visit.services.database.read() as connection:
        shown = all_views(connection, shared_views(visit), visit.agent.id, visit.now)
        views = side_bar(visit, connection, shown)
        agents = list_agents(connection, active_only=True)
        mine = list_views(connection, visit.agent.id)
    return visit.page(
        "views.html.j2",
        status,
        views=views,
        view="" if number is None else f"my-{number}",
        mine=mine,
        number=number,
        name=name,
        definition=view,
        problem=problem,
        done=visit.query.get("done", ""),
        statuses=get_args(StatusName),
        priorities=get_args(PriorityName),
        orders=get_args(OrderName),
        columns=COLUMNS,
        durations=_DURATIONS,
        teams=sorted(teams),
        brands={brand.id: brand.name for brand in configuration.brands},
        agents=agents,
        me=ME,
        nobody=NOBODY,
    )
