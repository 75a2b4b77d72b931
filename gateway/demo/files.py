"""Small real files to attach: pictures, PDF documents, tables and sound, all made here."""

import struct
import zlib
from collections.abc import Sequence

Colour = tuple[int, int, int]


def png(width: int, height: int, above: Colour, below: Colour) -> bytes:
    """A picture that fades from one colour into another."""
    rows = bytearray()
    for y in range(height):
        share = y / max(1, height - 1)
        colour = bytes(round(a + (b - a) * share) for a, b in zip(above, below, strict=True))
        rows += b"\0" + colour * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def pdf(lines: Sequence[str]) -> bytes:
    """One A4 page with lines of ASCII text."""
    shown = b"".join(f"({_escaped(line)}) Tj T*\n".encode("ascii") for line in lines)
    content = b"BT /F1 12 Tf 18 TL 72 770 Td\n" + shown + b"ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def csv(rows: Sequence[Sequence[str]], charset: str) -> bytes:
    """A table as Excel exports it in Korea (cp949) and Japan (cp932)."""
    return "".join(",".join(row) + "\r\n" for row in rows).encode(charset)


def wav(seconds: float) -> bytes:
    """A soft tone: 8,000 samples a second, 8 bits, one channel."""
    samples = bytes(128 + (20 if (n // 10) % 2 else -20) for n in range(int(8000 * seconds)))
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body
