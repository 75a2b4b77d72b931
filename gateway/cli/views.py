"""Views as ``gateway tickets list --view`` asks for them."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from gateway.cli.common import Failed, Place
from gateway.config.mistakes import did_you_mean
from gateway.store.saved_views import all_views
from gateway.store.view_model import Order, TicketFilter


def view_filter(place: Place, connection: Connection, wanted: str, me: int, now: datetime) -> TicketFilter:
    """The tickets of a view as the agent ``me`` sees it; Failed where there is none of this id."""
    known = {view.id: view for view in all_views(connection, place.loaded.side.views.views, me, now)}
    if wanted not in known:
        meant = did_you_mean(wanted, known) or f" There are {', '.join(known)}."
        raise Failed(f"there is no view {wanted}.{meant}", 2)
    return known[wanted].wanted


def within_view(asked: TicketFilter, view: TicketFilter) -> TicketFilter:
    """Both: what was asked for beside the view narrows it down; the order is the view's, unless one was asked for."""
    statuses = tuple(status for status in view.statuses if not asked.statuses or status in asked.statuses)
    if not statuses:
        raise Failed(f"this view has no tickets that are {', '.join(asked.statuses)}", 2)
    mine = (view.assignee,) if view.assignee is not None else view.view.agents
    return replace(
        asked,
        statuses=statuses,
        unassigned=view.unassigned,
        order=asked.order if asked.order is not Order.UPDATED else view.order,
        view=replace(view.view, agents=mine),
    )
