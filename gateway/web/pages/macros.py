"""Macros: those that the ticket page offers, and the page on which agents keep their own."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

from pydantic import ValidationError
from starlette.responses import Response

from gateway.config.macros import PLACEHOLDERS, MacroDefinition, mistakes_of
from gateway.config.section import Language
from gateway.desk.macros import Choice, choices, known_names, macro_text, reply_with, set_without_reply
from gateway.rules.fields import FieldType
from gateway.store.saved_macros import (
    MacroError,
    PersonalMacro,
    add_macro,
    change_macro,
    list_macros,
    remove_macro,
)
from gateway.store.schema import agents
from gateway.threading.model import Status
from gateway.web.pages.sending import patient
from gateway.web.pages.ticket_model import field_input
from gateway.web.render import tidy
from gateway.web.visit import Refused, Visit
from gateway.web.words import WORDS, word

_EMPTY = MacroDefinition(title="-")
_STATUSES = (Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED)
_PRIORITIES = ("low", "normal", "high", "urgent")

# --- on the ticket page ----------------------------------------------------------------------------------------------


def offered(visit: Visit) -> tuple[Choice, ...]:
    """The agent's own macros, then the shared ones."""
    with visit.services.database.read() as connection:
        return choices(connection, visit.services.desk.office(), visit.agent.id)


def _chosen(visit: Visit, wanted: str) -> MacroDefinition | None:
    return next((one.definition for one in offered(visit) if one.id == wanted), None) if wanted else None


def macro_draft(visit: Visit, number: int) -> str:
    """The words of the macro that was asked for, ready to be edited; "" where none was."""
    macro = _chosen(visit, visit.query.get("macro", ""))
    if macro is None:
        return ""
    with visit.services.database.read() as connection:
        who = connection.execute(agents.select().where(agents.c.id == visit.agent.id)).one()
        return macro_text(connection, visit.services.desk.office(), number, who, macro)


def reply_by_form(visit: Visit, number: int, text: str) -> None:
    """Send an answer with what its macro sets, all or nothing; "solve" wins over the macro's status. DeskError says what is wrong."""
    status = Status.SOLVED if visit.form.get("solve") else None
    macro = _chosen(visit, visit.form.get("macro", ""))
    desk, me = patient(visit), visit.agent.id
    if macro is None:
        desk.reply(number, me, text, status=status or Status.PENDING)
    else:
        reply_with(desk, number, me, macro, text, status=status)


def set_by_form(visit: Visit, number: int) -> None:
    """Set what the macro sets and send nothing. DeskError says what is wrong; 404 where there is no such macro."""
    macro = _chosen(visit, visit.form.get("macro", ""))
    if macro is None:
        raise Refused(404, "error_404")
    set_without_reply(visit.services.desk, number, visit.agent.id, macro)


# --- own macros ------------------------------------------------------------------------------------------------------


def own_macros(visit: Visit) -> Response:
    return _page(visit, _EMPTY, None, title="")


def own_macro(visit: Visit) -> Response:
    macro = _mine(visit, visit.number())
    return _page(visit, macro.definition, macro.number, title=macro.definition.title)


def add_own(visit: Visit) -> Response:
    return _save(visit, None)


def change_own(visit: Visit) -> Response:
    return _save(visit, _mine(visit, visit.number()).number)


def remove_own(visit: Visit) -> Response:
    number = _mine(visit, visit.number()).number
    with visit.services.database.write() as connection:
        remove_macro(connection, visit.agent.id, number)
    return visit.go("/macros", done="saved")


def _mine(visit: Visit, number: int) -> PersonalMacro:
    with visit.services.database.read() as connection:
        found = next((macro for macro in list_macros(connection, visit.agent.id) if macro.number == number), None)
    if found is None:
        raise Refused(404, "error_404")
    return found


def _save(visit: Visit, number: int | None) -> Response:
    asked = _asked(visit)
    try:
        macro = MacroDefinition.model_validate(asked)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        path = tuple(str(part) for part in wrong["loc"]) or ("title",)
        problem = _said(visit, path, str(wrong["msg"]).removeprefix("Value error, "))
        return _page(visit, _as_typed(asked), number, title=asked["title"], problem=problem, status=400)
    problem = "; ".join(_problems(visit, macro))
    try:
        if not problem:
            with visit.services.database.write() as connection:
                if number is None:
                    add_macro(connection, visit.agent.id, macro, visit.now)
                else:
                    change_macro(connection, visit.agent.id, number, macro)
    except MacroError as error:
        problem = str(error)
    if problem:
        return _page(visit, macro, number, title=macro.title, problem=problem, status=400)
    return visit.go("/macros", done="saved")


def _problems(visit: Visit, macro: MacroDefinition) -> Iterator[str]:
    called = f"“{tidy(macro.title)}”"
    for path, message in mistakes_of(macro, called, known_names(visit.services.desk.office())):
        yield _said(visit, path, message)


def _said(visit: Visit, path: tuple[str, ...], message: str) -> str:
    if not path:
        return message
    key = f"macro_field_{path[0]}"
    label = word(visit.language, key) if key in WORDS else path[0]
    return f"{label}: {message}"


def _as_typed(asked: dict[str, Any]) -> MacroDefinition:
    """What a form holds that makes no macro, to be shown again."""
    return MacroDefinition.model_construct(**{**_EMPTY.model_dump(), **asked})


def _asked(visit: Visit) -> dict[str, Any]:
    """The form as a definition. Fields that are left empty are not set."""
    form = visit.form
    texts = {language: form.get(f"text_{language}", "").replace("\r\n", "\n") for language in get_args(Language)}
    return {
        "title": form.get("title", "").strip(),
        "text": {language: text.strip("\n") for language, text in texts.items() if text.strip()},
        "status": form.get("status") or None,
        "priority": form.get("priority") or None,
        "team": form.get("team", "").strip() or None,
        "tags": tuple(dict.fromkeys(form.get("tags", "").replace(",", " ").split())),
        "fields": dict(_asked_fields(visit)),
    }


def _asked_fields(visit: Visit) -> Iterator[tuple[str, str]]:
    for one in visit.services.desk.office().fields.definitions:
        if one.type is FieldType.CHOICES:
            chosen = [choice for at, choice in enumerate(one.choices) if visit.form.get(f"field_{one.id}_{at}")]
            value = ", ".join(chosen)
        else:
            value = visit.form.get(f"field_{one.id}", "").strip()
        if value:
            yield one.id, value


def _page(
    visit: Visit, macro: MacroDefinition, number: int | None, *, title: str, problem: str = "", status: int = 200
) -> Response:
    """``macro`` fills the form; ``number`` is None for a new one."""
    office = visit.services.desk.office()
    with visit.services.database.read() as connection:
        mine = list_macros(connection, visit.agent.id)
    teams = {team.id for team in office.loaded.side.teams.teams}
    teams |= {brand.team for brand in visit.services.configuration().brands if brand.team}
    return visit.page(
        "own_macros.html.j2",
        status,
        mine=mine,
        shared=office.loaded.side.macros.macros,
        number=number,
        title=title,
        macro=macro,
        problem=problem,
        done=visit.query.get("done", ""),
        languages=get_args(Language),
        statuses=_STATUSES,
        own_statuses=[(one.id, tidy(one.label(visit.language)), one.category) for one in office.statuses.own],
        priorities=_PRIORITIES,
        teams=sorted(teams),
        fields=[
            replace(field_input(one, _kept(macro, one.id, one.type), visit.language), needed=False, lacking=False)
            for one in office.fields.definitions
        ],
        placeholders=[f"{{{{ {name} }}}}" for name in PLACEHOLDERS],
    )


def _kept(macro: MacroDefinition, name: str, kind: FieldType) -> Any:
    """As the inputs take it."""
    value = macro.fields.get(name, "")
    return value.split(", ") if kind is FieldType.CHOICES else value
