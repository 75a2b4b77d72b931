"""How the roles get the configuration in force: from the supervisor's memory, not from the files.

A role that is started again while somebody edits the files must run what all others run: neither a file with mistakes nor a
change that nobody has asked to take over yet. So the supervisor lays what was loaded for it into a piece of memory that every
role inherits (memfd_create(2)); no secret touches a disk.
"""

import hashlib
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.config.load import Loaded

_LENGTH = 8
_DIGEST = 32


class Handover:
    """The supervisor's side. ``descriptor`` is for the roles to inherit."""

    def __init__(self, packed: bytes) -> None:
        """``packed``: by ``gateway.config.packed``."""
        self.descriptor = os.memfd_create("gateway-configuration", os.MFD_CLOEXEC)
        self.publish(packed)

    def publish(self, packed: bytes) -> None:
        """From now on this is in force. Roles that run take it when they are told to reload."""
        digest = hashlib.sha256(packed).digest()
        os.pwrite(self.descriptor, len(packed).to_bytes(_LENGTH) + digest + packed, 0)


def take(descriptor: int) -> "Loaded":
    """The configuration in force, in a role's process."""
    from gateway.config.packed import unpack  # not at the supervisor's cost, which only hands it on

    return unpack(_whole(descriptor))


def _whole(descriptor: int) -> bytes:
    """What was published last; read again where the supervisor is just writing."""
    for _ in range(500):
        head = os.pread(descriptor, _LENGTH + _DIGEST, 0)
        content = os.pread(descriptor, int.from_bytes(head[:_LENGTH]), _LENGTH + _DIGEST)
        if hashlib.sha256(content).digest() == head[_LENGTH:]:
            return content
        time.sleep(0.01)
    raise OSError("the configuration that the supervisor handed over is not whole")
