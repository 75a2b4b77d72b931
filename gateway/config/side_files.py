"""The files beside ``gateway.yaml`` that are about people and time: calendars, teams, promises. Read together, for they name each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from gateway.config.calendars import CalendarsFile, WrittenCalendars, compile_calendars, find_days
from gateway.config.fields import FieldsFile, check_fields, compile_fields, compile_statuses
from gateway.config.macros import MacroNames, MacrosFile, check_macros
from gateway.config.menus import MenusFile, check_menus
from gateway.config.mistakes import Mistake
from gateway.config.organizations import OrganizationNames, OrganizationsFile, check_organizations
from gateway.config.organizations_table import organizations_table
from gateway.config.overrides import fill_secrets
from gateway.config.senders import Vip, read_vips
from gateway.config.sla import SlaFile, check_sla
from gateway.config.source import Node, Source, read_source
from gateway.config.teams import TeamsFile, check_teams
from gateway.config.validate import place_of, validate
from gateway.config.views import ViewsFile, check_views
from gateway.config.webhooks import WebhooksFile, check_webhooks

Table = Callable[[Path], Source]
File = TypeVar("File", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class SideFiles:
    """What stands in them, ready to be handed to another process and compiled there."""

    calendars: WrittenCalendars = field(default_factory=WrittenCalendars)
    teams: TeamsFile = field(default_factory=TeamsFile)
    sla: SlaFile = field(default_factory=SlaFile)
    macros: MacrosFile = field(default_factory=MacrosFile)
    fields: FieldsFile = field(default_factory=FieldsFile)
    organizations: OrganizationsFile = field(default_factory=OrganizationsFile)
    webhooks: WebhooksFile = field(default_factory=WebhooksFile)
    views: ViewsFile = field(default_factory=ViewsFile)
    menus: MenusFile = field(default_factory=MenusFile)
    vips: tuple[str, ...] = ()  # address and domain keys of `vip.file`


@dataclass(slots=True)
class _Reader:
    base: Path
    parts: Mapping[str, Any]  # settings of gateway.yaml; those that are wrong themselves are None
    tree: Node
    environ: Mapping[str, str]  # for secrets in these files
    contents: list[bytes] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def read(self, setting: str, model: type[File], *, table: Table | None = None) -> tuple[File, Node | None]:
        """The file that the setting names, else the one of the setting's name beside gateway.yaml if there is one.

        ``table``: how a file with the ending ``.csv`` is read instead.
        """
        named: Path | None = self.parts.get(setting)
        path = named or self.base / f"{setting}.yaml"
        if named is None and table is not None and not path.is_file():
            path = self.base / f"{setting}.csv"
        if not path.is_file():
            if named is not None:
                self.mistakes.append(Mistake.at(place_of(self.tree, setting), f"there is no file {path}"))
            return model(), None
        is_table = table is not None and path.suffix.lower() == ".csv"
        source = table(path) if table is not None and is_table else read_source(path, str(path))
        self.contents.append(source.content)
        if source.tree is None:
            self.mistakes += source.mistakes
            return model(), None
        unset = fill_secrets(source.tree, self.environ, self.base)
        written, found = validate(model, source.tree, None)
        found = [*unset, *found]
        reported = {(mistake.file, mistake.line, mistake.column) for mistake in source.mistakes}
        self.mistakes += source.mistakes
        self.mistakes += (one for one in found if (one.file, one.line, one.column) not in reported)
        return (model(), None) if written is None or found or source.mistakes else (written, source.tree)


def read_side_files(
    base: Path, parts: Mapping[str, Any], tree: Node, *, year: int, environ: Mapping[str, str] | None = None
) -> tuple[SideFiles, list[bytes], list[Mistake]]:
    """All of them, the octets that they consist of, and every mistake.

    ``year``: the present one, for holidays. ``environ``: what ``${NAME}`` stands for.
    """
    reader = _Reader(base, parts, tree, environ or {})
    calendars_file, calendars_tree = reader.read("calendars", CalendarsFile)
    teams, teams_tree = reader.read("teams", TeamsFile)
    sla, sla_tree = reader.read("sla", SlaFile)
    macros, macros_tree = reader.read("macros", MacrosFile)
    fields, fields_tree = reader.read("fields", FieldsFile)
    if fields_tree is not None:
        brands = [brand.id for _, brand in parts.get("brands") or ()]
        known_teams = [team.id for team in teams.teams]
        reader.mistakes += check_fields(fields, fields_tree, brands=brands, teams=known_teams)
    if macros_tree is not None:
        known = None if reader.mistakes else macro_names(fields, teams)
        reader.mistakes += check_macros(macros, macros_tree, known)
    webhooks, webhooks_tree = reader.read("webhooks", WebhooksFile)
    if webhooks_tree is not None:
        reader.mistakes += check_webhooks(webhooks, webhooks_tree)
    menus, menus_tree = reader.read("menus", MenusFile)
    if menus_tree is not None:
        reader.mistakes += check_menus(menus, menus_tree)
    views, views_tree = reader.read("views", ViewsFile)
    if views_tree is not None:
        brands = [brand.id for _, brand in parts.get("brands") or ()]
        reader.mistakes += check_views(views, views_tree, teams=[team.id for team in teams.teams], brands=brands)
    organizations, organizations_tree = reader.read("organizations", OrganizationsFile, table=organizations_table)
    if organizations_tree is not None:
        named = None if reader.mistakes else organization_names(fields, sla)
        reader.mistakes += check_organizations(organizations, organizations_tree, named)
    calendars = WrittenCalendars()
    sound = not reader.mistakes
    if calendars_tree is not None:
        calendars, content, found = find_days(calendars_file, calendars_tree, base, year)
        reader.contents.append(content)
        reader.mistakes += found
        sound = sound and not found
    if sound:  # else names would be missed that stand in a file with another mistake
        compiled = compile_calendars(calendars)
        if teams_tree is not None:
            reader.mistakes += check_teams(teams, compiled, teams_tree)
        if sla_tree is not None:
            contracts = {one.policy for one in organizations.organizations if one.policy}
            reader.mistakes += check_sla(sla, compiled, sla_tree, contracts)
    vips = _read_vip_file(reader)
    return (
        SideFiles(calendars, teams, sla, macros, fields, organizations, webhooks, views, menus, vips),
        reader.contents,
        reader.mistakes,
    )


def macro_names(fields: FieldsFile, teams: TeamsFile) -> MacroNames:
    """What the macros beside these files may name."""
    return MacroNames(compile_fields(fields), compile_statuses(fields), frozenset(team.id for team in teams.teams))


def organization_names(fields: FieldsFile, sla: SlaFile) -> OrganizationNames:
    """What the organisations beside these files may name."""
    return OrganizationNames(compile_fields(fields), frozenset(policy.id for policy in sla.policies))


def _read_vip_file(reader: _Reader) -> tuple[str, ...]:
    vip: Vip | None = reader.parts.get("vip")
    if vip is None or vip.file is None:
        return ()
    people, content, mistakes = read_vips(vip.file, place_of(reader.tree, "vip", "file"))
    reader.contents.append(content)
    reader.mistakes += mistakes
    return people
