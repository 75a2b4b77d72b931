"""From values to HTML: the Jinja environment, and how times, sizes and strangers' text are shown."""

import json
import re
import unicodedata
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from gateway.mail.masking import mask
from gateway.web.words import word

if TYPE_CHECKING:
    from gateway.web.visit import Visit

# Characters that reorder or hide text: a file "exe.fdp" must not read as "pdf.exe".
_DECEIVING = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LINK = re.compile(r"https?://[^\s<>\"'\u3000-\u303f\uff00-\uffef\uac00-\ud7a3\u3040-\u30ff]{1,2000}", re.IGNORECASE)
_TONES = 6


class Renderer:
    def __init__(self, loader: BaseLoader, *, zone: tzinfo | None, version: str) -> None:
        """``version`` goes into the address of the stylesheet, so that browsers keep it until it changes."""
        # select_autoescape() goes by the name's end and would leave *.html.j2 unescaped: everything is escaped here.
        self.environment = ImmutableSandboxedEnvironment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_masked,
        )
        self.zone = zone
        self.version = version
        self.environment.filters |= {
            "tidy": tidy,
            "linked": linked,
            "size": size,
            "tone": tone,
            "initial": initial,
            "moment": self.moment,
            "iso": lambda when: when.astimezone(self.zone).isoformat(timespec="seconds"),
            "plain": plain,
        }

    def render(self, template: str, visit: "Visit", values: Mapping[str, Any]) -> str:
        """One whole page for this visitor. jinja2.TemplateError where a template is broken."""

        def say(key: str, /, **names: Any) -> str:
            return word(visit.language, key, **names)

        def ago(when: datetime) -> Markup:
            return self.ago(when, visit.now, visit.language)

        return self.environment.get_template(template).render(
            {
                "t": say,
                "ago": ago,
                "language": visit.language,
                "agent": visit.session.agent if visit.session is not None else None,
                "csrf": visit.session.csrf if visit.session is not None else "",
                "hindrance": visit.hindrance,
                "url": visit.url,
                "version": self.version,
                "masked": visit.masked,
                "has_companies": bool(visit.services.desk.office().loaded.side.organizations.organizations),
                **values,
            }
        )

    def moment(self, when: datetime) -> str:
        """Day and minute in our zone."""
        return when.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def ago(self, when: datetime, now: datetime, language: str) -> Markup:
        """How long ago, with the exact time on hovering."""
        seconds = max(0, int((now - when).total_seconds()))
        for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if seconds >= length:
                count = seconds // length
                text = word(language, f"ago_{unit}", count=count)
                break
        else:
            text = word(language, "ago_now")
        if seconds >= 30 * 86400:
            text = when.astimezone(self.zone).strftime("%Y-%m-%d")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            when.astimezone(UTC).isoformat(timespec="seconds"),
            when.astimezone(self.zone).isoformat(sep=" ", timespec="seconds"),
            text,
        )


@pass_context
def _masked(context: Context, value: object) -> object:
    """Whatever a template puts out, with card and resident numbers hidden: no page can forget it."""
    kinds = context.get("masked", ())  # nothing in an imported macro: what it returns comes by here again
    if type(value) is str:
        return mask(value, kinds)
    return Markup(mask(value, kinds)) if isinstance(value, Markup) else value  # noqa: S704 - digits alone were replaced


def tidy(text: str | None) -> str:
    """A stranger's text as one line: without characters that reorder, hide or control."""
    return " ".join(_DECEIVING.sub("", unicodedata.normalize("NFC", text or "")).split())


def linked(text: str) -> Markup:
    """A stranger's text, escaped, with its web addresses as links that reveal nothing of ours."""
    pieces: list[Markup] = []
    position = 0
    for found in _LINK.finditer(text):
        address = found[0].rstrip(".,;:!?)]}'\"")
        pieces.append(escape(text[position : found.start()]))
        pieces.append(
            Markup('<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>').format(address)
        )
        position = found.start() + len(address)
    pieces.append(escape(text[position:]))
    return Markup("").join(pieces)


def size(octets: int) -> str:
    """A size for people: 812 B, 14 kB, 3.4 MB."""
    if octets < 1000:
        return f"{octets} B"
    if octets < 1_000_000:
        return f"{octets / 1000:.0f} kB"
    if octets < 1_000_000_000:
        return f"{octets / 1_000_000:.1f} MB"
    return f"{octets / 1_000_000_000:.1f} GB"


def tone(text: str) -> int:
    """One of six colours, the same for the same person."""
    return zlib.crc32(text.encode("utf-8", "replace")) % _TONES


def initial(text: str) -> str:
    letter = next((letter for letter in tidy(text) if letter.isalnum()), "?")
    return letter.upper()


def plain(value: object) -> str:
    """A value of a trace or an event, for reading."""
    if isinstance(value, str):
        return tidy(value)
    if value is None:
        return "–"
    return json.dumps(value, ensure_ascii=False, default=str)
