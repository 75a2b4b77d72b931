"""winmail.dat: its letter becomes the mail's text where the mail itself says nothing."""

import base64
import struct

import pytest

from gateway.mail.read import read
from gateway.mail.rtf import read_rtf, unpack_rtf

RTF = rb"{\rtf1\ansi\ansicpg949{\fonttbl{\f0\fnil\fcharset129 Gulim;}}\f0 \'b7\'a5\'c7\'c1\par dark}"
HTML_RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 It is "
    rb"{\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 dark\htmlrtf }\htmlrtf0{\*\htmltag92 </b>}\htmlrtf \par}\htmlrtf0"
    rb"{\*\htmltag72 </p>}}"
)


def tnef(*properties: tuple[int, int, bytes]) -> bytes:
    """A winmail.dat with these MAPI properties: (type, id, value)."""
    mapi = [struct.pack("<I", len(properties))]
    for kind, number, value in properties:
        padding = b"\0" * (-len(value) % 4)
        mapi.append(struct.pack("<HHII", kind, number, 1, len(value)) + value + padding)
    parts = [(0x9007, 6, struct.pack("<II", 949, 0)), (0x9003, 6, b"".join(mapi))]
    out = struct.pack("<IH", 0x223E9F78, 1)
    for name, kind, data in parts:
        out += struct.pack("<BHHI", 1, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    return out


def stored(rtf: bytes) -> bytes:
    """RTF in its uncompressed wrapping."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def mail(content: bytes, text: str = "") -> bytes:
    return (
        "From: Hong <hong@customer.example>\r\nSubject: Lamp\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\n"
        "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.encodebytes(content).decode()}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("properties", "text", "html"),
    [
        (((0x102, 0x1009, stored(RTF)),), "램프\ndark", None),
        (((0x102, 0x1009, stored(HTML_RTF)),), "It is dark", "<p>It is <b>dark</b></p>"),
        (((0x102, 0x1013, b"<p>It is <i>dark</i></p>"),), "It is dark", "<p>It is <i>dark</i></p>"),
        (((0x1E, 0x1000, "램프".encode("cp949") + b"\0"),), "램프", None),
    ],
    ids=["rtf", "html in rtf", "html", "plain"],
)
def test_letter(properties: tuple[tuple[int, int, bytes], ...], text: str, html: str | None) -> None:
    pytest.importorskip("tnefparse")
    message = read(mail(tnef(*properties)))
    assert message.text.strip() == text
    assert message.html == html
    assert [item.filename for item in message.attachments] == ["winmail.dat"], "the original stays"


def test_the_mails_own_text_wins() -> None:
    message = read(mail(tnef((0x102, 0x1009, stored(RTF))), "Own words."))
    assert message.text.strip() == "Own words."


def test_without_the_library_the_file_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tnefparse", None)
    message = read(mail(tnef((0x102, 0x1009, stored(RTF)))))
    assert (message.text.strip(), [item.filename for item in message.attachments]) == ("", ["winmail.dat"])


def test_published_examples_of_compression() -> None:
    """MS-OXRTFCP sections 3.1 and 3.2."""
    simple = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpack_rtf(simple) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpack_rtf(crossing) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1 a\line b\tab c\~d}", "a\nb\tc\xa0d"),
        (rb"{\rtf1\uc1 \u44032?\u-10179?\u-8704?!}", "가😀!"),
        (rb"{\rtf1 {\*\generator X;}{\info{\title T}}seen}", "seen"),
        (rb"{\rtf1 open", "open"),
        (rb"}}}", ""),
    ],
)
def test_rtf(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf)[0] == text


def test_a_broken_file_is_a_defect() -> None:
    pytest.importorskip("tnefparse")
    message = read(mail(b"\x78\x9f\x3e\x22" + bytes(range(200))))
    assert message.attachments[0].filename == "winmail.dat"
