"""What must hold for any octets whatever: one function a target, raising where it does not hold."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from gateway.mail.forwarded import original_of
from gateway.mail.html import sanitise
from gateway.mail.html_links import honest
from gateway.mail.html_text import html_to_text
from gateway.mail.read import read
from gateway.mail.reply_text import reply_text
from gateway.smtp.grammar import read_command, read_mail, read_mailbox, read_rcpt
from gateway.threading.tokens import Keyring, read_message_id, read_token

CORPUS = Path(__file__).parent / "corpus"
QUOTED = re.compile('"[^"]*"')
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
KEYRING = Keyring({1: bytes(range(32))})
_ACTIVE = ("<script", "<iframe", "<object", "<embed", "<svg", "<math", "<style", "<form", "<base", "<meta", "<link")


def read_target(octets: bytes) -> None:
    """The reader never raises, and gives text throughout."""
    message = read(octets)
    assert not any(note.startswith("the message could not be read") for note in message.defects), message.defects
    for words in (message.text, message.reply_text, message.subject or "", message.html or ""):
        words.encode("utf-8")
    assert "\r" not in (message.subject or "")
    assert "\n" not in (message.subject or "")


def html_target(octets: bytes) -> None:
    """What is shown holds nothing that acts, and sanitising it again changes nothing."""
    safe = honest(sanitise(octets.decode("utf-8", "replace")).html).html
    assert sanitise(safe).html == safe
    assert honest(safe).html == safe
    low = safe.lower()
    assert not any(tag in low for tag in _ACTIVE), safe
    html_to_text(safe).encode("utf-8")


def reply_text_target(octets: bytes) -> None:
    """The view holds no line that the text does not hold, and is never empty where the text is not."""
    text = octets.decode("utf-8", "replace")
    view = reply_text(text, None)
    view.encode("utf-8")
    assert len(view) <= len(text) + 1


def bounce_target(octets: bytes) -> None:
    """Whatever a mail system says: recipients are addresses in lower case, a status is one, and a temporary one gives up nobody."""
    bounce = read(b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n" + octets).bounce
    if bounce is None:
        return
    for address in bounce.recipients:
        assert "@" in address
        assert address == address.lower()
        assert not any(character.isspace() for character in QUOTED.sub("", address)), address
    assert bounce.status is None or STATUS.fullmatch(bounce.status), bounce.status
    assert not (bounce.hard and (bounce.status or "").startswith("4."))


def forward_target(octets: bytes) -> None:
    """The author of a forwarded mail is one address that stands in it, and never the forwarder."""
    message = read(b"From: Kim <kim@example.com>\r\nSubject: Fwd: x\r\n" + octets)
    original = original_of(message, lambda address: address.endswith("@example.com"))
    if original is not None:
        assert original.author.address.count("@") == 1
        assert original.author.address.lower() != "kim@example.com"
        assert not any(character.isspace() for character in original.author.address)


def path_target(octets: bytes) -> None:
    """No command line raises, and no mailbox lets a control character or a line end through."""
    for line in (octets, b"MAIL " + octets, b"RCPT " + octets):
        command = read_command(line)
        if command is None:
            continue
        for path in (read_mail(command.argument), read_rcpt(command.argument)):
            mailbox = read_mailbox(path.address, local_octets=64) if path is not None and path.address else None
            if mailbox is not None:
                assert mailbox.count("@") >= 1
                assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in mailbox), mailbox
                mailbox.encode("utf-8")


def token_target(octets: bytes) -> None:
    """No reply address that we did not sign names a ticket, and none raises."""
    text = octets.decode("utf-8", "replace")
    for address in (text, f"reply+{text}@reply.example.com"):
        reading = read_token(KEYRING, address, local="reply", domain="reply.example.com", today=date(2026, 3, 5))
        assert reading is None or reading.ticket is None
    read_message_id(KEYRING, text, domain="reply.example.com")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "read": read_target,
    "html": html_target,
    "reply_text": reply_text_target,
    "bounce": bounce_target,
    "forward": forward_target,
    "path": path_target,
    "token": token_target,
}


def corpus(target: str) -> list[Path]:
    """The kept inputs of a target: everything that once found something, and what leads into the depth of the code."""
    return sorted(path for path in (CORPUS / target).iterdir() if path.is_file())
