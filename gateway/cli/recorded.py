"""Which commands are written to the audit log: one table, so that no command has to think of it.

A command is written down when it succeeded. Customers' addresses are left out: rows of the log are never changed, so that nobody could
be taken out of it.
"""

from collections.abc import Mapping
from typing import Any

from gateway.cli.common import opened, write_down
from gateway.store.audit import What

RECORDED = {
    "agents add": What.AGENT_CHANGED,
    "agents password": What.PASSWORD_CHANGED,
    "agents disable": What.AGENT_CHANGED,
    "agents enable": What.AGENT_CHANGED,
    "agents role": What.AGENT_CHANGED,
    "agents link": What.AGENT_CHANGED,
    "agents unlink": What.AGENT_CHANGED,
    "agents logout": What.SESSION_ENDED,
    "agents totp": What.SECOND_FACTOR_CHANGED,
    "apikeys add": What.KEY_CHANGED,
    "apikeys revoke": What.KEY_CHANGED,
    "abuse silence": What.SILENCE_CHANGED,
    "abuse unsilence": What.SILENCE_CHANGED,
    "lists add": What.LIST_CHANGED,
    "lists remove": What.LIST_CHANGED,
    "outbox release": What.OUTBOX_DECIDED,
    "outbox discard": What.OUTBOX_DECIDED,
    "outbox retry": What.OUTBOX_DECIDED,
    "outbox show": What.RAW_VIEWED,
    "quarantine release": What.QUARANTINE_DECIDED,
    "quarantine allow": What.QUARANTINE_DECIDED,
    "quarantine delete": What.QUARANTINE_DECIDED,
    "quarantine block": What.QUARANTINE_DECIDED,
    "quarantine restore": What.QUARANTINE_DECIDED,
    "journal show": What.RAW_VIEWED,
}
_ONLY_WITH = {"outbox show": "as_raw", "journal show": "raw", "agents totp": "reset"}
_SAID = ("role", "action", "number", "numbers", "receipts", "name")


def write_down_what_was_done() -> None:
    """Add the row that belongs to the command that has just ended, if one does."""
    for place, path, options in opened():
        name = " ".join(path.split()[1:3])
        what = RECORDED.get(name)
        if what is None or (name in _ONLY_WITH and not options.get(_ONLY_WITH[name])):
            continue
        write_down(place, what, _about(name, options), command=name, **_said(options))


def _about(name: str, options: Mapping[str, Any]) -> str:
    return str(options.get("address") or "") if name.startswith("agents ") else ""


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: options[key] for key in _SAID if options.get(key)}
