"""The ticket list and the ticket page, and what agents do there."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from gateway.config.views import COLUMNS
from gateway.desk.actions import DeskError
from gateway.desk.drafts import send_draft
from gateway.desk.take_back import take_back
from gateway.desk.ticket_model import find_status, own_part
from gateway.mail.masking import masked
from gateway.store.agents import list_agents
from gateway.store.promise_views import promises_of
from gateway.store.saved_views import all_views
from gateway.store.view_model import Order, TicketFilter
from gateway.store.views import list_tickets, newest_message, ticket_page
from gateway.threading.model import Status
from gateway.web.pages.macros import macro_draft, offered, reply_by_form, set_by_form
from gateway.web.pages.promises import deadlines, shown
from gateway.web.pages.sending import sending_values
from gateway.web.pages.taking_part import people_values, unreached_by
from gateway.web.pages.ticket_model import allowed_statuses, model_values
from gateway.web.pages.timeline import describe_for, forwarders, rest_of, timeline
from gateway.web.pages.views import shared_views, side_bar, view_name
from gateway.web.visit import Refused, Visit, number_in
from gateway.web.words import WORDS, word

ROWS = 50
MESSAGES = 50
BY_HAND = (Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED)  # what an agent may set


def ticket_list(visit: Visit) -> Response:
    """A view, or a search through all tickets, narrowed down by filters."""
    search = visit.query.get("q", "").strip()[:200]
    chosen = {name: visit.query.get(name, "") for name in ("status", "assignee", "team", "brand")}
    sort = "due" if visit.query.get("sort") == "due" else ""
    with visit.services.database.read() as connection:
        shown_views = all_views(connection, shared_views(visit), visit.agent.id, visit.now)
        asked_view = visit.query.get("view", "" if search else "unsolved")
        view = next((view for view in shown_views if view.id == asked_view), None)
        wanted = _narrowed(view.wanted if view else TicketFilter(), chosen, search)
        if sort:
            wanted = replace(wanted, order=Order.DUE)
        try:
            found = list_tickets(connection, wanted, limit=ROWS, before=visit.query.get("before") or None)
        except ValueError as error:
            raise Refused(400, "error_400") from error
        views = side_bar(visit, connection, shown_views)
        agents = list_agents(connection, active_only=True)
    asked = {"view": view.id if view else "all", "q": search, **chosen}
    usual = {name: value for name, value in asked.items() if value}
    following = usual | ({"sort": sort} if sort else {})
    brands, teams = _company(visit)
    name = view_name(visit, view)
    return visit.page(
        "tickets.html.j2",
        title=word(visit.language, "search_for", text=search) if search else name,
        views=views,
        columns=view.columns if view else COLUMNS,
        view=view.id if view else ("" if search else "all"),
        rows=found.rows,
        next=f"/tickets?{urlencode({**following, 'before': found.before})}" if found.before else None,
        sort=sort,
        sorts=_sorts(visit, usual) if sort or _promises_anything(visit) else {},
        deadline=deadlines(visit.now, _zones(visit), visit.language),
        search=search,
        chosen=chosen,
        filtered=any(chosen.values()),
        statuses=[status.value for status in Status],
        agents=agents,
        brands=brands,
        teams=teams,
    )


def ticket(visit: Visit) -> Response:
    done = visit.query.get("done", "")
    words = macro_draft(visit, visit.number()) if visit.query.get("macro") else ""
    return _ticket_page(visit, done=done if f"done_{done}" in WORDS else "", reply_draft=words)


def show_ticket(visit: Visit) -> Response:
    """The page as this visit may see it."""
    return _ticket_page(visit)


def reply(visit: Visit) -> Response:
    """Answer the participants; refused with the draft kept where something newer came in since the form was shown."""
    number, text = visit.number(), visit.form.get("text", "")
    with visit.services.database.read() as connection:
        newest = newest_message(connection, number)
    if number_in(visit.form.get("newest", "")) != newest:
        return _ticket_page(visit, status=409, conflict=True, reply_draft=text)
    try:
        reply_by_form(visit, number, text)
    except DeskError as error:
        return _ticket_page(visit, status=400, problem=str(error), reply_draft=text)
    return _done(visit, "reply")


def undo(visit: Visit) -> Response:
    """Take back an answer that has not left; its text is in the form again."""
    try:
        text = take_back(visit.services.desk, visit.number(), visit.number("message"), visit.agent.id)
    except DeskError as error:
        return _ticket_page(visit, status=400, problem=str(error))
    return _ticket_page(visit, done="recalled", reply_draft=text)


def apply_macro(visit: Visit) -> Response:
    """Set what a macro sets, without an answer."""
    return act(visit, lambda number: set_by_form(visit, number), done="macro")


def draft(visit: Visit) -> Response:
    """Send an own answer that came by mail and waits for a word."""
    message = visit.number("message")
    return act(visit, lambda number: send_draft(visit.services.desk, number, message, visit.agent.id), done="reply")


def note(visit: Visit) -> Response:
    text = visit.form.get("text", "")
    try:
        visit.services.desk.note(visit.number(), visit.agent.id, text)
    except DeskError as error:
        return _ticket_page(visit, status=400, problem=str(error), note_draft=text)
    return _done(visit, "note")


def assign(visit: Visit) -> Response:
    assignee = number_in(visit.form.get("assignee", ""))
    return act(visit, lambda number: visit.services.desk.assign(number, assignee, visit.agent.id))


def status(visit: Visit) -> Response:
    return act(visit, lambda number: _set_status(visit, number))


def _set_status(visit: Visit, number: int) -> None:
    """Set the status; opening a ticket is reopening it, also a closed one."""
    desk = visit.services.desk
    wanted = find_status(desk.office().statuses, visit.form.get("status", ""))
    if wanted.id == Status.OPEN:
        desk.reopen(number, visit.agent.id)
    else:
        desk.set_status(number, Status(wanted.category), visit.agent.id, own=own_part(wanted))


def change(visit: Visit) -> Response:
    """Several properties by one form. Only fields that differ from what the form showed are set: nobody's work is undone."""
    return act(visit, lambda number: _change(visit, number))


def _change(visit: Visit, number: int) -> None:
    desk, me, form = visit.services.desk, visit.agent.id, visit.form
    changed = {name for name in ("assignee", "priority", "team", "tags", "status") if _differs(form, name)}
    if "assignee" in changed:
        desk.assign(number, number_in(form["assignee"]), me)
    if "priority" in changed:
        desk.priority(number, form["priority"], me)
    if "team" in changed:
        desk.team(number, form["team"].strip() or None, me)
    if "tags" in changed:
        had, wanted = _words(form.get("was_tags", "")), _words(form["tags"])
        desk.tag(
            number, me, add=[tag for tag in wanted if tag not in had], remove=[tag for tag in had if tag not in wanted]
        )
    if "status" in changed:  # last: a solved ticket sends its notice, a closed one takes no more changes
        _set_status(visit, number)


def _differs(form: Mapping[str, str], name: str) -> bool:
    return name in form and form[name].strip() != form.get(f"was_{name}", "").strip()


def _words(tags: str) -> list[str]:
    return list(dict.fromkeys(tags.replace(",", " ").split()))


def merge(visit: Visit) -> Response:
    target = number_in(visit.form.get("target", ""))
    if target is None:
        return _ticket_page(visit, status=400, problem=word(visit.language, "bad_number"))
    try:
        visit.services.desk.merge(visit.number(), target, visit.agent.id)
    except DeskError as error:
        return _ticket_page(visit, status=400, problem=str(error))
    return visit.go(f"/tickets/{target}", done="merged")


def act(visit: Visit, do: Callable[[int], object], *, done: str = "saved") -> Response:
    """Do something to the ticket of the path; the page says what was done, or why not."""
    try:
        do(visit.number())
    except DeskError as error:
        return _ticket_page(visit, status=400, problem=str(error))
    return _done(visit, done)


def _done(visit: Visit, what: str) -> Response:
    return visit.go(f"/tickets/{visit.number()}", done=what)


def _ticket_page(
    visit: Visit,
    *,
    status: int = 200,
    done: str = "",
    problem: str = "",
    conflict: bool = False,
    reply_draft: str = "",
    note_draft: str = "",
) -> Response:
    number = visit.number()
    with visit.services.database.read() as connection:
        page = ticket_page(connection, number, limit=MESSAGES, before=visit.asked_number("before"))
        newest = newest_message(connection, number)
        agents = list_agents(connection, active_only=True)
        people = people_values(connection, page) if page is not None else {}
        unreached = unreached_by(visit, connection, page)
        promised = promises_of(connection, [number])[number]
        sending = sending_values(visit, connection, number)
    if page is None:
        raise Refused(404, "error_404")
    row = page.ticket
    zone = _zones(visit).get(row.brand, ZoneInfo("UTC"))
    names = {person.address: person.name for person in page.participants if person.name}
    names |= {agent.address: agent.shown_name for agent in agents}
    brands, teams = _company(visit)
    statuses = [each.value for each in BY_HAND]
    if row.status not in BY_HAND:
        statuses.insert(0, row.status.value)
    return visit.page(
        "ticket.html.j2",
        status,
        ticket=row,
        timeline=timeline(page),
        rest={message.id: rest_of(message) for message in page.messages},
        describe=describe_for(visit.language, names, visit.services.desk.office()),
        forwarders=forwarders(page, names),
        **people,
        unreached=unreached,
        **sending,
        promises=shown(
            promised, visit.services.desk.office().loaded.side.sla.policies, visit.now, zone, visit.language
        ),
        promises_zone=zone.key,
        **model_values(visit, row),
        others=page.others,
        earlier=f"/tickets/{number}?before={page.messages[0].id}" if page.has_earlier else None,
        newest=newest,
        agents=agents,
        statuses=statuses,
        allowed=allowed_statuses(visit, row),
        brands=brands,
        teams=teams,
        closed=row.status is Status.CLOSED,
        unmasked=visit.unmasked,
        has_hidden=masked(page, visit.masked) != page,
        done=done,
        problem=problem,
        conflict=conflict,
        draft={"reply": reply_draft, "note": note_draft},
        macros=offered(visit),
        macro=visit.query.get("macro") or visit.form.get("macro", ""),
    )


def _narrowed(wanted: TicketFilter, chosen: dict[str, str], search: str) -> TicketFilter:
    if chosen["status"] in set(Status):
        wanted = replace(wanted, statuses=(Status(chosen["status"]),))
    if chosen["assignee"] == "none":
        wanted = replace(wanted, unassigned=True)
    elif (assignee := number_in(chosen["assignee"])) is not None:
        wanted = replace(wanted, assignee=assignee)
    if chosen["team"]:
        wanted = replace(wanted, team=chosen["team"])
    if chosen["brand"]:
        wanted = replace(wanted, brand=chosen["brand"])
    return replace(wanted, search=search)


def _sorts(visit: Visit, usual: Mapping[str, str]) -> dict[str, str]:
    """Addresses of this list by the order that each puts it in."""
    return {
        word(visit.language, "sort_usual"): f"/tickets?{urlencode(usual)}",
        word(visit.language, "sort_due"): f"/tickets?{urlencode({**usual, 'sort': 'due'})}",
    }


def _promises_anything(visit: Visit) -> bool:
    return bool(visit.services.desk.office().loaded.side.sla.policies)


def _zones(visit: Visit) -> dict[str, ZoneInfo]:
    return {brand.id: ZoneInfo(brand.time_zone) for brand in visit.services.configuration().brands}


def _company(visit: Visit) -> tuple[dict[str, str], list[str]]:
    """Brand names by id, and the teams that the configuration names."""
    brands = visit.services.configuration().brands
    return {brand.id: brand.name for brand in brands}, sorted({brand.team for brand in brands if brand.team})
