"""The flood ladder: too many mails of one sender get no acknowledgement, then quarantine, then 450 at the door. Pure."""

from enum import IntEnum

from gateway.mail.address import address_key
from gateway.rules.networks import network_of


class Rung(IntEnum):
    """How far a sender has climbed. Each includes those before it."""

    NONE = 0
    SILENT = 1  # no acknowledgement
    HOLD = 2  # quarantine
    REFUSE = 3  # 450 at the door


def author_key(author: str, trust: str, peer: str) -> str:
    """By what the mails of an author are counted: mail in somebody's name that proves less is counted apart from their own.

    ``trust``: a level's name. What is not beyond doubt is counted by the client's network too: a forger sends from elsewhere.
    """
    return f"{trust} {address_key(author)} {'' if trust == 'strong' else network_of(peer)}"[:500]


def door_key(reverse_path: str, peer: str) -> str:
    """By what mails are counted at the door, where nothing is proven: envelope sender and network together.

    Whoever sends in another's name from elsewhere can only shut out themselves.
    """
    return f"door {address_key(reverse_path)} {network_of(peer)}"[:500]
