"""Replies by template that rules name: is there one, in every language that a brand speaks?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from gateway.config.mistakes import did_you_mean
from gateway.config.model import Brand
from gateway.config.reply_templates import FOLDER, folders_of, replies_in
from gateway.config.section import Language

LANGUAGES: tuple[str, ...] = get_args(Language)


class Replies:
    """The replies that there are, by brand and language. ``parts``: settings of gateway.yaml."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._override: Path | None = parts.get("templates_dir")
        self._brands: tuple[Brand, ...] = tuple(brand for _, brand in parts.get("brands") or ())
        self._found: dict[tuple[str, str], frozenset[str]] = {}

    def _names(self, brand: str, language: str) -> frozenset[str]:
        key = (brand, language)
        if key not in self._found:
            self._found[key] = replies_in(folders_of(self._override, brand), language)
        return self._found[key]

    def mistakes(self, name: str, only: Sequence[str] = ()) -> Iterator[str]:
        """Why a rule cannot name it: there is none, or none in the language of a brand, in which all else is written.

        ``only``: the brands that the rule is for; empty: all.
        """
        every = {found for brand in self._brands for language in LANGUAGES for found in self._names(brand.id, language)}
        if self._brands and name not in every:
            yield f"there is no reply `{name}`.{did_you_mean(name, sorted(every)) or _where(name, 'en')}"
            return
        for brand in self._meant(only):
            language = str(brand.language)
            if name not in self._names(brand.id, language):
                yield f"the reply `{name}` is missing in the language of the brand `{brand.id}`.{_where(name, language)}"

    def warnings(self, name: str, only: Sequence[str] = ()) -> Iterator[str]:
        """Languages in which there is none, so that their speakers read it in the brand's."""
        for brand in self._meant(only):
            missing = [it for it in LANGUAGES if name not in self._names(brand.id, it) and it != brand.language]
            if missing and name in self._names(brand.id, str(brand.language)):
                where = ", ".join(missing)
                yield f"the reply `{name}` is missing in {where}; such customers of `{brand.id}` get it in {brand.language}"

    def _meant(self, only: Sequence[str]) -> Iterator[Brand]:
        return (brand for brand in self._brands if not only or brand.id in only)


def _where(name: str, language: str) -> str:
    return f" Write mail/{language}/{FOLDER}/{name}.txt.j2 and .html.j2 into templates_dir."
