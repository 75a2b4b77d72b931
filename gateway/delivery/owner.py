"""Who holds a mail: the name that a process writes beside its lease."""

import os
import secrets
import socket


def new_owner() -> str:
    """A name for this process, never used before: machine, process number, dice."""
    return f"{socket.gethostname()[:40]}/{os.getpid()}/{secrets.token_hex(4)}"


def is_gone(owner: str, ourselves: str) -> bool:
    """Whether the process that calls itself ``owner`` ran on this machine and has ended. False where that cannot be told."""
    machine, number, _ = (*owner.split("/"), "", "")[:3]
    if machine != ourselves.partition("/")[0] or owner == ourselves or not number.isdecimal():
        return False
    if int(number) == os.getpid():
        return True  # the number is ours now, so whoever had it is gone
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
