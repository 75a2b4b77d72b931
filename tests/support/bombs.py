"""Mail bombs for tests: mails in victims' names whose every part carries an attacker's words, and a look for them in what we sent."""

import os
from collections.abc import Iterable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

from tests.support.accepted import accepted, mail
from tests.support.office import TestOffice

SUBJECT = "FREE NITRO https://nitro-gift.evil.test/claim now"
NAME = "Discord Nitro Giveaway"
BODY = "Xylophone zebras gratulate winners: https://nitro-gift.evil.test/claim/jackpot before midnight"
FILE = "Nitro-Voucher-Redeem-Today.pdf"


def bomb(author: str, number: int) -> bytes:
    """One mail of a campaign."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = f"{NAME} <{author}>"
    letter["To"] = "support@example.com"
    letter["Subject"] = f"{SUBJECT} {number}"
    letter["Message-ID"] = f"<{number}.{os.urandom(4).hex()}@v.test>"
    letter.set_content(f"{BODY} {number}")
    letter.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=FILE)
    return bytes(letter)


def decoded(raw: bytes) -> str:
    """Everything that a person could read in a mail, and the mail as it travels."""
    letter = message_from_bytes(raw, policy=default)
    bodies = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    fields = [f"{name}: {value}" for name, value in letter.items() if name not in ("In-Reply-To", "References")]
    return "\n".join([*fields, *bodies, raw.decode("latin-1")])


def pieces(text: str, size: int = 8) -> set[str]:
    """Every run of so many characters."""
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def foreign_words(raw: bytes) -> list[str]:
    """What a mail of ours holds of the attacker's words, eight characters or more."""
    theirs = pieces(SUBJECT) | pieces(NAME) | pieces(BODY) | pieces(FILE)
    text = decoded(raw)
    return [piece for piece in theirs if piece in text]


def drop(office: TestOffice, authors: Iterable[str], *, peer: str = "198.51.100.66", small: bool = False) -> int:
    """Accept one mail in the name of each author, and work on all; how many. ``small``: without the file, for floods."""
    records = [
        replace(
            accepted(
                mail(BODY, sender=author, subject=f"{SUBJECT} {number}") if small else bomb(author, number),
                at=office.now,
                reverse_path=author,
            ),
            peer=peer,
        )
        for number, author in enumerate(authors)
    ]
    office.journal.append(records)
    office.work()
    return len(records)
