r"""Dialogs with the door as readable files (``tests/dialogs/*.smtp``), played over a real socket.

# a remark
set limits.recipients 100    settings of this dialog as YAML, above the first other line; also smtp.…
lmtp                         speak with the LMTP socket
c -> NOOP                    send the line and CR LF; \r \n \t \0 \\ \xNN and \uNNNN are understood
c >> two\r\nlines            send these octets alone
c fill 70000                 send that many octets of ordinary lines
c <- 250 2.0.0 *             the next reply; its lines are joined by " | ", an asterisk stands for anything
c closed                     the server closes the connection and says nothing more
c half-close                 send no more, read on
repeat 3 … end               the lines between, with {n} counting from 1
stored 1                     how many mails are in the journal now
from kim@customer.example    reverse-path of the last one; nothing for the null one
to a@example.com b@…         its recipients
raw Subject: x\r\n\r\n       its octets
holds MAIL FROM              octets that occur in it
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.smtp_client import Reply, SmtpClient
from tests.support.smtp_house import House

DIRECTORY = Path(__file__).parent.parent / "dialogs"
FILES = sorted(DIRECTORY.glob("*.smtp"))

_ESCAPE = re.compile(r"\\(?:([rnt0\\])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))")
_NAMED = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    verb: str
    argument: str


def octets(text: str) -> bytes:
    """What an escaped text stands for."""
    out = bytearray()
    position = 0
    for match in _ESCAPE.finditer(text):
        out += text[position : match.start()].encode("utf-8")
        name, byte, code = match.groups()
        out += _NAMED[name] if name else bytes([int(byte, 16)]) if byte else chr(int(code, 16)).encode("utf-8")
        position = match.end()
    return bytes(out) + text[position:].encode("utf-8")


def read(path: Path) -> tuple[dict[str, dict[str, Any]], list[Line]]:
    """Settings and lines of a dialog; ValueError where a line is not understood."""
    changes: dict[str, dict[str, Any]] = {}
    lines: list[Line] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip() or text.startswith("#"):
            continue
        match = re.fullmatch(
            r"(set|lmtp|c ->|c >>|c fill|c <-|c closed|c half-close|repeat|end|stored|from|to|raw|holds)(?: (.*))?",
            text,
        )
        if match is None:
            raise ValueError(f"{path.name}:{number}: {text!r} is not understood")
        if match[1] == "set":
            name, _, value = match[2].partition(" ")
            section, _, key = name.partition(".")
            changes.setdefault(section, {})[key] = YAML(typ="safe", pure=True).load(value)
        else:
            lines.append(Line(number, match[1], match[2] or ""))
    return changes, list(_unrolled(lines))


def _unrolled(lines: list[Line]) -> Iterator[Line]:
    rest = iter(lines)
    for line in rest:
        if line.verb != "repeat":
            yield line
            continue
        block = []
        for inner in rest:
            if inner.verb == "end":
                break
            block.append(inner)
        for n in range(1, int(line.argument) + 1):
            for inner in block:
                yield Line(inner.number, inner.verb, inner.argument.replace("{n}", str(n)))


def fits(reply: Reply, pattern: str) -> bool:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, " | ".join(reply.lines), re.DOTALL) is not None


async def play(path: Path, house: House, *, octet_by_octet: bool = False) -> None:
    """Hold the dialog; AssertionError names the file and line that went otherwise."""
    _, lines = read(path)
    is_lmtp = any(line.verb == "lmtp" for line in lines)
    async with await house.client(house.lmtp if is_lmtp else house.smtp, timeout=5.0) as client:
        for line in lines:
            try:
                await _step(line, client, house, octet_by_octet=octet_by_octet)
            except Exception as error:
                raise AssertionError(f"{path.name}:{line.number}: {line.verb} {line.argument}: {error!r}") from error


async def _step(line: Line, client: SmtpClient, house: House, *, octet_by_octet: bool) -> None:
    match line.verb:
        case "c ->" | "c >>":
            data = octets(line.argument) + (b"\r\n" if line.verb == "c ->" else b"")
            await client.send(*([data[i : i + 1] for i in range(len(data))] if octet_by_octet else [data]))
        case "c fill":
            count = int(line.argument)
            await client.send(
                (b"An ordinary line of an ordinary mail, sixty-two octets in all.\r\n" * (count // 64 + 1))[:count]
            )
        case "c <-":
            reply = await client.reply()
            assert fits(reply, line.argument), f"the reply was {reply}"
        case "c closed":
            assert await client.closed(), "it is still open, or says more"
        case "c half-close":
            await client.half_close()
        case "stored":
            assert len(house.records) == int(line.argument), f"{len(house.records)} are stored"
        case "from":
            assert house.records[-1].reverse_path == line.argument, house.records[-1].reverse_path
        case "to":
            assert " ".join(house.records[-1].forward_paths) == line.argument, house.records[-1].forward_paths
        case "raw":
            assert house.raw(house.records[-1]) == octets(line.argument), house.raw(house.records[-1])
        case "holds":
            assert octets(line.argument) in house.raw(house.records[-1]), house.raw(house.records[-1])
