"""The secrets that sign reply addresses and Message-IDs: files ``reply-N.key``, N from 1 to 15. The highest N signs.

They are kept outside the database, so that a copy of it gives nobody the power to sign. A key that is lost makes every
reply address that was ever sent worthless: so one is made only before the first mail, and never in place of another.
"""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from gateway.config.mistakes import ConfigurationError, Mistake
from gateway.config.model import Configuration
from gateway.threading.tokens import MIN_SECRET_OCTETS, Keyring

MAX_KEY_ID = 15  # four bits of a token
_NAME = re.compile(r"reply-([0-9]{1,3})\.key")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One key as it lies on disk. ``problem`` says why it cannot be used, "" if it can."""

    id: int
    path: Path
    signs: bool
    problem: str


def keys_directory(configuration: Configuration) -> Path:
    return configuration.keys.directory or configuration.data_dir / "keys"


def load_keyring(configuration: Configuration, *, may_create: bool) -> Keyring:
    """All keys. ConfigurationError, with what to do, where there is none or one cannot be used.

    ``may_create``: no mail was ever accepted, so no reply address exists that needs a key that is lost. Then the first key is
    made, unless a folder of keys is configured: such a folder is filled by hand.
    """
    directory = keys_directory(configuration)
    if may_create and configuration.keys.directory is None and not list_keys(configuration):
        try:
            _write_key(directory, 1)
        except FileExistsError:
            pass  # another process of the same first start was faster; its key is as good
        except OSError as error:
            raise _error(directory, f"cannot make the first signing key: {_reason(error)}") from error
    found = list_keys(configuration)
    if not found:
        raise _error(directory, _nothing_here(configuration))
    problems = [Mistake(str(key.path), 0, 0, key.problem) for key in found if key.problem]
    if problems:
        raise ConfigurationError(problems)
    return Keyring({key.id: _secret(key.path) for key in found})


def needs_keys(configuration: Configuration) -> bool:
    """Whether keys must be there already, as far as can be told without looking into the database."""
    if list_keys(configuration) or configuration.keys.directory is not None:
        return True
    return not configuration.database.url and (configuration.data_dir / "gateway.db").exists()


def list_keys(configuration: Configuration) -> tuple[KeyFile, ...]:
    """Every key file, lowest number first."""
    directory = keys_directory(configuration)
    try:
        names = [(int(match[1]), path) for path in directory.iterdir() if (match := _NAME.fullmatch(path.name))]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _error(directory, f"cannot read the folder of signing keys: {_reason(error)}") from error
    highest = max((number for number, _ in names), default=0)
    return tuple(KeyFile(number, path, number == highest, _problem(number, path)) for number, path in sorted(names))


def new_key(configuration: Configuration) -> Path:
    """Make the next key, which signs from the next start or reload on; the others still verify what they signed."""
    directory = keys_directory(configuration)
    number = max((key.id for key in list_keys(configuration)), default=0) + 1
    if number > MAX_KEY_ID:
        raise _error(directory, f"reply-{MAX_KEY_ID}.key is the last number that a reply address can name")
    try:
        return _write_key(directory, number)
    except FileExistsError as error:
        raise _error(
            directory, f"reply-{number}.key was made by somebody else just now; look with `gateway keys list`"
        ) from error
    except OSError as error:
        raise _error(directory, f"cannot write a key: {_reason(error)}") from error


def _nothing_here(configuration: Configuration) -> str:
    make = "restore it from your backup, or make a new one with `gateway keys new`"
    if configuration.keys.directory is not None:
        return f"there is no signing key `reply-N.key` in this folder; {make}"
    if configuration.database.url.startswith("postgresql"):
        return (
            "there is no signing key `reply-N.key` in this folder, but mail was accepted before; all nodes of one database"
            f" share the same keys: copy them from another node, {make}"
        )
    return f"there is no signing key `reply-N.key` here, but tickets exist whose reply addresses need it; {make}"


def _problem(number: int, path: Path) -> str:
    if not 1 <= number <= MAX_KEY_ID:
        return f"a key's number is from 1 to {MAX_KEY_ID}; rename the file"
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            return f"others than its owner may read or write this key (mode {mode:04o}); run: chmod 600 {path}"
        _secret(path)
    except OSError as error:
        return f"cannot read this key: {_reason(error)}"
    except ValueError as error:
        return str(error)
    return ""


def _secret(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(4096).strip()
    try:
        secret = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        raise ValueError("this is not a signing key; it must hold hexadecimal digits alone") from None
    if len(secret) < MIN_SECRET_OCTETS:
        raise ValueError(f"this key has {len(secret)} octets; at least {MIN_SECRET_OCTETS} are needed")
    return secret


def _write_key(directory: Path, number: int) -> Path:
    """Write a key so that it is whole and durable, or not there at all. FileExistsError where the number is taken."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / f"reply-{number}.key"
    aside = directory / f".reply-{number}.{os.getpid()}.{secrets.token_hex(4)}.new"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(MIN_SECRET_OCTETS).encode() + b"\n")
            owner = directory.stat()
            if os.geteuid() == 0:  # made by root for the gateway's user, to whom the folder belongs
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)  # unlike a rename, this never replaces a key
    finally:
        aside.unlink(missing_ok=True)
    folder = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


def _reason(error: OSError) -> str:
    return (error.strerror or "input/output error").lower()


def _error(place: Path, message: str) -> ConfigurationError:
    return ConfigurationError([Mistake(str(place), 0, 0, message)])
