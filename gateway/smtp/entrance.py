"""What happens before a session speaks: which service a socket offers, and who is really at the other end."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.config.model import Smtp
from gateway.smtp.limits import canonical, is_within
from gateway.smtp.proxy import Unsound, read_header
from gateway.smtp.wire import Wire


@dataclass(frozen=True, slots=True)
class Manner:
    """How the sessions of one listening socket differ from plain SMTP."""

    is_lmtp: bool = False
    is_proxied: bool = False  # a PROXY header comes first
    is_submission: bool = False  # mail only after AUTH
    is_tls: bool = False  # TLS from the first octet (RFC 8314)


MANNERS: Mapping[str, Manner] = {
    "smtp": Manner(),
    "lmtp": Manner(is_lmtp=True),
    "proxy": Manner(is_proxied=True),
    "submission": Manner(is_submission=True),
    "submissions": Manner(is_submission=True, is_tls=True),
}
"""By the kind of listening socket."""


class NotLetIn(Exception):
    """The connection is cut without a word; the message is for the log."""


async def real_client(wire: Wire, proxy: str, smtp: Smtp) -> str:
    """The client for whom ``proxy`` speaks, from the header on the wire. Raises NotLetIn; takes as long as the caller's deadline."""
    if not is_within(proxy, smtp.proxy_from):
        raise NotLetIn("not one of smtp.proxy_from")
    octets = bytearray()
    while True:
        chunk = await wire.chunk()
        if not chunk:
            raise NotLetIn("no whole PROXY header came")
        octets += chunk
        try:
            header = read_header(octets, takes_v1=smtp.proxy_v1)
        except Unsound as error:
            raise NotLetIn(f"PROXY header: {error}") from error
        if header is not None:
            wire.unread(bytes(octets[header.size :]))
            return proxy if header.client is None else canonical(header.client)
