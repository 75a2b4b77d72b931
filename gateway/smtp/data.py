"""The text of a mail as it comes in behind DATA (RFC 5321 section 4.5.2). Pure; every state may be cut at any octet.

Only CR LF . CR LF ends the text. Everything else that looks like an end (SMTP smuggling, CVE-2023-51764 and its relatives) is text,
and since it holds a bare CR, a bare LF or a NUL, the mail is refused after its real end. For a named forwarder a bare LF may be
mended instead: it becomes a line end of the text, and still never one of the two that end it.
"""

import re

_END = b"\r\n.\r\n"
_STUFFED = b"\r\n."
_LINE = b"\r\n"
_BARE_LF = re.compile(rb"(?<!\r)\n")
_RECEIVED = re.compile(rb"\nreceived[ \t]*:", re.IGNORECASE)


class DotReader:
    """Finds the end of the text and takes the dots out again. Feed it what the socket gave, in any cut.

    ``mends_newlines``: each bare LF of the text becomes CR LF, before lines are looked at.
    """

    def __init__(self, *, mends_newlines: bool = False) -> None:
        self.is_clean = True  # False once a bare CR, a bare LF that is not mended, or a NUL was seen
        self._mends_newlines = mends_newlines
        self._after_mended = False  # the text so far ends with a line end that was a bare LF
        self.is_complete = False
        # The line end behind DATA counts as the one before the first line: a lone dot at once is an empty mail.
        self._held = _LINE
        self._virtual = len(_LINE)

    def feed(self, chunk: bytes | bytearray) -> tuple[bytes, bytes]:
        """The next piece of text, and what stood behind the end of the text (empty until ``is_complete``)."""
        data = self._held + chunk
        end = data.find(_END)
        if end >= 0:
            self.is_complete = True
            self._held = b""
            text, rest = data[: end + 2], data[end + 5 :]
        else:
            # Hold back what may be the beginning of the end. No CR LF and no dot behind one is ever cut in two by this.
            keep = next(n for n in (4, 3, 2, 1, 0) if data.endswith(_END[:n]))
            self._held = data[len(data) - keep :]
            text, rest = data[: len(data) - keep], b""
        if self._mends_newlines and text:
            text = self._mend(text)
        line_ends = text.count(_LINE)
        if text.count(b"\n") != line_ends or text.count(b"\r") != line_ends or b"\0" in text:
            self.is_clean = False
        if _STUFFED in text:
            text = text.replace(_STUFFED, _LINE)  # occurrences cannot overlap
        if self._virtual and text:
            text = text[self._virtual :]
            self._virtual = 0
        return text, rest

    def _mend(self, text: bytes) -> bytes:
        # A CR LF is never cut in two, so an LF at the beginning is a bare one; the dot behind one at the end comes with the next.
        is_stuffed = self._after_mended and text.startswith(b".")
        self._after_mended = text.endswith(b"\n") and not text.endswith(_LINE)
        return _BARE_LF.sub(_LINE, text[1:] if is_stuffed else text)


class HeaderReader:
    """Measures the header block while it passes: octets, and Received fields (RFC 5321 section 6.3)."""

    def __init__(self, limit: int) -> None:
        self.is_complete = False
        self.is_too_large = False
        self.received = 0
        self._limit = limit
        self._block = bytearray()

    def feed(self, text: bytes) -> None:
        """The next piece of the mail, dots already taken out. Holds at most ``limit`` octets and one piece."""
        if self.is_complete:
            return
        searched = len(self._block)
        self._block += text
        end = 0 if self._block.startswith(_LINE) else self._block.find(b"\r\n\r\n", max(0, searched - 3))
        if end < 0 and len(self._block) <= self._limit:
            return
        self._finish(len(self._block) if end < 0 else end + 2)

    def finish(self) -> None:
        """The mail is over; one without an empty line is all header."""
        if not self.is_complete:
            self._finish(len(self._block))

    def _finish(self, size: int) -> None:
        self.is_complete = True
        self.is_too_large = size > self._limit
        self.received = len(_RECEIVED.findall(b"\n" + self._block[:size]))
        self._block = bytearray()
