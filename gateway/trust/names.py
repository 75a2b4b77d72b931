"""Names as DNS holds them."""

import re

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)+"
)


def is_host_name(name: str) -> bool:
    """Lower-case A-labels, two of them at least: what mail is sent from, and no top-level domain."""
    return _HOST_NAME.fullmatch(name) is not None


def is_below(name: str, parent: str) -> bool:
    """Whether ``name`` is ``parent`` or a sub-domain of it."""
    return name == parent or name.endswith(f".{parent}")
