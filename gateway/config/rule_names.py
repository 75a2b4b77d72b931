"""Names in rules: teams, agents, macros, brands and placeholders that are not there, each with what was probably meant."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gateway.config.mistakes import Mistake, Place, did_you_mean
from gateway.config.model import Brand
from gateway.config.rule_replies import Replies
from gateway.config.side_files import SideFiles
from gateway.config.source import Node, read_source
from gateway.config.validate import place_of
from gateway.mail.address import address_key, domain_of
from gateway.rules.automation import NOBODY, EventRule, TicketThen, TicketWhen, TimedRule
from gateway.rules.captures import named_groups
from gateway.rules.changes import AUTO, PLACEHOLDERS
from gateway.rules.file import RulesFile
from gateway.rules.lint import never, remarks
from gateway.rules.model import When
from gateway.threading.model import Status

Path_ = tuple[str | int, ...]
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]{0,99})\}")
_GROUPS = ("assignee", "team", "admins")


@dataclass(frozen=True)
class Names:
    """What rules may name."""

    parts: Mapping[str, Any]  # settings of gateway.yaml
    tree: Node  # of gateway.yaml
    side: SideFiles
    base: Path
    _files: dict[str, Node | None] = field(default_factory=dict)

    @cached_property
    def brands(self) -> dict[str, int]:
        found: tuple[tuple[int, Brand], ...] = self.parts.get("brands") or ()
        return {brand.id: index for index, brand in found}

    @cached_property
    def ours(self) -> dict[str, str]:
        """The brand of each address that customers write to, by its key."""
        found: tuple[tuple[int, Brand], ...] = self.parts.get("brands") or ()
        return {address_key(address): brand.id for _, brand in found for address in brand.addresses}

    @cached_property
    def teams(self) -> dict[str, int]:
        return {team.id: index for index, team in enumerate(self.side.teams.teams)}

    @cached_property
    def macros(self) -> dict[str, int]:
        return {macro.id: index for index, macro in enumerate(self.side.macros.macros)}

    @cached_property
    def agents(self) -> dict[str, str]:
        """Everybody whom teams.yaml names, by key."""
        admin: str | None = self.parts.get("admin")
        teams = self.side.teams
        named = [*(one for team in teams.teams for one in team.members), *(one.address for one in teams.agents)]
        return {address_key(address): address for address in (*named, *((admin,) if admin else ()))}

    @cached_property
    def fields(self) -> dict[str, int]:
        own = {one.id: index for index, one in enumerate(self.side.fields.fields)}
        return own | ({"impact": -1, "urgency": -1} if self.side.fields.matrix is not None else {})

    @cached_property
    def statuses(self) -> dict[str, int]:
        own = {one.id: index for index, one in enumerate(self.side.fields.statuses)}
        return own | {one.value: -1 for one in Status}

    @cached_property
    def menus(self) -> dict[str, int]:
        return {menu.id: index for index, menu in enumerate(self.side.menus.menus)}

    @cached_property
    def replies(self) -> Replies:
        return Replies(self.parts)

    @cached_property
    def webhooks(self) -> dict[str, int]:
        return {one.id: index for index, one in enumerate(self.side.webhooks.webhooks)}

    def where(self, file: str, *path: str | int) -> str:
        """`` (teams.yaml:7)``: read again only for a message."""
        tree = self.tree if file == "brands" else self.tree_of(file)
        if tree is None:
            return ""
        place = place_of(tree, *path)
        return f" ({Path(place.file).name}:{place.line})"

    def tree_of(self, file: str) -> Node | None:
        """What stands in a file beside gateway.yaml, with its places."""
        if file not in self._files:
            named: Path | None = self.parts.get(file)
            path = named or self.base / f"{file}.yaml"
            self._files[file] = read_source(path, str(path)).tree
        return self._files[file]

    def where_own(self, section: str, index: int) -> str:
        """Where a field or a status of the admin's own stands."""
        return "" if index < 0 else self.where("fields", section, index, "id")


def check_rules(
    written: RulesFile, tree: Node, names: Names, *, with_warnings: bool
) -> tuple[list[Mistake], list[Mistake]]:
    """Mistakes, which keep the rules from being used, and warnings, which do not: they take time with the square of the rules."""
    mistakes = [*_names(written, tree, names)]
    warnings: list[Mistake] = []
    for remark in remarks(written) if with_warnings else never(written):
        message = remark.message
        if remark.other is not None:
            line = place_of(tree, *remark.other).line
            kind, index = remark.other
            message = f"{message} {getattr(written, kind)[index].name!r} in line {line}"
        found = Mistake.at(place_of(tree, *remark.path), message)
        (mistakes if remark.is_mistake else warnings).append(found)
    if with_warnings:
        warnings += _strangers(written, tree, names)
        warnings += _untranslated(written, tree, names)
    return mistakes, warnings


def _names(written: RulesFile, tree: Node, names: Names) -> Iterator[Mistake]:
    for index, rule in enumerate(written.rules):
        yield from _brands(rule.when, ("rules", index, "when"), tree, names)
        if rule.then.team is not None:
            yield from _team(rule.then.team, ("rules", index, "then", "team"), tree, names)
        for name in rule.then.fields or ():
            yield from _field(name, ("rules", index, "then", "fields"), tree, names)
        yield from _menu(rule.then.menu, ("rules", index, "then", "menu"), tree, names)
        texts = ((("then", "fields", name), text) for name, text in (rule.then.fields or {}).items())
        yield from _placeholders(texts, named_groups(rule.when), (), ("rules", index), tree)
    for kind in ("events", "timers"):
        ruled: Sequence[EventRule | TimedRule] = getattr(written, kind)
        for index, one in enumerate(ruled):
            yield from _conditions(one.when, (kind, index, "when"), tree, names)
            yield from check_actions(one.then, one.when, (kind, index, "then"), tree, names)


def _conditions(when: TicketWhen | None, path: Path_, tree: Node, names: Names) -> Iterator[Mistake]:
    if when is None:
        return
    yield from _brands(when, path, tree, names)
    for number, team in enumerate(when.team or ()):
        yield from _team(team, (*path, "team", number), tree, names)
    for number, status in enumerate(when.status or ()):
        yield from _status(status, (*path, "status", number), tree, names)
    for name in when.field or ():
        yield from _field(name, (*path, "field"), tree, names)
    for step, inner in _inside(when):
        if isinstance(inner, TicketWhen):
            yield from _conditions(inner, (*path, *step), tree, names)
    yield from _brands(when.mail, (*path, "mail"), tree, names)


def _inside(when: When | TicketWhen) -> Iterator[tuple[Path_, When | TicketWhen]]:
    groups: tuple[tuple[str, Sequence[When | TicketWhen] | None], ...] = (("all", when.all_of), ("any", when.any_of))
    for name, group in groups:
        for number, inner in enumerate(group or ()):
            yield (name, number), inner
    if when.none_of is not None:
        yield ("not",), when.none_of


def _brands(when: When | TicketWhen | None, path: Path_, tree: Node, names: Names) -> Iterator[Mistake]:
    if when is None or not names.brands:
        return
    for number, brand in enumerate(when.brand or ()):
        if brand not in names.brands:
            message = _unknown("brand", brand, names.brands, lambda near: names.where("brands", "brands", near, "id"))
            yield Mistake.at(place_of(tree, *path, "brand", number), message)
    if isinstance(when, When):
        for step, inner in _inside(when):
            yield from _brands(inner, (*path, *step), tree, names)


def _team(team: str, path: Path_, tree: Node, names: Names) -> Iterator[Mistake]:
    if names.teams and team not in names.teams and team != NOBODY:
        message = _unknown("team", team, names.teams, lambda near: names.where("teams", "teams", near, "id"))
        yield Mistake.at(place_of(tree, *path), message)


def _status(status: str, path: Path_, tree: Node, names: Names) -> Iterator[Mistake]:
    if status not in names.statuses:
        message = _unknown("status", status, names.statuses, lambda near: names.where_own("statuses", near))
        yield Mistake.at(place_of(tree, *path), f"{message} There are {', '.join(names.statuses)}.")


def _field(name: str, path: Path_, tree: Node, names: Names) -> Iterator[Mistake]:
    if names.fields and name not in names.fields:
        message = _unknown("field", name, names.fields, lambda near: names.where_own("fields", near))
        yield Mistake.at(place_of(tree, *path, name), message)


def _menu(menu: str | None, path: Path_, tree: Node, names: Names) -> Iterator[Mistake]:
    if menu is not None and menu not in names.menus:
        message = _unknown("menu", menu, names.menus, lambda near: names.where("menus", "menus", near, "id"))
        yield Mistake.at(place_of(tree, *path), message)


def check_actions(
    then: TicketThen, when: TicketWhen | None, path: Path_, tree: Node, names: Names
) -> Iterator[Mistake]:
    """What ``then`` names, of a rule with the conditions ``when``. ``path`` leads to it in ``tree``."""
    if then.team is not None:
        yield from _team(then.team, (*path, "team"), tree, names)
    if then.status is not None:
        yield from _status(then.status, (*path, "status"), tree, names)
    for name in then.fields or ():
        yield from _field(name, (*path, "fields"), tree, names)
    for number, name in enumerate(then.webhook or ()):
        if names.webhooks and name not in names.webhooks:
            message = _unknown(
                "webhook", name, names.webhooks, lambda near: names.where("webhooks", "webhooks", near, "id")
            )
            yield Mistake.at(place_of(tree, *path, "webhook", number), message)
    if then.macro is not None and names.macros and then.macro not in names.macros:
        message = _unknown("macro", then.macro, names.macros, lambda near: names.where("macros", "macros", near, "id"))
        yield Mistake.at(place_of(tree, *path, "macro"), message)
    yield from _menu(then.menu, (*path, "menu"), tree, names)
    if then.reply is not None:
        brands = when.brand or () if when is not None else ()
        for message in names.replies.mistakes(then.reply.template, brands):
            yield Mistake.at(place_of(tree, *path, "reply", "template"), message)
    yield from _placeholders(texts_of(then), named_groups(when), tuple(PLACEHOLDERS), path, tree)
    for number, mail in enumerate(then.notify or ()):
        for position, address in enumerate(mail.to):
            yield from _no_loop(address, (*path, "notify", number, "to", position), tree, names)


def _placeholders(
    texts: Iterable[tuple[Path_, str]], groups: Sequence[str], others: Sequence[str], path: Path_, tree: Node
) -> Iterator[Mistake]:
    """Those in ``texts`` that are neither a named group of the rule's patterns nor one of ``others``."""
    known = [*others, *(f"match.{name}" for name in groups)]
    for step, text in texts:
        for name in _PLACEHOLDER.findall(text):
            if name not in known:
                caught = f" The patterns of this rule catch {', '.join(groups) or 'nothing by name'}."
                hint = did_you_mean(name, known) or (caught if name.startswith("match.") or not others else "")
                hint = hint or f" There are {', '.join(known)}."
                yield Mistake.at(place_of(tree, *path, *step), f"unknown placeholder {{{name}}}.{hint}")


def texts_of(then: TicketThen) -> Iterator[tuple[Path_, str]]:
    """Every text in which placeholders are filled in, with where it stands."""
    for name, text in (then.fields or {}).items():
        yield ("fields", name), text
    if then.note is not None:
        yield ("note",), then.note
    for number, mail in enumerate(then.notify or ()):
        yield ("notify", number, "text"), mail.text
    if then.merge_into is not None:
        yield ("merge_into",), then.merge_into


def _no_loop(address: str, path: Path_, tree: Node, names: Names) -> Iterator[Mistake]:
    if "@" not in address:
        if address not in _GROUPS:
            meant = did_you_mean(address, _GROUPS)
            message = f"`{address}` is neither an address nor one of {', '.join(_GROUPS)}.{meant}"
            yield Mistake.at(place_of(tree, *path), message)
        return
    brand = names.ours.get(address_key(address))
    if brand is not None:
        message = f"`{address}` is an address of the brand `{brand}`: the gateway would write to itself; name an agent"
        yield Mistake.at(place_of(tree, *path), message)
    elif domain_of(address) == names.parts.get("reply_domain"):
        message = f"`{address}` is in the reply domain: the gateway would write to itself; name an agent"
        yield Mistake.at(place_of(tree, *path), message)


def _strangers(written: RulesFile, tree: Node, names: Names) -> Iterator[Mistake]:
    """Agents whom teams.yaml does not know: they may have an account all the same, so this stops nothing."""
    if not names.teams:
        return
    for kind in ("events", "timers"):
        rules: Sequence[EventRule | TimedRule] = getattr(written, kind)
        for index, rule in enumerate(rules):
            path = (kind, index, "then")
            named: list[tuple[str, Place]] = []
            if rule.then.agent not in (None, AUTO, NOBODY):
                named.append((str(rule.then.agent), place_of(tree, *path, "agent")))
            for number, mail in enumerate(rule.then.notify or ()):
                places = ((one, place_of(tree, *path, "notify", number, "to", at)) for at, one in enumerate(mail.to))
                named += [(one, place) for one, place in places if "@" in one]
            for address, place in named:
                if address_key(address) not in names.agents and address_key(address) not in names.ours:
                    meant = did_you_mean(address, names.agents.values())
                    yield Mistake.at(place, f"teams.yaml knows no agent {address}.{meant}")


def _untranslated(written: RulesFile, tree: Node, names: Names) -> Iterator[Mistake]:
    """Replies that some customers read in another language than their own."""
    for kind in ("events", "timers"):
        rules: Sequence[EventRule | TimedRule] = getattr(written, kind)
        for index, rule in enumerate(rules):
            if rule.then.reply is None:
                continue
            brands = rule.when.brand or () if rule.when is not None else ()
            for message in names.replies.warnings(rule.then.reply.template, brands):
                yield Mistake.at(place_of(tree, kind, index, "then", "reply", "template"), message)


def _unknown(what: str, name: str, known: Mapping[str, int], where: Callable[[int], str]) -> str:
    meant = did_you_mean(name, known)
    if not meant:
        return f"there is no {what} `{name}`."
    near = meant.split("`")[1]
    return f"there is no {what} `{name}`.{meant.removesuffix('?')}{where(known[near])}?"
