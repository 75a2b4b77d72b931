"""A contact form's mail: the site sends it, a visitor wrote it. The admin describes the form, and this reads it.

What a form tells is what somebody typed into a web page: a name and an address to answer, never a proven identity.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.mail.address import address_key, domain_of
from gateway.mail.model import Mailbox, Message

REPLY_TO = "reply_to"
LINES_LOOKED_AT = 500
MOST_FIELDS = 50
VALUE_LIMIT = 1_000  # characters of one field's value

_LABEL = re.compile(
    r"[ \t\u3000>*_•·\-■◆▶●□○\[【]{0,6}([^:：\]】\n]{1,60}?)[ \t\u3000*_\]】]{0,6}[:：][ \t\u3000*]{0,6}(.*)"
)
_BRACKETED = re.compile(r"[ \t\u3000■◆▶●□○]{0,6}[\[【]([^\]】\n]{1,60})[\]】][ \t\u3000]{0,6}(.*)")
_ADDRESS = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9._%+'/=&~^-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){1,8}(?![\w@])"
)


@dataclass(frozen=True, slots=True)
class FormProfile:
    """How one contact form's mail looks."""

    name: str
    sender: str  # an address, or a domain without @; keys (``address_key``, ``domain_key``)
    author: str = REPLY_TO  # or the label of the line with the visitor's address
    author_name: str | None = None  # label of the line with the visitor's name
    fields: tuple[str, ...] = ()  # labels to take out; none: every line of the form "Label: value"
    subject: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What a visitor sent by a form. ``author`` None: the form names no single sound address."""

    form: str
    author: Mailbox | None
    fields: tuple[tuple[str, str], ...]  # label as configured or as written, value; in the order of the mail


def submission_of(message: Message, profiles: Sequence[FormProfile]) -> Submission | None:
    """The form's content, read by the first profile that fits; None where the mail comes from no form."""
    if message.author is None or not profiles:
        return None
    address = address_key(message.author.address)
    for profile in profiles:
        if profile.sender not in (address, domain_of(address)):
            continue
        if profile.subject is not None and not profile.subject(message.subject or ""):
            continue
        return _read(message, profile)
    return None


def _read(message: Message, profile: FormProfile) -> Submission:
    lines = labelled_lines(message.text)
    name = _value(lines, profile.author_name) if profile.author_name else ""
    if profile.author == REPLY_TO:
        found = message.reply_to
        author = None if found is None or not _ADDRESS.fullmatch(found.address) else found
    else:
        author = _mailbox(_value(lines, profile.author))
    if author is not None and name:
        author = Mailbox(name[:255], author.address)
    wanted = {_folded(label): label for label in profile.fields}
    fields = tuple(
        (wanted.get(_folded(label), label), value)
        for label, value in lines
        if value and (not wanted or _folded(label) in wanted)
    )
    return Submission(profile.name, author, fields[:MOST_FIELDS])


def labelled_lines(text: str) -> list[tuple[str, str]]:
    """Every "Label: value"; where nothing stands beside a label, the next line is its value."""
    found: list[tuple[str, str]] = []
    waiting = ""
    for line in text.split("\n")[:LINES_LOOKED_AT]:
        match = _LABEL.match(line[:VALUE_LIMIT]) or _BRACKETED.match(line[:VALUE_LIMIT])
        if match is not None and not match[2].startswith("//"):
            value = match[2].strip()
            found.append((match[1].strip(), value))
            waiting = "" if value else match[1].strip()
        elif waiting and line.strip():
            found[-1] = (waiting, line.strip()[:VALUE_LIMIT])
            waiting = ""
    return found


def _value(lines: Sequence[tuple[str, str]], label: str) -> str:
    wanted = _folded(label)
    return next((value for found, value in lines if _folded(found) == wanted and value), "")


def _folded(label: str) -> str:
    return re.sub(r"[\s\-_*]+", "", label).lower()


def _mailbox(value: str) -> Mailbox | None:
    """The one address of a value; None where there is none, or several: then nobody knows whom to answer."""
    found = {address_key(match[0]): match[0] for match in _ADDRESS.finditer(value)}
    return Mailbox("", next(iter(found.values()))) if len(found) == 1 else None
