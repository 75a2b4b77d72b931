"""Commands that set something on a ticket: assignee, team, priority, tags, status, macro. Names are matched forgivingly, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.desk.actions import DeskError
from gateway.desk.agent_fields import own_status, set_field, set_kind
from gateway.desk.agent_notices import named
from gateway.desk.command_words import NOBODY_WORDS, PRIORITY_WORDS, SELF_WORDS, STATUS_WORDS, Command
from gateway.desk.commands import Named, Order, find_named, fold
from gateway.desk.macros import apply_macro, choices, named_macros
from gateway.notify.agent_words import say
from gateway.store.schema import agents, tickets
from gateway.threading.model import Status

if TYPE_CHECKING:
    from gateway.desk.agent_orders import Work

SHORT_STATUS = {
    Command.OPEN: Status.OPEN,
    Command.PENDING: Status.PENDING,
    Command.HOLD: Status.ON_HOLD,
    Command.SOLVED: Status.SOLVED,
}
_SELF = frozenset(map(fold, SELF_WORDS))
_NOBODY = frozenset(map(fold, NOBODY_WORDS)) | {"-"}


class Properties:
    """Carries out one mail's orders of this kind. The status is only remembered: it is set together with the text."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.status: Status | None = None
        self.macro_text = ""

    def carry_out(self, order: Order) -> None:
        """Do it, or say why not. Orders of other kinds are left alone."""
        if order.command in SHORT_STATUS:
            self.status, self.work.own_status = SHORT_STATUS[order.command], ""
            return
        acts = {
            Command.STATUS: self._status,
            Command.ASSIGN: self._assign,
            Command.TAKE: self._take,
            Command.TEAM: self._team,
            Command.PRIORITY: self._priority,
            Command.TAG: self._tag,
            Command.FIELD: lambda order: set_field(self.work, order),
            Command.TYPE: lambda order: set_kind(self.work, order, self._pick),
            Command.MACRO: self._macro,
        }
        act = acts.get(order.command)
        if act is None:
            return
        try:
            act(order)
        except DeskError as error:
            self.work.failed("refused", line=order.written, why=str(error))

    def _status(self, order: Order) -> None:
        known = [Named(name, words) for name, words in STATUS_WORDS.items()]
        own = own_status(self.work.office.statuses)
        name = self._pick(order, [*known, *own])
        if name is not None:
            status = self.work.office.statuses.by_id.get(name) if name in {one.key for one in own} else None
            self.work.own_status = status.id if status is not None else ""
            self.status = Status(status.category) if status is not None else SHORT_STATUS[Command(name)]

    def _assign(self, order: Order) -> None:
        work = self.work
        value = fold(order.value)
        if value in _NOBODY or order.value.strip() == "-":
            work.desk.assign(work.ticket, None, work.agent.id)
            work.did("done_assign", value=say(work.language, "nobody"))
        elif value in _SELF:
            self._take(order)
        else:
            rows = list(work.connection.execute(select(agents).where(agents.c.active).order_by(agents.c.id)))
            key = self._pick(order, [named(row) for row in rows])
            if key is not None:
                work.desk.assign(work.ticket, int(key), work.agent.id)
                row = next(row for row in rows if str(row.id) == key)
                work.did("done_assign", value=row.name or row.address)

    def _take(self, order: Order) -> None:  # noqa: ARG002 - one signature for all
        work = self.work
        work.desk.assign(work.ticket, work.agent.id, work.agent.id)
        work.did("done_assign", value=work.agent.name or work.agent.address)

    def _team(self, order: Order) -> None:
        work = self.work
        if fold(order.value) in _NOBODY or order.value.strip() == "-":
            work.desk.team(work.ticket, None, work.agent.id)
            work.did("done_team", value=say(work.language, "nobody"))
            return
        key = self._pick(order, self._teams())
        if key is not None:
            work.desk.team(work.ticket, key, work.agent.id)
            work.did("done_team", value=key)

    def _teams(self) -> list[Named]:
        """Teams that the configuration names, and those that tickets are in: a team may be given by hand on the web."""
        office = self.work.office
        known = {team.id: Named(team.id, (team.name or team.id, team.id)) for team in office.loaded.side.teams.teams}
        others = {brand.team for brand in office.configuration.brands if brand.team}
        used = self.work.connection.execute(
            select(tickets.c.team).where(tickets.c.team.is_not(None)).distinct().limit(200)
        ).scalars()
        others.update(str(team) for team in used)
        return [*known.values(), *(Named(team, (team,)) for team in sorted(others - known.keys()))]

    def _priority(self, order: Order) -> None:
        work = self.work
        name = self._pick(order, [Named(name, words) for name, words in PRIORITY_WORDS.items()])
        if name is not None:
            work.desk.priority(work.ticket, name, work.agent.id)
            work.did("done_priority", value=say(work.language, f"priority_{name}"))

    def _tag(self, order: Order) -> None:
        work = self.work
        words = order.value.replace(",", " ").replace("、", " ").split()
        remove = [word[1:] for word in words if word[0] in "-−–" and len(word) > 1]
        add = [word.lstrip("+#") for word in words if word[0] not in "-−–" and word.lstrip("+#")]
        if not add and not remove:
            work.failed("no_such", line=order.written, value=order.value)
            return
        work.desk.tag(work.ticket, work.agent.id, add=add, remove=remove)
        work.did("done_tag", value=" ".join([*(f"+{tag}" for tag in add), *(f"−{tag}" for tag in remove)]))

    def _macro(self, order: Order) -> None:
        work = self.work
        macros = choices(work.connection, work.office, work.agent.id)
        key = self._pick(order, named_macros(macros))
        if key is None:
            return
        macro = next(one.definition for one in macros if one.id == key)
        with work.connection.begin_nested():  # all that it sets, or nothing
            applied = apply_macro(work.connection, work.desk, work.office, work.ticket, work.agent, macro)
        self.macro_text = "\n\n".join(part for part in (self.macro_text, applied.text) if part)
        if applied.status is not None:
            self.status, self.work.own_status = applied.status, applied.own_status
        work.did("done_macro", value=macro.title)

    def _pick(self, order: Order, known: list[Named]) -> str | None:
        """The one that the value means; where that is none or several, the report says so."""
        found = find_named(order.value, known)
        if found.key is not None:
            return found.key
        names = {"line": order.written, "value": order.value[:80]}
        if len(found.meant) > 1:
            self.work.failed("several", **names, meant=", ".join(found.meant))
        elif found.meant:
            self.work.failed("no_such_meant", **names, meant=found.meant[0])
        else:
            self.work.failed("no_such", **names)
        return None
