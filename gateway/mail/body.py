"""Which parts are the letter and which are its enclosures (RFC 2046 section 5.1, RFC 2183)."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import escape
from io import BytesIO
from itertools import islice

from gateway.mail import limits
from gateway.mail.attachments import safe_name
from gateway.mail.charset import decode
from gateway.mail.encoded_words import clean, raw_text
from gateway.mail.flowed import unflow
from gateway.mail.html import sanitise
from gateway.mail.html_links import honest
from gateway.mail.html_paint import page_of
from gateway.mail.html_text import see
from gateway.mail.mime import Part, Tree, read_tree
from gateway.mail.model import Attachment
from gateway.mail.smime import SIGNED, signed_content
from gateway.mail.tnef import is_tnef, open_tnef
from gateway.mail.transfer import take_embedded

_CONTROL = dict.fromkeys((*range(9), 11, *range(14, 32), *range(127, 133), *range(134, 160)))
_HAS_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_JAMO = re.compile("[\u1100-\u11ff\u3099\u309a]")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_BODIES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown"})
_ENRICHED = re.compile(r"<(?:param>[^<]*</param|/?[A-Za-z-]{1,60})>|<<")
_STATUS_FIELD = re.compile(
    rb"(?im)^(?:reporting-mta|final-recipient|original-recipient|action|status|diagnostic-code|arrival-date)[ \t]*:"
)
_CID = re.compile(r"cid:([^\"'\s<>)]{1,300})")
_ENCLOSED_LEVELS = 3
_SIGNATURES = 3  # opaque signatures within each other that are opened
_CONTENT_ID = re.compile(r"<?([^<>\s]+)>?")


@dataclass(slots=True)
class Piece:
    """A stretch of the letter: as plain text, as HTML, or both where the sender gave alternatives."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Content:
    """What the parts of a mail add up to."""

    text: str = ""  # the readable body, with the text of messages that are shown in place
    own_text: str = ""  # without them
    html: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)  # of every leaf, for the fingerprint
    texts: dict[str, str] = field(default_factory=dict)  # part path -> decoded text, of text leaves
    remote: int = 0
    tracking_pixels: int = 0
    hidden_text: int = 0


class Reader:
    """Walks a tree once and collects bodies and attachments."""

    def __init__(
        self, tree: Tree, defects: list[str], hint: str | None, *, level: int = 0, signatures: int = 0
    ) -> None:
        self.tree = tree
        self.defects = defects
        self.hint = hint
        self.level = level  # 1 inside an attached message, of which only the text is wanted
        self.signatures = signatures  # opaque signatures around this tree
        self.content = Content()
        self.enclosed: list[tuple[bytes, bool]] = []  # attached messages; True: shown in place
        self.wrapped: Piece | None = None  # the letter out of a winmail.dat

    def read(self) -> Content:
        """Body and attachments of the whole tree."""
        self._assemble(self.pieces())
        if self.wrapped is not None and not self.content.text.strip():
            self._assemble([self.wrapped])
        self.content.own_text = self.content.text
        if self.enclosed and self.level < _ENCLOSED_LEVELS:
            self._show_enclosed()
        if self.content.html is not None:
            self._mark_shown_images(self.content.html)
        return self.content

    def _show_enclosed(self) -> None:
        """Add the text of attached messages: of those shown in place, and of all where the mail itself says nothing."""
        silent = not self.content.text.strip()
        texts = [self.content.text] if not silent else []
        for octets, in_place in self.enclosed:
            if in_place or silent:
                inner = Reader(read_tree(octets[: limits.ENCLOSED]), [], None, level=self.level + 1).read()
                texts.append(inner.text)
        if any(text.strip() for text in texts):
            self.content.text = _join(texts)
        if silent:
            self.content.own_text = self.content.text

    def _mark_shown_images(self, html: str) -> None:
        """What the HTML shows by ``cid:`` is inline, although some senders call it an attachment."""
        shown = set(_CID.findall(html))
        self.content.attachments = [
            replace(item, inline=True) if item.content_id in shown and not item.inline else item
            for item in self.content.attachments
        ]

    def _pieces(self, part: Part) -> list[Piece]:
        """The stretches of the letter below this part; everything else below it becomes an attachment.

        Recursion is bounded by ``limits.DEPTH``.
        """
        if not part.is_container:
            return self._leaf(part)
        if part.content_type == "multipart/alternative":
            return self._alternative(part)
        pieces: list[Piece] = []
        for child in part.children:
            pieces.extend(self._pieces(child))
        return pieces

    def _alternative(self, part: Part) -> list[Piece]:
        """One stretch out of several forms: the first plain one, the last HTML one. A form may be several parts (Apple Mail)."""
        plain: str | None = None
        html: str | None = None
        for child in part.children:
            pieces = self._pieces(child)
            if not pieces:
                continue
            as_plain = [piece.plain for piece in pieces if piece.plain is not None]
            if as_plain and plain is None and all(piece.html is None for piece in pieces):
                plain = "\n".join(as_plain)
            elif any(piece.html is not None for piece in pieces):
                html = "\n".join(
                    piece.html if piece.html is not None else _as_html(piece.plain or "") for piece in pieces
                )
        return [Piece(plain, html)] if plain is not None or html is not None else []

    def _leaf(self, part: Part) -> list[Piece]:
        if _is_body(part) or (
            part is self.tree.root and part.content_type in _BODIES and part.disposition.value != "attachment"
        ):
            return self._body(part)
        if part.content_type == "message/delivery-status" and not _STATUS_FIELD.search(self.tree.octets(part)):
            # Some systems put the letter of a bounce under this type.
            return self._body(part)
        if part.content_type in SIGNED:
            return self._signed(part)
        self._attach(part)
        return []

    def _signed(self, part: Part) -> list[Piece]:
        """The letter inside an opaque signature; what was signed stays attached as it came."""
        content = self.tree.content(part, self.defects)
        self._add(part, content)
        letter = signed_content(content) if self.signatures < _SIGNATURES else None
        if letter is None:
            self.defects.append("S/MIME that is encrypted, or cannot be opened: attached as it came")
            return []
        inner = Reader(read_tree(letter), self.defects, self.hint, level=self.level, signatures=self.signatures + 1)
        pieces = inner.pieces()
        self.defects.extend(note for note in inner.tree.defects if note not in self.defects)
        self.content.attachments += [
            replace(item, part=f"{part.path}.s{item.part}") for item in inner.content.attachments
        ]
        self.content.digests += inner.content.digests
        self.enclosed += inner.enclosed
        return pieces

    def pieces(self) -> list[Piece]:
        """The stretches of the letter, before they are put together."""
        return self._pieces(self.tree.root)

    def _body(self, part: Part) -> list[Piece]:
        content = self.tree.content(part, self.defects)
        charset = part.charset
        if part.content_type == "text/html":
            return [Piece(html=self._html(part, content, charset))]
        content, files = take_embedded(content) if b"begin" in content or b"=ybegin" in content else (content, [])
        if len(content) > limits.TEXT or content.count(b"\n") > limits.TEXT_LINES:
            self.defects.append("a very long text: its begin is shown, all of it is attached")
            self._add(part, content)
            content = b"".join(islice(BytesIO(content[: limits.TEXT]), limits.TEXT_LINES))
        text = self._text(content, charset)
        if (part.parameters.get("format") or "").lower() == "flowed":
            text = unflow(text, delete_space=(part.parameters.get("delsp") or "").lower() == "yes")
        if part.content_type in ("text/enriched", "text/richtext"):
            text = _ENRICHED.sub(lambda tag: "<" if tag[0] == "<<" else "", text)
        self.content.texts[part.path] = text
        self._digest(part.content_type, text.rstrip().encode("utf-8"))
        for number, file in enumerate(files, 1):
            name = safe_name(decode(file.name, charset, hint=self.hint).text)
            self._store(
                f"{part.path}.u{number}", name, "application/octet-stream", file.content, inline=False, content_id=None
            )
        return [Piece(plain=text)]

    def _html(self, part: Part, content: bytes, charset: str | None) -> str:
        if len(content) > limits.HTML:
            self.defects.append("very long HTML: its begin is shown, all of it is attached")
            self._add(part, content)
            content = content[: limits.HTML]
        if charset is None and not content.isascii():
            found = _META_CHARSET.search(content, 0, 4096)
            charset = found[1].decode("ascii") if found else None
        html = self._text(content, charset)
        self.content.texts[part.path] = html
        self._digest(part.content_type, html.rstrip().encode("utf-8"))
        return html

    def _text(self, content: bytes, charset: str | None) -> str:
        decoded = decode(content, charset, hint=self.hint)
        if decoded.defect:
            self.defects.append(decoded.defect)
        return tidy(decoded.text)

    def _attach(self, part: Part) -> None:
        self._add(part, self.tree.content(part, self.defects))

    def _add(self, part: Part, content: bytes) -> None:
        if part.content_type == "message/rfc822":
            named = part.disposition.get("filename") or part.parameters.get("name")
            self.enclosed.append((content, not part.disposition.value and not named))
        if self.level:
            return
        self._digest(part.content_type, content)
        name = safe_name(part.disposition.get("filename") or part.parameters.get("name"))
        inline = part.disposition.value == "inline" or (
            part.disposition.value != "attachment" and (part.shown_with_html or content_id(part, self.hint) is not None)
        )
        self._store(part.path, name, part.content_type, content, inline=inline, content_id=content_id(part, self.hint))
        if is_tnef(content):
            unwrapped = open_tnef(content, self.defects)
            if self.wrapped is None and (unwrapped.plain is not None or unwrapped.html is not None):
                self.wrapped = Piece(
                    None if unwrapped.plain is None else tidy(unwrapped.plain),
                    None if unwrapped.html is None else tidy(unwrapped.html),
                )
            for number, file in enumerate(unwrapped.files, 1):
                self._store(
                    f"{part.path}.t{number}",
                    safe_name(file.name),
                    "application/octet-stream",
                    file.content,
                    inline=False,
                    content_id=None,
                )

    def _store(
        self, path: str, name: str | None, content_type: str, content: bytes, *, inline: bool, content_id: str | None
    ) -> None:
        self.content.attachments.append(
            Attachment(
                part=path,
                filename=name,
                content_type=content_type,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                inline=inline,
                content_id=content_id,
                content=content,
            )
        )

    def _digest(self, content_type: str, content: bytes) -> None:
        self.content.digests.append(f"{content_type} {hashlib.sha256(content).hexdigest()}")

    def _assemble(self, pieces: Iterable[Piece]) -> None:
        pieces = list(pieces)
        texts: list[str] = []
        htmls: list[str] = []
        rich = any(piece.html is not None and piece.html.strip() for piece in pieces)
        for piece in pieces:
            seen = None
            if piece.html is not None and piece.html.strip():
                safe = sanitise(piece.html)
                self.content.remote += safe.remote
                shown = honest(safe.html)
                self.content.tracking_pixels += shown.tracking_pixels
                seen = see(safe.html, page_of(piece.html[: limits.HTML]))
                self.content.hidden_text += seen.hidden
                htmls.append(shown.html)
            elif rich and piece.plain:
                htmls.append(sanitise(_as_html(piece.plain)).html)
            if piece.plain is not None and (piece.plain.strip() or seen is None):
                texts.append(piece.plain)
            elif seen is not None:
                texts.append(seen.text[: limits.TEXT])
        self.content.text = _join(texts)
        self.content.html = "\n".join(htmls) if htmls else None


def _join(texts: list[str]) -> str:
    if len(texts) <= 1:
        return "".join(texts)
    return "\n".join(text.rstrip("\n") for text in texts if text.strip()) + "\n"


def _is_body(part: Part) -> bool:
    if part.content_type not in _BODIES:
        return False
    if part.disposition.value == "attachment":
        return False
    return not (part.disposition.get("filename") or part.parameters.get("name"))


def content_id(part: Part, hint: str | None) -> str | None:
    """The Content-ID without angle brackets; None if there is none or nothing is in it."""
    raw = part.header.first("content-id")
    if raw is None:
        return None
    found = _CONTENT_ID.search(clean(raw_text(raw, hint, [])))
    return found[1] if found else None


def tidy(text: str) -> str:
    """Line ends as LF, no control characters, Hangul and kana put together."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _HAS_CONTROL.search(text):
        text = text.translate(_CONTROL)
    if not text.isascii() and _JAMO.search(text):
        text = unicodedata.normalize("NFC", text)
    return text


def _as_html(text: str) -> str:
    return f"<div>{escape(text, quote=False).strip().replace(chr(10), '<br>')}</div>"
