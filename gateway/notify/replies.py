"""What a rule answers by a template with a name: ``mail/<language>/reply/<name>.txt.j2`` and ``.html.j2`` (docs/notices.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.config.reply_templates import FOLDER
from gateway.notify.headers import one_line


@dataclass(frozen=True, slots=True)
class TemplateReply:
    """A text that an admin keeps in a template. ``subject`` and ``customer`` as in ``Resolution``: for verified customers alone."""

    template: str  # its name
    subject: str | None = None  # of the ticket; None uses the template's fixed subject
    customer: str = ""


def reply_template(name: str) -> str:
    """The template's place below ``mail/<language>/``, without its ending."""
    return f"{FOLDER}/{name}"


def reply_fields(notice: TemplateReply) -> Mapping[str, object]:
    """The placeholders beside those that every mail has (docs/notices.md)."""
    return {"customer": one_line(notice.customer, 80)}
