"""The bytes of header fields and parts, as different mail programs write them: charsets and file names by hand.

The standard library writes correct mail; real mail is not always so, and the demonstration shows real mail.
"""

import base64
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from gateway.demo.model import File

CRLF = "\r\n"
_CHUNK = 12  # characters an encoded word; 12 of three octets each stay below the 75 characters of RFC 2047

_BEST_FIT = str.maketrans("·–—", "・――")  # what Windows writes where the charset lacks a character; else "?"


def encoded_bytes(text: str, charset: str) -> bytes:
    """``text`` in the charset. "outlook-iso-2022-jp" takes characters that only Windows knows (①, ㈱), as Outlook does."""
    if charset != "outlook-iso-2022-jp":
        return text.encode(charset)
    out, double = bytearray(), False
    for character in text:
        pair = character.translate(_BEST_FIT).encode("cp932", "replace")
        if (len(pair) == 2) != double:
            double = not double
            out += b"\x1b$B" if double else b"\x1b(B"
        out += _jis(pair) if double else pair
    return bytes(out + (b"\x1b(B" if double else b""))


def charset_name(charset: str) -> str:
    """How the charset is written into a mail."""
    return {"outlook-iso-2022-jp": "iso-2022-jp", "cp949": "ks_c_5601-1987", "euc_kr": "euc-kr"}.get(charset, charset)


def _jis(pair: bytes) -> bytes:
    """Shift-JIS to JIS row and cell."""
    lead, trail = pair
    row = (lead - (0x70 if lead < 0xA0 else 0xB0)) * 2
    if trail < 0x9F:
        return bytes((row - 1, trail - (0x20 if trail > 0x7F else 0x1F)))
    return bytes((row, trail - 0x7E))


def unstructured(text: str, charset: str = "utf-8") -> str:
    """A header's text: as it is where it is ASCII, else as folded encoded words (RFC 2047)."""
    if text.isascii():
        return text
    pieces = [text[i : i + _CHUNK] for i in range(0, len(text), _CHUNK)]
    label = charset_name(charset)
    words = [f"=?{label}?B?{base64.b64encode(encoded_bytes(it, charset)).decode('ascii')}?=" for it in pieces]
    return f"{CRLF} ".join(words)


def mailbox(name: str, address: str, charset: str = "utf-8") -> str:
    if not name:
        return address
    shown = unstructured(name, charset)
    return f'"{shown}" <{address}>' if name.isascii() else f"{shown} <{address}>"


def base64_body(content: bytes) -> bytes:
    text = base64.b64encode(content).decode("ascii")
    return "".join(text[i : i + 76] + CRLF for i in range(0, len(text), 76)).encode("ascii")


def text_part(subtype: str, text: str, charset: str, *, label: str | None, eight_bit: bool) -> bytes:
    """A text body with its own header."""
    content = encoded_bytes(text.replace("\n", CRLF) + CRLF, charset)
    seven_bit = content.isascii() and all(len(line) <= 900 for line in content.split(b"\r\n"))
    encoding = "7bit" if seven_bit else "8bit" if eight_bit else "base64"
    name = label or charset_name(charset)
    head = f'Content-Type: text/{subtype}; charset="{name}"{CRLF}Content-Transfer-Encoding: {encoding}{CRLF}{CRLF}'
    return head.encode("ascii") + (base64_body(content) if encoding == "base64" else content)


def file_part(file: File) -> bytes:
    disposition = "inline" if file.content_id else "attachment"
    fields = [
        f"Content-Type: {file.content_type}{_name_of_type(file)}",
        f"Content-Disposition: {disposition};{CRLF} {_file_name(file)}",
        "Content-Transfer-Encoding: base64",
    ]
    if file.content_id:
        fields.append(f"Content-ID: <{file.content_id}>")
    return (CRLF.join(fields) + CRLF * 2).encode("ascii") + base64_body(file.content)


def message_part(raw: bytes) -> bytes:
    return (
        b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + raw
    )


def multipart(subtype: str, parts: Sequence[bytes], boundary: str, parameters: str = "") -> bytes:
    """A container with its own header. ``boundary`` must not occur in the parts."""
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{parameters}{CRLF}{CRLF}'.encode("ascii")
    mark = b"--" + boundary.encode("ascii")
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _name_of_type(file: File) -> str:
    """Programs that write encoded words also repeat the name in Content-Type."""
    if file.naming in ("encoded-word", "cp949-encoded-word") and not file.name.isascii():
        return f';{CRLF} name="{_encoded_name(file)}"'
    return f'; name="{file.name}"' if file.name.isascii() else ""


def _file_name(file: File) -> str:
    if file.name.isascii():
        return f'filename="{file.name}"'
    if file.naming in ("encoded-word", "cp949-encoded-word"):
        return f'filename="{_encoded_name(file)}"'
    name = unicodedata.normalize("NFD", file.name) if file.naming == "nfd" else file.name
    value = quote(name, safe="")
    if file.naming == "rfc2231":
        return f"filename*=UTF-8''{value}"
    pieces = [value[i : i + 60] for i in range(0, len(value), 60)]
    lines = [
        f"filename*{number}*={'UTF-8' + chr(39) * 2 if number == 0 else ''}{it}" for number, it in enumerate(pieces)
    ]
    return f";{CRLF} ".join(lines)


def _encoded_name(file: File) -> str:
    """Forbidden inside quotes by RFC 2047 section 5, and what Outlook and Korean web mail send all the same."""
    return unstructured(file.name, "cp949" if file.naming == "cp949-encoded-word" else "utf-8")
