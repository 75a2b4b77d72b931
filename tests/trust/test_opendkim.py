"""A second implementation of DKIM, Debian's OpenDKIM, agrees on sound and damaged mail."""

import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.trust.dkim import SignedMail
from gateway.trust.resolver import Answer, Status
from tests.support.need import need
from tests.support.signed_mail import SIGNED, rsa_key, sign
from tests.trust.conftest import NOW, mail

TEXTS = (
    "Hello there.",
    "One\r\n\r\n  two\t\tthree  \r\n\r\n\r\n",
    "",
    "\r\n\r\n",
    "안녕하세요, 문의드립니다.\r\n감사합니다 \t\r\n",
    "word " * 500 + "\r\n" + "." * 900 + "\r\nend",
)
HEADERS = (
    (),
    (("X-Other", "one\r\n\ttwo   three"), ("Content-Type", "text/plain;\r\n charset=utf-8"), ("MIME-Version", "1.0")),
)


def damaged(raw: bytes, dice: random.Random) -> Iterator[tuple[str, bytes]]:
    """The mail as it is, and as it may be after careless or hostile hands."""
    head, _, body = raw.partition(b"\r\n\r\n")
    yield "sound", raw
    yield "body changed", head + b"\r\n\r\nX" + body
    yield "lines added at the end", raw + b"\r\n\r\n"
    yield "text added at the end", raw + b"Buy here\r\n"
    yield "blanks changed", head + b"\r\n\r\n" + body.replace(b" ", b"  ")
    yield "blanks at line ends", head + b"\r\n\r\n" + body.replace(b"\r\n", b" \t\r\n")
    yield "subject changed", raw.replace(b"A question", b"An offer")
    yield "subject folded", raw.replace(b"Subject: A question", b"Subject: A\r\n question")
    yield "subject in another case", raw.replace(b"Subject:", b"SUBJECT:")
    yield "unsigned field added", b"X-Added: yes\r\n" + raw
    yield "signature cut", re.sub(rb"(b=[A-Za-z0-9+/]{8})[A-Za-z0-9+/]{4}", rb"\1AAAA", raw, count=1)
    yield "other key", raw.replace(b" s=s1;", b" s=s2;", 1)
    at = dice.randrange(len(head) + 4, len(raw) - 1)
    yield "one octet", raw[:at] + bytes([raw[at] ^ 1 if raw[at] > 32 else raw[at]]) + raw[at + 1 :]


def corpus() -> dict[str, bytes]:
    dice = random.Random(7)  # the same mails each time
    found = {}
    for number, text in enumerate(TEXTS):
        for headers in HEADERS:
            for policy in (b"simple/simple", b"simple/relaxed", b"relaxed/simple", b"relaxed/relaxed"):
                one, _, other = policy.partition(b"/")
                names = (*SIGNED, b"subject") if number % 2 else SIGNED
                raw = sign(mail(*headers, text=text), "victim.test", canonicalize=(one, other), headers=names)
                for kind, changed in damaged(raw, dice):
                    found[f"{len(found):04} {kind} {policy.decode()}"] = changed
    return found


@pytest.mark.real
def test_opendkim_agrees(tmp_path: Path) -> None:
    opendkim = need("opendkim")
    mails = corpus()
    assert len(mails) >= 200
    record = rsa_key(1024)[1]
    (tmp_path / "keys").write_text(
        f"s1._domainkey.victim.test {record}\ns2._domainkey.victim.test {rsa_key(1025)[1]}\n"
    )
    (tmp_path / "conf").write_text(f"Mode v\nTestPublicKeys {tmp_path / 'keys'}\nSyslog no\n")
    names = {}
    for number, (name, raw) in enumerate(mails.items()):
        path = tmp_path / f"m{number}.eml"
        path.write_bytes(raw)
        names[path.name] = name
    done = subprocess.run(
        [opendkim, "-x", "conf", "-t", ",".join(names)], cwd=tmp_path, capture_output=True, text=True, timeout=100
    )
    theirs = {
        names[found[1]]: found[2] == "succeeded"
        for found in re.finditer(
            r"opendkim: (m\d+\.eml): verification .*?\) (succeeded|failed)", done.stdout + done.stderr
        )
    }
    ours = {name: passes(raw) for name, raw in mails.items()}
    assert theirs.keys() == ours.keys()
    assert {name for name in ours if ours[name] != theirs[name]} == set()
    assert sum(ours.values()) > 100
    assert len(ours) - sum(ours.values()) > 100


def passes(raw: bytes) -> bool:
    signed = SignedMail(raw, NOW)
    (signature,) = signed.signatures
    record = rsa_key(1024 if signature.selector == "s1" else 1025)[1].encode()
    return signed.verify(signature, Answer(Status.FOUND, (record,))).result == "pass"
