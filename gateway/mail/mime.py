"""The tree of MIME parts (RFC 2045, RFC 2046), by offsets into the raw message.

Our own walk, because the standard library's parser costs a Python call for every line of a 30 MB mail, and has no limits: this
one looks for delimiter lines with the regular expression engine, copies nothing, and stops at ``limits.PARTS`` and
``limits.DEPTH``. A part that is not split further is still a part: nothing gets lost.
"""

import re
from dataclasses import dataclass, field

from gateway.mail import limits
from gateway.mail.charset import codec_for
from gateway.mail.encoded_words import raw_text
from gateway.mail.headers import HeaderBlock, read_headers
from gateway.mail.parameters import Structured, media_type, read_structured
from gateway.mail.transfer import decode_transfer, is_prose

_PLAIN = Structured("text/plain")
_TEXT_TYPES = re.compile(r"(?i)\btext/(plain|html)\b")
_SUSPECT = re.compile(rb"^--([^\r\n]{1,200})\r?\n(?=Content-)", re.MULTILINE | re.IGNORECASE)
_SUSPECT_RANGE = 64 * 1024


@dataclass(slots=True)
class Part:
    """One node of the tree. A container has ``children``; a leaf has octets between ``start`` and ``end``."""

    path: str  # "1.2": the second child of the first; "1" for the body of a message without parts
    header: HeaderBlock
    content_type: str  # lower case, always of the form type/subtype
    parameters: Structured
    disposition: Structured
    encoding: str
    start: int
    end: int
    children: list["Part"] = field(default_factory=list)
    raw_header: tuple[int, int] = (0, 0)

    shown_with_html: bool = False  # a later child of multipart/related

    @property
    def charset(self) -> str | None:
        return self.parameters.get("charset")

    @property
    def is_container(self) -> bool:
        return bool(self.children)


@dataclass(slots=True)
class Tree:
    """The whole message as parts, and what was wrong with its structure."""

    data: bytes
    root: Part
    defects: list[str]
    count: int = 1

    def octets(self, part: Part) -> memoryview:
        """The part's body as it was sent."""
        return memoryview(self.data)[part.start : part.end]

    def content(self, part: Part, defects: list[str]) -> bytes:
        """The part's body without its transfer encoding."""
        octets = self.octets(part)
        if part.content_type == "message/rfc822" and _identity(part.encoding):
            return bytes(octets)
        if part.content_type.startswith("text/") and part.encoding.strip().lower() == "base64" and is_prose(octets):
            defects.append("base64 that is none: shown as it came")
            return bytes(octets)
        return decode_transfer(octets, part.encoding, defects)

    def leaves(self) -> list[Part]:
        """Every part that is not a container, in order."""
        found: list[Part] = []
        waiting = [self.root]
        while waiting:
            part = waiting.pop()
            if part.is_container:
                waiting.extend(reversed(part.children))
            else:
                found.append(part)
        return found


def _identity(encoding: str) -> bool:
    return encoding.strip().lower() in ("", "7bit", "8bit", "binary")


def read_tree(data: bytes) -> Tree:
    """Split a message into its parts; never raises; linear in its size times its depth, which is capped."""
    header = read_headers(data, outermost=True)
    defects = list(header.defects)
    root = _part("", header, header.body, len(data), "text/plain", defects)
    root.raw_header = (0, header.body)
    tree = Tree(data, root, defects)
    waiting: list[tuple[Part, int]] = [(root, 0)]
    while waiting:
        part, depth = waiting.pop()
        if not part.content_type.startswith("multipart/"):
            continue
        if depth >= limits.DEPTH:
            defects.append(f"parts nested deeper than {limits.DEPTH}: not opened")
            continue
        _split(tree, part)
        waiting.extend((child, depth + 1) for child in part.children)
    if not root.children:
        root.path = "1"
    return tree


def _part(path: str, header: HeaderBlock, start: int, end: int, default: str, defects: list[str]) -> Part:
    hint = None
    raw_type = header.first("content-type")
    parameters = Structured(default)
    if raw_type is not None:
        parameters = _best_type(header, hint, defects)
    content_type = media_type(parameters.value)
    if content_type is None:
        content_type = default
        if raw_type is not None:
            found = _TEXT_TYPES.search(parameters.value)
            content_type = found[0].lower() if found else "text/plain"
            defects.append("a Content-Type that names no type")
    disposition = Structured("")
    raw_disposition = header.first("content-disposition")
    if raw_disposition is not None:
        text_hint = parameters.get("charset")
        disposition = read_structured(raw_text(raw_disposition, text_hint, defects), text_hint, defects)
    encoding = (header.first("content-transfer-encoding") or b"").decode("ascii", "replace").partition(";")[0]
    return Part(path, header, content_type, parameters, disposition, encoding, start, end)


def _best_type(header: HeaderBlock, hint: str | None, defects: list[str]) -> Structured:
    """The Content-Type that counts: the first, as everywhere else; several are a defect."""
    fields = header.all("content-type")
    if len(fields) > 1:
        defects.append("more than one Content-Type: the first counts")
    return read_structured(raw_text(fields[0].value, hint, defects), hint, defects)


def _split(tree: Tree, part: Part) -> None:
    """Find the children of a multipart."""
    boundary = (part.parameters.get("boundary") or "").rstrip()
    delimiters = _delimiters(tree.data, part, boundary.encode("utf-8", "replace")) if boundary else []
    if not delimiters:
        suspect = _SUSPECT.search(tree.data, part.start, min(part.end, part.start + _SUSPECT_RANGE))
        tree.defects.append("multipart without boundary" if not boundary else "the boundary does not occur")
        if suspect is not None:
            delimiters = _delimiters(tree.data, part, suspect[1].rstrip(b" \t"))
    if not delimiters:
        # Nothing to split: what stands there is read as text, as every mail program does.
        part.content_type = "text/plain"
        return
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    closed = False
    opened_after_close = False
    for number, (_, begin, closing) in enumerate(delimiters):
        if closing:
            closed = True
            continue
        end = delimiters[number + 1][0] if number + 1 < len(delimiters) else part.end
        if tree.count >= limits.PARTS:
            tree.defects.append(f"more than {limits.PARTS} parts: the rest is one part")
            _add(tree, part, begin, part.end, default, opaque=True)
            break
        opened_after_close = opened_after_close or closed
        _add(tree, part, begin, end, default)
    if not closed:
        tree.defects.append("the last boundary is missing")
    if opened_after_close:
        tree.defects.append("parts after the closing boundary")


def _add(tree: Tree, parent: Part, begin: int, end: int, default: str, *, opaque: bool = False) -> None:
    path = f"{parent.path}.{len(parent.children) + 1}" if parent.path else str(len(parent.children) + 1)
    if opaque:
        part = Part(
            path, HeaderBlock([], begin), "application/octet-stream", _PLAIN, Structured("attachment"), "", begin, end
        )
    else:
        header = read_headers(
            tree.data[begin:end] if end - begin < 4096 else tree.data[begin : min(end, begin + _WINDOW)]
        )
        body = min(begin + header.body, end)
        if header.body >= _WINDOW and end - begin > _WINDOW:
            tree.defects.append("the header of a part is too long")
        part = _part(path, header, body, end, default, tree.defects)
        part.raw_header = (begin, body)
        tree.defects.extend(header.defects)
    part.shown_with_html = parent.content_type == "multipart/related" and bool(parent.children)
    tree.count += 1
    parent.children.append(part)


_WINDOW = limits.HEADER_BLOCK + 4096


def _delimiters(data: bytes, part: Part, boundary: bytes) -> list[tuple[int, int, bool]]:
    """(end of the octets before, begin of the octets after, closing?) for every delimiter line of this boundary."""
    line = b"--" + re.escape(boundary) + rb"(--)?[ \t]*+(?=\r?\n|\Z)"
    found: list[tuple[int, int, bool]] = []
    place = part.start
    # The first delimiter may stand at the very begin of the body, without a line end before it.
    opening = re.compile(line).match(data, place, part.end)
    if opening:
        found.append((place, _after_line_end(data, opening.end(), part.end), bool(opening[1])))
        place = opening.end()
    # It begins with plain octets, which the engine looks for at once; a "\r?" before them would be tried at every octet.
    for match in re.compile(b"\n" + line).finditer(data, place, part.end):
        begin = match.start()
        begin -= begin > place and data[begin - 1] == 0x0D
        found.append((begin, _after_line_end(data, match.end(), part.end), bool(match[1])))
        if len(found) > 2 * limits.PARTS + 2:
            break
    return found


def _after_line_end(data: bytes, place: int, end: int) -> int:
    if data[place : place + 2] == b"\r\n":
        return min(place + 2, end)
    return min(place + 1, end) if data[place : place + 1] == b"\n" else place


def is_utf16(part: Part) -> bool:
    """Whether the part's octets are not a superset of ASCII."""
    return (codec_for(part.charset) or "").startswith(("utf-16", "utf-32"))
