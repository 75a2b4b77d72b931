"""Who a mail is from and to. Two views: one for showing, one on which identity rests (RFC 5322 section 3.4).

The strict view knows one answer only: exactly one From field with exactly one mailbox of a small grammar, on which this
module and mail-parser agree. Every other shape has no author. Spoofed From fields live from two programs reading
one field differently; where they could, nobody is believed.
"""

import re
import unicodedata

from mailparser.utils import get_addresses

from gateway.mail.address import ascii_lower
from gateway.mail.encoded_words import clean, decode_words, raw_text, unfold
from gateway.mail.headers import Field, HeaderBlock
from gateway.mail.model import Mailbox

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\ud7ff\ue000-\U0010ffff"
# Japanese carriers gave out addresses with dots at the end and in a row, against RFC 5322; their owners write to us too.
_DOT_ATOM = rf"[{_ATEXT}.]+"
_WORD = r"A-Za-z0-9\u0080-\ud7ff\ue000-\U0010ffff"
_LABEL = rf"[{_WORD}](?:[{_WORD}_\-]*[{_WORD}])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*\.?"
_ADDRESS = rf"{_DOT_ATOM}@{_DOMAIN}"
_QUOTED = r'"(?:[^"\\\r\n]|\\[^\r\n])*"'
# A display name may hold what mailers write there without quotes, but nothing that could be read as another address.
_PHRASE = rf"(?:{_QUOTED}|[^\"<>()\[\]:;@\\,\r\n]++)*+"
_COMMENT = r"[ \t]+\((?P<comment>[^()<>@\\,:;\"]*)\)"
_ONE_MAILBOX = re.compile(
    rf"[ \t]*(?:(?P<name>{_PHRASE})[ \t]*<(?P<angle>{_ADDRESS})>|(?P<bare>{_ADDRESS})(?:{_COMMENT})?)[ \t]*"
)
_INVISIBLE = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u0600-\u0605\u061c\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb]"
)
_SAID_TWICE = re.compile(rf"[ \t]*({_ADDRESS})[ \t]*<({_ADDRESS})>[ \t]*")
_DOTS_IN_PLACE = re.compile(r"[^.]+(?:\.[^.]+)*")
_LENGTH = 320  # RFC 5321 section 4.5.3.1: 64 of local part, @, 255 of domain


def _value(item: Field, hint: str | None, defects: list[str]) -> str:
    return unfold(raw_text(item.value, hint, defects)).strip()


def _display_name(name: str, defects: list[str]) -> str:
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    if "=?" in name:
        name = decode_words(name, defects)
    name = clean(name).strip()
    # Encoded words often hide a second pair of quotes.
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return " ".join(name.split()) if "  " in name else name


def mailboxes(block: HeaderBlock, key: str, hint: str | None, defects: list[str]) -> tuple[Mailbox, ...]:
    """Every mailbox of every field of that name, groups flattened, for showing and for sending to; not for identity."""
    found: list[Mailbox] = []
    for item in block.all(key):
        text = _value(item, hint, defects)
        if text:
            found.extend(_listed(text, key, defects))
    return tuple(found)


def _listed(text: str, key: str, defects: list[str]) -> list[Mailbox]:
    simple = _ONE_MAILBOX.fullmatch(text)
    if simple is not None:
        return [_simple(simple, defects)]
    problems: list[dict[str, object]] = []
    parsed = get_addresses(text, defects=problems)
    found = [Mailbox(_display_name(name, defects), clean(address)) for name, address in parsed if address]
    for problem in problems:
        if not problem.get("recovered"):
            defects.append(f"{key}: an address could not be read ({str(problem.get('reason'))[:60]})")
            raw = str(problem.get("raw"))
            mended = _mended(raw, defects)
            if mended is not None:
                found.append(mended)
            elif key in ("to", "cc"):
                found.extend(_recipients(raw))
    return found


def _recipients(item: str) -> list[Mailbox]:
    """Addresses with nothing but blanks between them, or a whole mailbox in an encoded word: nobody's identity rests on these fields."""
    words = item[:2_000].split()
    plain = [_ONE_ADDRESS.fullmatch(word) for word in words]
    if words and all(plain):
        return [Mailbox("", match[1]) for match in plain if match is not None]
    if item.startswith("=?"):
        whole = _ONE_MAILBOX.fullmatch(clean(decode_words(item, [])).strip())
        if whole is not None:
            return [_simple(whole, [])]
    return []


def _simple(match: re.Match[str], defects: list[str]) -> Mailbox:
    """The mailbox of a match; an old-style comment after a bare address is its name (RFC 5322 section 3.4)."""
    return Mailbox(_display_name(match["name"] or match["comment"] or "", defects), match["angle"] or match["bare"])


_ONE_ADDRESS = re.compile(rf"<?({_ADDRESS})>?")
_SOMEWHERE = re.compile(rf"<?({_ADDRESS})>?")


def _mended(item: str, defects: list[str]) -> Mailbox | None:
    """The address in an entry that follows no grammar, if there is exactly one thing that looks like one."""
    if item.count("@") != 1 or "\\x" in item:
        return None
    candidates = {match[1] for match in _SOMEWHERE.finditer(item[:1000])}
    if len(candidates) != 1:
        return None
    address = candidates.pop()
    name = item.partition(address)[0].rstrip("< ").strip("\"' ")
    return Mailbox(_display_name(name, defects), address)


def author(block: HeaderBlock, hint: str | None) -> Mailbox | None:
    """The one mailbox of the one From field, or None where anybody could read the field otherwise.

    None for: no or several From fields, a field with blanks before its colon, NUL or a bare CR in it, a header over a limit,
    several mailboxes, groups, comments that could be addresses, source routes, quoted local parts, domain literals, control,
    invisible or compatibility characters in the address, encoded words outside the display name.
    """
    fields = block.all("from")
    if len(fields) != 1 or fields[0].odd or not block.complete:
        return None
    raw = fields[0].value
    try:
        text = unfold(raw.decode("utf-8")).strip(" \t")
    except UnicodeDecodeError:
        return _author_beside_legacy_name(fields[0], hint)
    return _strict(text)


def _author_beside_legacy_name(item: Field, hint: str | None) -> Mailbox | None:
    """A display name in raw EUC-KR is common in Korea; the address beside it must be plain ASCII."""
    head, bracket, tail = item.value.rpartition(b"<")
    if not bracket or not tail.isascii() or any(octet in head for octet in b"<>@,:;()"):
        return None
    defects: list[str] = []
    name = _display_name(unfold(raw_text(head, hint, defects)), defects)
    plain = _strict("<" + tail.decode("ascii").strip())
    return None if plain is None else Mailbox(name, plain.address)


def _strict(text: str) -> Mailbox | None:
    # Many programs repeat the address as its own display name, without the quotes it needs: it can be read in one way only.
    twice = _SAID_TWICE.fullmatch(text)
    if twice is not None and ascii_lower(twice[1]) == ascii_lower(twice[2]):
        text = f"<{twice[2]}>"
    match = _ONE_MAILBOX.fullmatch(text)
    if match is None:
        return None
    mailbox = _simple(match, [])
    address = mailbox.address
    if len(address) > _LENGTH or _INVISIBLE.search(address) or "=?" in address:
        return None
    # The Kelvin sign, a full-width @ and their like become plain letters in programs that normalise.
    if not address.isascii() and unicodedata.normalize("NFKC", address) != address:
        return None
    problems: list[dict[str, object]] = []
    local = address.rpartition("@")[0]
    asked_local = local if _DOTS_IN_PLACE.fullmatch(local) else local.replace(".", "_")
    asked = text if asked_local == local else text.replace(local, asked_local)
    second = [found for _, found in get_addresses(asked, defects=problems) if found]
    if len(second) != 1 or any(not problem.get("recovered") for problem in problems):
        return None
    if ascii_lower(second[0]) != ascii_lower(asked_local + address[len(local) :]):
        return None
    return mailbox
