"""Names in menus, and menus that are named: each that is not there, with what was probably meant; and languages that are missing."""

from collections.abc import Iterator

from gateway.config.menus import MenusFile, every_choice
from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.model import Brand
from gateway.config.rule_names import Names, check_actions
from gateway.config.rule_replies import LANGUAGES
from gateway.config.validate import place_of
from gateway.rules.file import RulesFile


def check_menu_names(written: MenusFile, rules: RulesFile, names: Names) -> tuple[list[Mistake], list[Mistake]]:
    """Mistakes, which keep the configuration from being used, and warnings, which do not."""
    mistakes, warnings = [*_of_settings(names)], list[Mistake]()
    tree = names.tree_of("menus") if written.menus else None
    if tree is None:
        return mistakes, warnings
    brands: tuple[Brand, ...] = tuple(brand for _, brand in names.parts.get("brands") or ())
    spoken = {str(brand.language): brand.id for brand in reversed(brands)}
    offered = _offered(rules, names)
    for index, menu in enumerate(written.menus):
        if menu.id not in offered:
            words = f"nothing offers the menu `{menu.id}`: name it in `acknowledgements.menu`, or as `menu` of a rule"
            warnings.append(Mistake.at(place_of(tree, "menus", index, "id"), words))
        for path, choice in every_choice(menu.choices):
            at = ("menus", index, *path)
            then = choice.then()
            mistakes += check_actions(then, None, at, tree, names) if then is not None else ()
            missing = [language for language in LANGUAGES if language not in choice.label]
            lost = [language for language in missing if language in spoken]
            place = place_of(tree, *at, "label")
            mistakes += (
                Mistake.at(place, f"the label is missing in {language}, the language of the brand `{spoken[language]}`")
                for language in lost
            )
            if missing and not lost:
                where = ", ".join(missing)
                warnings.append(Mistake.at(place, f"the label is missing in {where}; such customers get the brand's"))
    return mistakes, warnings


def _offered(rules: RulesFile, names: Names) -> set[str | None]:
    by_rules = (rule.then.menu for kind in (rules.rules, rules.events, rules.timers) for rule in kind)
    return {getattr(names.parts.get("acknowledgements"), "menu", None), *by_rules}


def _of_settings(names: Names) -> Iterator[Mistake]:
    acknowledgements = names.parts.get("acknowledgements")
    menu: str | None = getattr(acknowledgements, "menu", None)
    if menu is not None and menu not in names.menus:
        place = place_of(names.tree, "acknowledgements", "menu")
        yield Mistake.at(place, f"there is no menu `{menu}` in menus.yaml.{did_you_mean(menu, names.menus)}")
