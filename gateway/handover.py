"""How the roles get the configuration in force: from the supervisor's memory, not from the files.

A role that is started again while somebody edits the files must run what all others run: neither a file with mistakes nor a
change that nobody has asked to take over yet. So the supervisor lays what it has loaded into a piece of memory that every role
inherits (memfd_create(2)); no secret touches a disk.
"""

import hashlib
import os
import pickle
import time

from gateway.config.addresses import AddressBook
from gateway.config.load import Loaded, WrittenRules
from gateway.config.model import Configuration
from gateway.config.side_files import SideFiles
from gateway.config.voicemail import WrittenSystem
from gateway.rules.compile import compile_ruleset

_LENGTH = 8
_DIGEST = 32


class Handover:
    """The supervisor's side. ``descriptor`` is for the roles to inherit."""

    def __init__(self, loaded: Loaded) -> None:
        self.descriptor = os.memfd_create("gateway-configuration", os.MFD_CLOEXEC)
        self.publish(loaded)

    def publish(self, loaded: Loaded) -> None:
        """From now on this is in force. Roles that run take it when they are told to reload."""
        content = pickle.dumps(
            (loaded.configuration, loaded.written, loaded.stamp, loaded.path, loaded.phone_systems, loaded.side)
        )
        digest = hashlib.sha256(content).digest()
        os.pwrite(self.descriptor, len(content).to_bytes(_LENGTH) + digest + content, 0)


def take(descriptor: int) -> Loaded:
    """The configuration in force, in a role's process."""
    configuration: Configuration
    written: WrittenRules
    phone_systems: tuple[WrittenSystem, ...]
    side: SideFiles
    configuration, written, stamp, path, phone_systems, side = pickle.loads(_whole(descriptor))  # noqa: S301 - our own parent wrote it
    ruleset = compile_ruleset(written.rules, file=written.file, lines=written.lines)
    return Loaded(configuration, ruleset, AddressBook(configuration), stamp, path, written, phone_systems, side)


def _whole(descriptor: int) -> bytes:
    """What was published last; read again where the supervisor is just writing."""
    for _ in range(500):
        head = os.pread(descriptor, _LENGTH + _DIGEST, 0)
        content = os.pread(descriptor, int.from_bytes(head[:_LENGTH]), _LENGTH + _DIGEST)
        if hashlib.sha256(content).digest() == head[_LENGTH:]:
            return content
        time.sleep(0.01)
    raise OSError("the configuration that the supervisor handed over is not whole")
