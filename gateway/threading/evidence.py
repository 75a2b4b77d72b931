"""What a mail shows that could name a ticket. Nothing is looked up and nothing is believed here (docs/threading.md)."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from gateway.mail.address import address_key
from gateway.mail.model import Kind, Message
from gateway.threading.model import Evidence, OwnMessageId, TokenReading, TokenState
from gateway.threading.tokens import ForgedMessageId, Keyring, read_message_id, read_token

MAX_TOKENS = 20
MAX_HINTS = 5
MAX_IDS = 40  # a report may bring the ids of the mail that came back in addition to its own
_MARKER_TEXT = 64 * 1024  # characters of the body that are searched for the marker

# "[#42]" is how our subjects and texts name a ticket. People also write the number themselves, with a word before it.
_MARKER = re.compile(r"\[#(\d{1,12})\]")
_NAMED_NUMBER = re.compile(
    r"(?:ticket|티켓|접수번호|문의번호|チケット|受付番号|問い合わせ番号) ?[:#]? ?#?(\d{1,12})(?!\d)", re.IGNORECASE
)
_FIELD = 2000  # characters of a returned address field that are looked at
_ADDRESS = re.compile(r"[^\s@<>,;:\"]{1,64}@[^\s@<>,;:\"]{1,255}")
_ID = re.compile(r"<([^<>\s]{1,998})>")
_RETURNED_ADDRESSES = frozenset({"reply-to", "return-path"})
_RETURNED_IDS = ("message-id", "in-reply-to", "references")
_STATE_ORDER = {TokenState.VALID: 0, TokenState.EXPIRED: 1, TokenState.FORGED: 2, TokenState.MALFORMED: 3}


def number_marker(ticket: int) -> str:
    """How our mails name a ticket for people, in subject or text. Read back as a hint only: a number proves nothing."""
    return f"[#{ticket}]"


def gather(
    message: Message,
    *,
    envelope_recipients: Sequence[str],
    keyring: Keyring,
    reply_local: str,
    reply_domain: str,
    is_ours: Callable[[str], bool],
    today: date,
) -> Evidence:
    """Everything in a mail and its envelope that could name a ticket.

    ``is_ours`` tells whether an address is one of ours, reply addresses included; ``today`` is the day in UTC by which
    tokens expire. A delivery report is also asked for what the returned mail shows. Never raises.
    """

    def token(address: str) -> TokenReading | None:
        return read_token(keyring, address, local=reply_local, domain=reply_domain, today=today)

    ancestors = _ancestors(message)
    readings = [read_message_id(keyring, ancestor, domain=reply_domain) for ancestor in ancestors]
    return Evidence(
        author=message.author.address if message.author else None,
        tokens=_tokens(message, envelope_recipients, token),
        own_ids=tuple(reading for reading in readings if isinstance(reading, OwnMessageId)),
        forged_ids=tuple(reading.message_id for reading in readings if isinstance(reading, ForgedMessageId)),
        ancestors=ancestors,
        number_hints=_number_hints(message),
        addressed=_addressed(message, is_ours),
    )


def _is_report(message: Message) -> bool:
    return message.bounce is not None or message.auto.kind is Kind.BOUNCE


def _ancestors(message: Message) -> tuple[str, ...]:
    """Nearest first. A report answers the mail that came back: its ids stand before those of the report itself."""
    ids: list[str] = []
    if _is_report(message):
        if message.bounce is not None and message.bounce.original_message_id:
            ids.append(message.bounce.original_message_id)
        returned = [(name.lower(), value) for name, value in message.returned_headers]
        for wanted in _RETURNED_IDS:
            ids.extend(found for name, value in returned if name == wanted for found in _ID.findall(value))
    own = message.message_id or ""
    return tuple(id_ for id_ in dict.fromkeys((*ids, *message.ancestors)) if id_ != own)[:MAX_IDS]


def _tokens(
    message: Message, envelope_recipients: Sequence[str], token: Callable[[str], TokenReading | None]
) -> tuple[TokenReading, ...]:
    addresses = [*envelope_recipients, *(mailbox.address for mailbox in (*message.to, *message.cc))]
    if _is_report(message):
        fields = [value for name, value in message.returned_headers if name.lower() in _RETURNED_ADDRESSES]
        addresses.extend(address for field in fields[:10] for address in _ADDRESS.findall(field[:_FIELD]))
    readings = (token(address) for address in _once(addresses))
    # A malformed address proves nothing and can be had for nothing: it must not crowd out a good one.
    found = sorted((reading for reading in readings if reading is not None), key=lambda it: _STATE_ORDER[it.state])
    return tuple(found[:MAX_TOKENS])


def _once(addresses: Iterable[str]) -> Iterable[str]:
    first: dict[str, str] = {}
    for address in addresses:
        first.setdefault(address_key(address), address)
    return first.values()


def _number_hints(message: Message) -> tuple[int, ...]:
    subject = unicodedata.normalize("NFKC", message.subject or "")
    found = [*_MARKER.findall(subject), *_NAMED_NUMBER.findall(subject), *_MARKER.findall(message.text[:_MARKER_TEXT])]
    return tuple(number for number in dict.fromkeys(int(digits) for digits in found) if number > 0)[:MAX_HINTS]


def _addressed(message: Message, is_ours: Callable[[str], bool]) -> tuple[str, ...]:
    mailboxes = (*message.from_mailboxes, *message.to, *message.cc)
    keys = dict.fromkeys(address_key(mailbox.address) for mailbox in mailboxes if not is_ours(mailbox.address))
    return tuple(keys)
