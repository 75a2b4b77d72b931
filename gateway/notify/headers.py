"""Header fields as ASCII text, safe by construction: whatever a value holds, it can neither end its field nor start another.

Strangers' text (subjects, names) is cleaned, never refused: their mail must still be answered. Values of our own (addresses,
ids) are checked, and a bad one raises, because it can only be a bug or an address that no mail server would take.
"""

import base64
import re

from gateway.mail.address import domain_key

LINE = 76  # RFC 2047 section 2: a line with encoded words is at most 76 characters
MAX_SUBJECT = 250  # characters of the ticket's subject that an answer repeats

# Controls and line separators would end a header; directional overrides let a subject pretend to be another text.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_ATOM_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# Some Japanese phones have addresses with dots at the end of the local part or in a row: they are used as they are.
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}|\"(?:[ !#-\[\]-~]|\\[ -~]){1,62}\"")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?")
_MESSAGE_ID = re.compile(r"[!-;=?A-~]{1,248}@[!-;=?A-~]{1,248}")
_REPLY_PREFIX = re.compile(r"(?:re|aw|sv|답장|회신|返信|回复|回覆)(?:\[\d{1,3}\])?\s*[:：]\s*", re.IGNORECASE)


class UnsendableAddress(ValueError):
    """No mail can go to this address; the message says why."""


def one_line(text: str, limit: int = MAX_SUBJECT) -> str:
    """A stranger's text on one clean line: no controls, no invisible or direction-changing characters, single spaces."""
    text = _clean(text[: limit * 8])
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _clean(text: str) -> str:
    return _SPACES.sub(" ", _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", _BREAKS.sub(" ", text)))).strip()


def reply_subject(subject: str) -> str:
    """``Re: `` and the ticket's subject, always the same for one ticket: mail programs thread by it (RFC 5322 section 3.6.5)."""
    subject = one_line(subject)
    while match := _REPLY_PREFIX.match(subject):
        subject = subject[match.end() :]
    return f"Re: {subject}".rstrip()


def wire_address(address: str) -> str:
    """The address as it goes into headers and envelopes: ASCII, the domain as A-labels (RFC 5321 section 4.1.2).

    Raises UnsendableAddress for what is no address, and for a local part outside ASCII, which would need a smarthost with
    SMTPUTF8 (RFC 6531).
    """
    local, at, domain = address.rpartition("@")
    if not at or not local:
        raise UnsendableAddress(f"{address!r} is not an e-mail address")
    if not local.isascii():
        raise UnsendableAddress(f"{address!r} has a local part outside ASCII, which our mail servers do not carry")
    domain = domain if domain.isascii() else domain_key(domain)
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain) or ".." in domain:
        raise UnsendableAddress(f"{address!r} is not an e-mail address that mail can be sent to")
    return f"{local}@{domain}"


def encoded_words(text: str, first: int) -> str:
    """RFC 2047 encoded words in UTF-8 and base64, folded; ``first`` is how many columns of the first line are taken.

    Characters are never split over two words (section 5), so each word can be read alone.
    """
    words: list[str] = []
    chunk = bytearray()
    room = _octets_for(LINE - first)
    for character in text:
        octets = character.encode()
        if chunk and len(chunk) + len(octets) > room:
            words.append(_encoded_word(bytes(chunk)))
            chunk.clear()
            room = _octets_for(LINE - 1)
        chunk += octets
    if chunk:
        words.append(_encoded_word(bytes(chunk)))
    return "\r\n ".join(words)


def _octets_for(columns: int) -> int:
    return max(3, min(75, columns) - 12) // 4 * 3


def _encoded_word(octets: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(octets).decode('ascii')}?="


def unstructured(name: str, value: str) -> str:
    """One whole field for text such as Subject (RFC 5322 section 2.2.1), folded, without its final line end."""
    value = _clean(value)
    taken = len(name) + 2
    if value.isascii() and "=?" not in value:
        if taken + len(value) <= LINE:
            return f"{name}: {value}"
        folded = _fold(value, taken)
        if folded is not None:
            return f"{name}: {folded}"
    return f"{name}: {encoded_words(value, taken)}"


def _fold(value: str, taken: int) -> str | None:
    """Lines of at most 76 columns, broken at spaces; None where one word alone is longer."""
    lines: list[str] = []
    line = ""
    for word in value.split(" "):
        room = LINE - (taken if not lines else 1)
        if not line:
            line = word
        elif len(line) + 1 + len(word) <= room:
            line += " " + word
        else:
            lines.append(line)
            line, room = word, LINE - 1
        if len(line) > room:
            return None
    return "\r\n ".join([*lines, line])


def mailbox(field: str, name: str, address: str) -> str:
    """One whole address field with one mailbox (RFC 5322 section 3.4). Raises UnsendableAddress."""
    address = wire_address(address)
    name = one_line(name, 120)
    if not name:
        return f"{field}: {address}"
    taken = len(field) + 2
    if not name.isascii() or "=?" in name:
        shown = encoded_words(name, taken)
    elif _ATOM_PHRASE.fullmatch(name):
        shown = name
    else:
        shown = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    last = len(shown) - (shown.rfind("\n") + 1) + (0 if "\n" in shown else taken)
    break_ = " " if last + len(address) + 3 <= LINE else "\r\n "
    return f"{field}: {shown}{break_}<{address}>"


def is_message_id(value: str) -> bool:
    """Can this id (without angle brackets) stand in a header? Printable ASCII with one @ at least, short enough for a line."""
    return _MESSAGE_ID.fullmatch(value) is not None


def reference_chain(ancestors: tuple[str, ...], *, characters: int = 3_900, last: int = 20) -> tuple[str, ...]:
    """What References repeats of a thread, oldest first: the first id and the last ones (RFC 5322 section 3.6.4).

    Some relays refuse a longer field, so the whole stays within ``characters``. Ids that cannot stand in a header are left
    out: they are other people's and common.
    """
    sound = [value for value in dict.fromkeys(ancestors) if is_message_id(value)]
    if not sound:
        return ()
    left = characters - len(sound[0]) - 5
    tail: list[str] = []
    for value in reversed(sound[1:]):
        left -= len(value) + 5
        if left < 0 or len(tail) == last:
            break
        tail.append(value)
    return (sound[0], *reversed(tail))
