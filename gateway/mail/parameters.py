"""Content-Type and Content-Disposition with their parameters (RFC 2045 section 5.1, RFC 2183, RFC 2231)."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from gateway.mail.charset import decode
from gateway.mail.encoded_words import clean, decode_words, unfold

_PARAMETER = re.compile(r'\s*([^\s=;"()<>@,\\]{1,100})\s*=\s*')
_PLAIN = re.compile(r'[^;"]*')
_SECTION = re.compile(r"\A([^*]+)\*(?:([0-9]{1,3})(\*)?)?\Z")
_TYPE = re.compile(r"\A[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}\Z")
_COMMENT = re.compile(r"\s\([^()]*\)")
_PARAMETERS = 100


@dataclass(frozen=True, slots=True)
class Structured:
    """A value and its parameters: names in lower case, values decoded."""

    value: str  # lower case
    parameters: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.parameters.get(name)


def read_structured(text: str, hint: str | None, defects: list[str]) -> Structured:
    """Split ``value; name=value; ...`` as mailers write it: quotes may be missing, and end nowhere."""
    text = unfold(text)
    head, semicolon, rest = text.partition(";")
    value = clean(_COMMENT.sub(" ", head)).strip().lower()
    if not semicolon:
        return Structured(value)
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, content in _pairs(rest):
        section = _SECTION.match(name) if "*" in name else None
        if section is None:
            plain.setdefault(name, content)
        else:
            # "name*" alone is an extended value, "name*0*" a piece of one (RFC 2231 sections 3 and 4).
            extended = section[2] is None or section[3] is not None
            sections.setdefault(section[1], {}).setdefault(int(section[2] or 0), (content, extended))
    result = {name: _legacy(content, defects) for name, content in plain.items()}
    result.update({name: _joined(pieces, hint, defects) for name, pieces in sections.items()})
    return Structured(value, result)


def _pairs(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(text) and len(found) < _PARAMETERS:
        match = _PARAMETER.match(text, place)
        if match is None:
            following = text.find(";", place)
            if following < 0:
                break
            place = following + 1
            continue
        place = match.end()
        if text.startswith('"', place):
            content, place = _quoted(text, place + 1)
            following = text.find(";", place)
            place = len(text) if following < 0 else following + 1
        else:
            following = text.find(";", place)
            stop = len(text) if following < 0 else following
            content, place = text[place:stop].strip(), stop + 1
            if content.endswith('"') and content.count('"') == 1:
                content = content[:-1]
            if content.endswith(")") and not match[1].lower().startswith(("name", "filename")):
                content = _COMMENT.sub(" ", content).strip()  # nobody quotes "report (1).pdf"
        found.append((match[1].lower(), content))
    return found


def _quoted(text: str, place: int) -> tuple[str, int]:
    """The quoted string that begins here, and where it ends; a backslash before a letter of a Windows path stays."""
    out: list[str] = []
    while place < len(text):
        stop = place
        while stop < len(text) and text[stop] not in '"\\':
            stop += 1
        out.append(text[place:stop])
        if stop >= len(text):
            return "".join(out), stop
        if text[stop] == '"':
            return "".join(out), stop + 1
        escaped = text[stop + 1 : stop + 2]
        out.append(escaped if escaped in ('"', "\\") else "\\" + escaped)
        place = stop + 2
    return "".join(out), place


def _legacy(content: str, defects: list[str]) -> str:
    """A plain parameter; encoded words do not belong here (RFC 2047 section 5), and everybody writes them."""
    if "=?" in content:
        content = decode_words(content, defects)
    elif "%" in content and "''" in content[:40]:
        charset, _, rest = content.partition("''")
        content = decode(unquote_to_bytes(rest), charset).text
    return content


def _joined(pieces: dict[int, tuple[str, bool]], hint: str | None, defects: list[str]) -> str:
    ordered = [pieces[number] for number in sorted(pieces)]
    charset: str | None = None
    first, extended = ordered[0]
    if extended and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
        ordered[0] = (first, True)
    if not any(extended for _, extended in ordered):
        return _legacy("".join(content for content, _ in ordered), defects)
    octets = b"".join(
        unquote_to_bytes(content) if extended else content.encode("utf-8", "replace") for content, extended in ordered
    )
    decoded = decode(octets, charset or None, hint=hint)
    if decoded.defect:
        defects.append(f"parameter: {decoded.defect}")
    text = decoded.text
    return decode_words(text, defects) if "=?" in text else text


def media_type(value: str) -> str | None:
    """The type if it has the form of one, else None."""
    return value if _TYPE.match(value) else None
