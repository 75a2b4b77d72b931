"""Agents say themselves whether tickets can be given to them."""

from starlette.responses import Response

from gateway.store.presence import set_away
from gateway.web.visit import Visit


def change_presence(visit: Visit) -> Response:
    """``away`` in the form: away from now on; without it: back."""
    with visit.services.database.write() as connection:
        set_away(connection, visit.agent.id, visit.now if visit.form.get("away") else None)
    return visit.go("/account", done="saved")
