"""Signed reply addresses of agents: what makes a mail from an agent's address an agent's order (docs/agents.md).

An agent is notified from an address of the same form as a participant's, ``reply+TOKEN@reply.example.com``, so that nobody can
tell one from the other. The token has the same 25 octets (``gateway.threading.tokens``), but another version and another purpose
under its MAC: it can never stand in for a participant's, nor a participant's for it. There are two kinds: a reply to one is an
answer to the customer, a reply to the other stays internal. So an internal mail has an address of its own, and nothing that a mail
program leaves out of a reply can turn a remark into an answer.

A token alone gives no power: ``gateway.threading.agent_mail`` asks for the agent's own, strongly verified address besides.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.mail.address import address_key, ascii_lower, domain_key
from gateway.mail.model import Kind, Message
from gateway.threading.model import TokenState
from gateway.threading.tokens import MAC_OCTETS, MAX_LOCAL_PART, MAX_NUMBER, Keyring

MAX_TOKENS = 5
_ANSWER, _INTERNAL = 2, 3  # versions; 1 is a participant's
_PURPOSES = {_ANSWER: b"support-gateway agent answer\0", _INTERNAL: b"support-gateway agent note\0"}
_EPOCH = date(2020, 1, 1)
_TOKEN = re.compile(r"[a-z2-7]{40}")
_RETURNED_ADDRESSES = frozenset({"reply-to", "return-path"})
_FIELD = 2000  # characters of a returned address field that are looked at
_ADDRESS = re.compile(r"[^\s@<>,;:\"]{1,64}@[^\s@<>,;:\"]{1,255}")


@dataclass(frozen=True, slots=True)
class AgentToken:
    """An agent's reply address whose MAC holds: VALID or EXPIRED. Every other address is no agent's."""

    state: TokenState
    ticket: int
    agent: int
    internal: bool  # what is sent there stays among agents unless the mail says otherwise


def agent_address(
    keyring: Keyring, *, local: str, domain: str, ticket: int, agent: int, internal: bool, expires: date
) -> str:
    """The address of one agent on one ticket, until the end of ``expires`` (UTC). The same arguments give the same address.

    ValueError for a number or day that does not fit, or where the local part would be longer than 64 octets.
    """
    day = (expires - _EPOCH).days
    if not 0 <= day <= 0xFFFF or not 0 <= ticket <= MAX_NUMBER or not 0 <= agent <= MAX_NUMBER:
        raise ValueError("a number or day does not fit into a signed address")
    version = _INTERNAL if internal else _ANSWER
    payload = bytes([version << 4 | keyring.signing_id]) + ticket.to_bytes(5) + agent.to_bytes(5) + day.to_bytes(2)
    octets = payload + keyring.mac(keyring.signing_id, _PURPOSES[version], payload)
    local_part = f"{local}+{ascii_lower(base64.b32encode(octets).decode('ascii'))}"
    if len(local_part) > MAX_LOCAL_PART:
        raise ValueError(f"{local!r} is too long for a reply address")
    return f"{local_part}@{domain}"


def read_agent_token(keyring: Keyring, address: str, *, local: str, domain: str, today: date) -> AgentToken | None:
    """What an address says as an agent's reply address; None where it is none that we made. Never raises."""
    local_part, at, its_domain = address.strip().rpartition("@")
    prefix, plus, token = ascii_lower(local_part).partition("+")
    if not at or not plus or prefix != ascii_lower(local) or not _TOKEN.fullmatch(token):
        return None
    if domain_key(its_domain) != domain_key(domain):
        return None
    octets = base64.b32decode(token.upper())
    payload, mac = octets[:-MAC_OCTETS], octets[-MAC_OCTETS:]
    version = payload[0] >> 4
    # The MAC is computed for every version, so that the time says nothing about which kind an address is.
    holds = keyring.holds(_PURPOSES.get(version, b"support-gateway no agent\0"), payload, mac)
    if not holds or version not in _PURPOSES:
        return None
    expires = _EPOCH + timedelta(days=int.from_bytes(payload[11:13]))
    state = TokenState.VALID if today <= expires else TokenState.EXPIRED
    return AgentToken(state, int.from_bytes(payload[1:6]), int.from_bytes(payload[6:11]), version == _INTERNAL)


def agent_tokens(
    message: Message, *, envelope_recipients: Sequence[str], keyring: Keyring, local: str, domain: str, today: date
) -> tuple[AgentToken, ...]:
    """Every agent's address that a mail was sent to, or that the mail shows which a report returns; valid ones first."""
    addresses = [*envelope_recipients, *(mailbox.address for mailbox in (*message.to, *message.cc))]
    if message.bounce is not None or message.auto.kind is Kind.BOUNCE:
        fields = [value for name, value in message.returned_headers if name.lower() in _RETURNED_ADDRESSES]
        addresses.extend(address for field in fields[:10] for address in _ADDRESS.findall(field[:_FIELD]))
    readings = (
        read_agent_token(keyring, address, local=local, domain=domain, today=today) for address in _once(addresses)
    )
    found = sorted((it for it in readings if it is not None), key=lambda it: it.state is not TokenState.VALID)
    return tuple(found[:MAX_TOKENS])


def _once(addresses: Iterable[str]) -> Iterable[str]:
    first: dict[str, str] = {}
    for address in addresses:
        first.setdefault(address_key(address), address)
    return first.values()
