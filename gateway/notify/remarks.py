"""What is hardly meant so in an admin's own templates: a language that was forgotten, a part that says something else, too many words."""

from collections.abc import Iterator
from pathlib import Path

from gateway.config.mistakes import Mistake, Place
from gateway.config.model import Brand, Configuration
from gateway.config.reply_templates import folders_of, replies_in
from gateway.notify.check import rendered_samples
from gateway.notify.notices import LANGUAGES
from gateway.notify.render import NoticeError, Templates, brand_folder
from gateway.notify.replies import reply_template
from gateway.notify.replies_check import rendered_replies

LONGEST = {"ko": 900, "ja": 900, "en": 1_500}
"""Characters of a notice's text part, by language. The shipped ones have half of that; nobody reads a page of automatic mail."""

_PARTS = {"txt": "text", "html": "HTML"}


def remarks_on(configuration: Configuration) -> tuple[Mistake, ...]:
    """Sorted; for templates that are right otherwise (``check_templates``). Shipped templates have none."""
    found: list[Mistake] = []
    override = configuration.templates_dir
    for folder in (override, *(brand_folder(override, brand.id) for brand in configuration.brands)):
        if folder is not None:
            found += _gaps(folder)
    for brand in configuration.brands:
        found += _unsigned(brand)
        if override is not None:
            found += _too_long(override, brand)
            found += _untranslated(override, brand)
    return tuple(sorted(set(found)))


def _gaps(folder: Path) -> Iterator[Mistake]:
    """Kinds that are the admin's own in one language or part, and the shipped ones in others."""
    own = {
        (path.parent.name, *path.name.split(".")[:2]): path
        for language in LANGUAGES
        for path in (folder / "mail" / language).glob("*.j2")
    }
    for (language, kind, part), path in own.items():
        missing = [other for other in LANGUAGES if (other, kind, part) not in own]
        if missing:
            where = ", ".join(missing)
            yield Mistake.at(Place(str(path), 1, 1), f"in {where} the shipped words of `{kind}` are still sent")
        other = "html" if part == "txt" else "txt"
        if (language, kind, other) not in own:
            words = (
                f"the {_PARTS[other]} part of `{kind}` is still the shipped one; most readers see only one of the two"
            )
            yield Mistake.at(Place(str(path), 1, 1), words)


def _unsigned(brand: Brand) -> Iterator[Mistake]:
    signed = {str(language) for language in brand.signature}
    missing = [language for language in LANGUAGES if language not in signed]
    if signed and missing:
        as_in = brand.language if brand.language in signed else "its name alone"
        words = f"the brand `{brand.id}` has no `signature` in {', '.join(missing)}; such mail is signed as in {as_in}"
        yield Mistake.at(Place("gateway.yaml"), words)


def _too_long(override: Path, brand: Brand) -> Iterator[Mistake]:
    templates = Templates(override, brand.id)
    try:
        samples = [*rendered_samples(templates, brand), *rendered_replies(templates, brand)]
    except NoticeError:
        return  # a mistake, and told as one
    for finished in samples:
        file = templates.file(f"mail/{finished.language}/{finished.template}.txt.j2")
        limit = LONGEST[finished.language]
        if finished.automatic and Path(file).is_relative_to(override) and len(finished.text) > limit:
            words = f"this notice has {len(finished.text)} characters; beyond {limit} few people read on"
            yield Mistake.at(Place(file, 1, 1), words)


def _untranslated(override: Path, brand: Brand) -> Iterator[Mistake]:
    """Replies of the admin's own that some customers read in the brand's language instead of theirs."""
    folders = folders_of(override, brand.id)
    spoken = {language: replies_in(folders, language) for language in LANGUAGES}
    for name in sorted(frozenset().union(*spoken.values())):
        missing = [language for language in LANGUAGES if name not in spoken[language]]
        there = next(language for language in LANGUAGES if name in spoken[language])
        if missing:
            file = Templates(override, brand.id).file(f"mail/{there}/{reply_template(name)}.txt.j2")
            yield Mistake.at(Place(file, 1, 1), f"the reply `{name}` is missing in {', '.join(missing)}")
