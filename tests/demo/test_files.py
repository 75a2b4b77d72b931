"""The attached files are what their names say, so that whoever opens one sees it."""

import io
import re
import struct
import wave
import zlib

from gateway.demo.files import csv, pdf, png, wav


def test_a_picture_has_its_size_and_colours() -> None:
    data = png(3, 2, (255, 0, 0), (0, 0, 255))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    place, chunks = 8, {}
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length)[0] == zlib.crc32(kind + body)
        chunks[kind] = body
        place += 12 + length
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (3, 2, 8, 2, 0, 0, 0)
    assert zlib.decompress(chunks[b"IDAT"]) == b"\0" + b"\xff\0\0" * 3 + b"\0" + b"\0\0\xff" * 3


def test_a_document_has_its_objects_where_its_table_says() -> None:
    data = pdf(("A (small) page",))
    start = re.search(rb"startxref\n(\d+)\n%%EOF", data)
    assert start is not None
    assert data[int(start[1]) :].startswith(b"xref\n0 6\n")
    places = [int(it) for it in re.findall(rb"(\d{10}) 00000 n", data)]
    assert [data[place:].split(b" ", 1)[0] for place in places] == [b"1", b"2", b"3", b"4", b"5"]
    assert rb"(A \(small\) page) Tj" in data


def test_a_sound_can_be_played() -> None:
    with wave.open(io.BytesIO(wav(0.5))) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (8000, 1, 4000)


def test_a_table_is_in_its_charset() -> None:
    assert csv((("층", "수량"), ("3", "28")), "cp949").decode("cp949") == "층,수량\r\n3,28\r\n"
