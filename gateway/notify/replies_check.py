"""Are the replies that rules may name right? Each language that a reply has, with sample data."""

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.config.model import Brand
from gateway.config.reply_templates import FOLDER, NAME, replies_in
from gateway.notify.notices import LANGUAGES, Addressee, Finished, fields, write
from gateway.notify.placeholders import placeholder_mistakes
from gateway.notify.render import NoticeError, Templates
from gateway.notify.replies import TemplateReply, reply_template

_DATE = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
_TO = Addressee("customer@example.com", "reply+sample@reply.example.com", "sample@reply.example.com", None, ())
_PARTS = ("txt", "html")


def reply_names(templates: Templates) -> Iterator[str]:
    """Both parts of each reply in each language in which there is one, as names relative to a templates folder."""
    for language in LANGUAGES:
        for name in sorted(replies_in(templates.folders, language) | replies_in(templates.folders, language, "html")):
            yield from (f"mail/{language}/{reply_template(name)}.{part}.j2" for part in _PARTS)


def may_be_reply(name: str) -> bool:
    """Whether a file of this name, relative to a templates folder, is a part of some reply."""
    mail, _, rest = name.partition("/")
    language, _, rest = rest.partition("/")
    folder, _, file = rest.partition("/")
    known = any(NAME.fullmatch(file.removesuffix(f".{part}.j2")) for part in _PARTS if file.endswith(f".{part}.j2"))
    return mail == "mail" and language in LANGUAGES and folder == FOLDER and known


def reply_mistakes(templates: Templates, brand: Brand) -> Iterator[str]:
    """Everything that is wrong with them for this brand, each as ``file:line: message``."""
    text, _ = fields(TemplateReply(""), brand, brand.addresses[0], brand.language, 1, reply_domain="reply.example.com")
    found: dict[str, None] = {}
    for name in reply_names(templates):
        found.update(dict.fromkeys(placeholder_mistakes(templates, name, frozenset(text))))
    if not found:
        try:
            for _ in rendered_replies(templates, brand):
                pass
        except NoticeError as error:
            found.update(dict.fromkeys(error.mistakes))
    yield from found


def rendered_replies(templates: Templates, brand: Brand) -> Iterator[Finished]:
    """Each reply in each of its languages, with and without what is optional. Raises NoticeError for a faulty template."""
    for language in LANGUAGES:
        for name in sorted(replies_in(templates.folders, language)):
            for notice in (TemplateReply(name), TemplateReply(name, "주문 / Order", "김민지 <&>")):
                sender = brand.addresses[0]
                yield write(
                    notice,
                    _TO,
                    templates=templates,
                    brand=brand,
                    sender=sender,
                    language=language,
                    ticket=42,
                    date=_DATE,
                )
