"""A loaded configuration as octets, for another process of the same gateway: pickled, with rules as they are written."""

import pickle

from gateway.config.addresses import AddressBook
from gateway.config.load import Loaded, WrittenRules
from gateway.config.model import Configuration
from gateway.config.side_files import SideFiles
from gateway.config.voicemail import WrittenSystem
from gateway.rules.compile import compile_ruleset


def pack(loaded: Loaded) -> bytes:
    """Secrets are in it: it is for memory and pipes, never for a disk."""
    return pickle.dumps(
        (loaded.configuration, loaded.written, loaded.stamp, loaded.path, loaded.phone_systems, loaded.side)
    )


def unpack(content: bytes) -> Loaded:
    """What was packed, with its rules compiled anew. ``content`` must come from our own processes: unpickling runs code."""
    configuration: Configuration
    written: WrittenRules
    phone_systems: tuple[WrittenSystem, ...]
    side: SideFiles
    configuration, written, stamp, path, phone_systems, side = pickle.loads(content)  # noqa: S301 - our own process wrote it
    ruleset = compile_ruleset(written.rules, file=written.file, lines=written.lines)
    return Loaded(configuration, ruleset, AddressBook(configuration), stamp, path, written, phone_systems, side)
