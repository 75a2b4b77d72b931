"""Opaque S/MIME (RFC 8551 section 3.5.2): the letter inside a signed-data object. It is shown; the signature is not checked.

A reader of its own for the one path through the object that leads to the letter, because the certificates and signatures around it
are of no interest and come in BER as often as in DER. Nothing is interpreted, nothing recurses, and every octet is looked at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SIGNED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_DATA = bytes.fromhex("2a864886f70d010701")  # 1.2.840.113549.1.7.1
_SEQUENCE, _OBJECT, _OCTETS, _OCTETS_IN_PIECES, _FIRST = 0x30, 0x06, 0x04, 0x24, 0xA0
_PIECES = 1_000_000


class _Unreadable(Exception):
    """Not of the form that is looked for, or cut off."""


@dataclass(frozen=True, slots=True)
class _Element:
    """One tag with its length (ITU-T X.690 section 8.1). ``end`` is None where only an end mark tells it."""

    tag: int
    begin: int
    end: int | None


def signed_content(data: bytes) -> bytes | None:
    """The MIME entity that was signed, or None where ``data`` is no signed letter: encrypted, compressed, certificates only, damaged."""
    try:
        return _letter(data)
    except _Unreadable:
        return None


def _letter(data: bytes) -> bytes:
    outer = _expect(data, 0, _SEQUENCE)
    kind = _expect(data, outer.begin, _OBJECT)
    if _octets(data, kind) != _SIGNED_DATA:
        raise _Unreadable
    wrapper = _expect(data, _after(data, kind), _FIRST)
    signed = _expect(data, wrapper.begin, _SEQUENCE)
    version = _element(data, signed.begin)
    algorithms = _element(data, _after(data, version))
    content = _expect(data, _after(data, algorithms), _SEQUENCE)
    content_kind = _expect(data, content.begin, _OBJECT)
    if _octets(data, content_kind) != _DATA:
        raise _Unreadable
    explicit = _expect(data, _after(data, content_kind), _FIRST)
    return b"".join(_strings(data, _element(data, explicit.begin)))


def _element(data: bytes, place: int) -> _Element:
    try:
        tag, length = data[place], data[place + 1]
    except IndexError:
        raise _Unreadable from None
    begin = place + 2
    if tag & 0x1F == 0x1F:
        raise _Unreadable  # tags of several octets: none on the way
    if length == 0x80:
        return _Element(tag, begin, None)
    if length > 0x80:
        octets = length - 0x80
        length = int.from_bytes(data[begin : begin + octets], "big")
        begin += octets
        if octets > 8:
            raise _Unreadable
    if begin + length > len(data):
        raise _Unreadable
    return _Element(tag, begin, begin + length)


def _expect(data: bytes, place: int, tag: int) -> _Element:
    element = _element(data, place)
    if element.tag != tag:
        raise _Unreadable
    return element


def _octets(data: bytes, element: _Element) -> bytes:
    if element.end is None:
        raise _Unreadable
    return data[element.begin : element.end]


def _after(data: bytes, element: _Element) -> int:
    """Where the next element begins; elements without a length are walked through."""
    if element.end is not None:
        return element.end
    place, depth = element.begin, 1
    while depth:
        inner = _element(data, place)
        if inner.end is None:
            depth, place = depth + 1, inner.begin
        else:
            place = inner.end
            depth -= inner.tag == 0
    return place


def _strings(data: bytes, element: _Element) -> Iterator[bytes]:
    """The octets of an OCTET STRING, in one piece or in many (X.690 section 8.7)."""
    if element.tag == _OCTETS:
        yield _octets(data, element)
        return
    if element.tag != _OCTETS_IN_PIECES:
        raise _Unreadable
    place = element.begin
    for _ in range(_PIECES):
        if place == element.end:
            return
        piece = _element(data, place)
        if piece.tag == 0 and element.end is None:
            return
        if piece.tag != _OCTETS:
            raise _Unreadable
        yield _octets(data, piece)
        place = _after(data, piece)
    raise _Unreadable
