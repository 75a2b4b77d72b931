"""Are the mail templates right? Every mistake at once, as ``file:line: message``, before any customer could meet it."""

import difflib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import nodes

from gateway.config.model import Brand, Configuration
from gateway.notify.agents_check import agent_mistakes, agent_placeholders, agent_template_names
from gateway.notify.joining import Added, Newcomers
from gateway.notify.lifecycle import Delayed, Merged, Reminder, Situation
from gateway.notify.menus import Menu
from gateway.notify.not_me import NotMe
from gateway.notify.notices import (
    LANGUAGES,
    Acknowledgement,
    Addressee,
    Answer,
    Finished,
    Notice,
    Quoted,
    Resolution,
    fields,
    kind_of,
    write,
)
from gateway.notify.placeholders import placeholder_mistakes
from gateway.notify.render import NoticeError, Templates, brand_folder
from gateway.notify.replies_check import may_be_reply, reply_mistakes, reply_names
from gateway.notify.survey import Choice, Survey

_PARTS = ("txt", "html")
_LAYOUT = "mail/layout.html.j2"
_DATE = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
_REPLY_TO = "reply+sample@reply.example.com"
_NOT_ME = NotMe("https://desk.example.com/not-me/sample", "reply+sample@reply.example.com")

# Each kind with and without what is optional, so that both sides of every {% if %} are rendered.
_SAMPLES: tuple[Notice, ...] = (
    Acknowledgement(),
    Resolution(),
    Resolution(subject="주문 문의 / Order", customer="김민지 <&>"),
    Resolution(silent=True),
    Resolution(survey=Survey(tuple(Choice(value, "", _REPLY_TO) for value in (1, 2)), "", _REPLY_TO)),
    Resolution(
        survey=Survey(
            tuple(Choice(value, "https://desk.example.com/rate/sample", _REPLY_TO) for value in range(1, 6)),
            "https://desk.example.com/no-surveys/sample",
            _REPLY_TO,
        )
    ),
    *(
        Acknowledgement(situation, promised, "추석", promised, ("주문 번호", "Order <&>"))
        for situation in Situation
        for promised in ("", "2026년 3월 6일(금) 14:30")
    ),
    Reminder(),
    Reminder("2026年3月6日（金）14:30", subject="주문 / Order", customer="김민지 <&>"),
    Delayed("today", "tomorrow"),
    Delayed("today", "tomorrow", subject="주문 / Order", customer="김민지 <&>"),
    Menu(("청구서 <&>", "配送", "Delivery")),
    Menu(("청구서 <&>", "配送"), "Invoice <&>", subject="주문 / Order", customer="김민지 <&>"),
    Menu(chosen="배송 <&>"),
    Menu(chosen="배송 <&>", answers=False),
    Acknowledgement(options=("청구서 <&>", "配送", "Delivery")),
    Merged(41),
    Merged(41, subject="주문 / Order", customer="김민지 <&>"),
    Added(),
    Added(by="anna@example.com"),
    Newcomers(("ben@example.com",)),
    Newcomers(
        ("ben@example.com", "kim@example.com"), by="anna@example.com", subject="주문 / Order", customer="김민지 <&>"
    ),
    Survey(tuple(Choice(value, "", _REPLY_TO) for value in (1, 2)), "", _REPLY_TO),
    Survey(
        tuple(Choice(value, "https://desk.example.com/rate/sample", _REPLY_TO) for value in range(1, 6)),
        "https://desk.example.com/no-surveys/sample",
        _REPLY_TO,
        subject="주문 문의 / Order",
        customer="김민지 <&>",
    ),
    Answer(text="Line one\n\n  Line <two> & https://example.com/a?b=c&d", subject="Order"),
    Answer(
        text="답변", subject="주문", agent="이수진", customer="山田 太郎", quoted=Quoted("山田 太郎", _DATE, "一\n二")
    ),
)


def check_templates(configuration: Configuration) -> list[str]:
    """Compile every shipped and overriding template, check its placeholders and render it for every brand with sample data.

    Returns one line a mistake, sorted by file; an empty list means that nothing is wrong. Reads files, changes nothing.
    """
    templates = Templates(configuration.templates_dir)
    mistakes: dict[str, None] = {}
    if configuration.templates_dir is not None:
        brands = [brand.id for brand in configuration.brands]
        mistakes.update(dict.fromkeys(_strays(configuration.templates_dir)))
        mistakes.update(dict.fromkeys(_strays_of_brands(configuration.templates_dir / "brands", brands)))
    faulty: set[str] = set()  # templates that were already complained about: rendering would only repeat it
    for name in _fixed_names():
        found = tuple(_placeholder_mistakes(templates, name, configuration.brands[0]))
        mistakes.update(dict.fromkeys(found))
        if found:
            faulty.add(name)
    if _LAYOUT not in faulty:
        mistakes.update(dict.fromkeys(_render_mistakes(templates, configuration.brands, faulty)))
        mistakes.update(dict.fromkeys(agent_mistakes(templates, configuration.brands, faulty)))
        mistakes.update(dict.fromkeys(reply_mistakes(templates, configuration.brands[0])))
    for brand in configuration.brands:
        mistakes.update(dict.fromkeys(_mistakes_of_brand(configuration.templates_dir, brand)))
    return sorted(mistakes)


def _mistakes_of_brand(override: Path | None, brand: Brand) -> Iterator[str]:
    """In the templates that one brand has for itself."""
    folder = brand_folder(override, brand.id)
    if folder is None:
        return
    templates = Templates(override, brand.id)
    found = {
        name: tuple(_placeholder_mistakes(templates, name, brand))
        for name in _fixed_names()
        if (folder / name).is_file()
    }
    for mistakes in found.values():
        yield from mistakes
    if not any(found.values()):
        yield from _render_mistakes(templates, (brand,), set())
        yield from reply_mistakes(templates, brand)


def template_names() -> tuple[str, ...]:
    """Every template that the gateway ships, as names relative to a templates folder."""
    return (*_fixed_names(), *reply_names(Templates()))


def _fixed_names() -> tuple[str, ...]:
    """Those that must be there: all but replies, whose names are the admin's."""
    kinds = dict.fromkeys(kind_of(notice).value for notice in _SAMPLES)
    customers = (f"mail/{lang}/{kind}.{part}.j2" for lang in LANGUAGES for kind in kinds for part in _PARTS)
    return (_LAYOUT, *customers, *agent_template_names())


def _strays(folder: Path) -> Iterator[str]:
    """Files in the override folder that no mail would ever use: nearly always a misspelt name."""
    if not folder.is_dir():
        yield f"{folder}:1: templates_dir is not a folder"
        return
    known = template_names()
    for path in sorted((folder / "mail").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and not path.name.startswith(".") and not may_be_reply(name):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; used are {', '.join(known[:3])} ..."
            yield f"{path}:1: no mail uses a template of this name{hint}"


def _strays_of_brands(folder: Path, brands: Sequence[str]) -> Iterator[str]:
    for own in sorted(folder.iterdir()) if folder.is_dir() else ():
        if own.name in brands and own.is_dir():
            yield from _strays(own)
        elif not own.name.startswith("."):
            yield f"{own}:1: there is no brand {own.name}; there are {', '.join(brands)}"


def _placeholder_mistakes(templates: Templates, name: str, brand: Brand) -> Iterator[str]:
    """What can be seen without rendering: also in branches that the samples do not reach."""
    kind = name.rpartition("/")[2].partition(".")[0]
    sample = next((notice for notice in _SAMPLES if kind_of(notice).value == kind), _SAMPLES[0])
    found = tuple(placeholder_mistakes(templates, name, agent_placeholders(kind, brand) or _names(sample, brand)))
    yield from found
    if kind == "answer" and not any(": unknown placeholder" not in one for one in found):
        tree, file = templates.tree(name)
        if all(name.name != "answer" for name in tree.find_all(nodes.Name)):
            yield f"{file}:1: the agent's words are missing; say {{{{ answer }}}} where they belong"


def _names(notice: Notice, brand: Brand) -> frozenset[str]:
    text, _ = fields(notice, brand, brand.addresses[0], brand.language, 1, reply_domain="reply.example.com")
    return frozenset(text)


def rendered_samples(templates: Templates, brand: Brand) -> Iterator[Finished]:
    """Each kind of mail in each language, with and without what is optional. Raises NoticeError for a faulty template."""
    to = Addressee("customer@example.com", _REPLY_TO, "sample@reply.example.com", None, ())
    for language in LANGUAGES:
        for notice in _SAMPLES:
            sender = brand.addresses[0]
            yield write(
                notice, to, templates=templates, brand=brand, sender=sender, language=language, ticket=42, date=_DATE
            )


def _render_mistakes(templates: Templates, brands: tuple[Brand, ...], faulty: set[str]) -> Iterator[str]:
    to = Addressee("customer@example.com", _REPLY_TO, "sample@reply.example.com", "a@example.com", ("a@example.com",))
    for brand in brands:
        for language in LANGUAGES:
            for notice in _SAMPLES:
                if any(f"mail/{language}/{kind_of(notice).value}.{part}.j2" in faulty for part in _PARTS):
                    continue
                try:
                    write(
                        notice,
                        to,
                        templates=templates,
                        brand=brand,
                        sender=brand.addresses[0],
                        language=language,
                        ticket=42,
                        date=_DATE,
                        not_me=_NOT_ME if isinstance(notice, Acknowledgement) else None,
                    )
                except NoticeError as error:
                    yield from error.mistakes
