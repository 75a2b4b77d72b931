"""Which commands are written to the audit log: one table, so that no command has to think of it.

A command is written down when it succeeded. Customers' addresses are left out: rows of the log are never changed, so that nobody could
be taken out of it.
"""

from collections.abc import Mapping
from typing import Any

from gateway.cli.common import opened, write_down, write_down_look
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
    "quarantine delete": What.QUARANTINE_DECIDED,
    "quarantine block": What.QUARANTINE_DECIDED,
    "quarantine restore": What.QUARANTINE_DECIDED,
    "journal show": What.RAW_VIEWED,
}
LOOKS = {
    "tickets show": (What.TICKET_VIEWED, "ticket"),
    "outbox show": (What.MAIL_VIEWED, "outbox"),
    "quarantine show": (What.MAIL_VIEWED, "receipt"),
    "journal show": (What.MAIL_VIEWED, "receipt"),
    "report csat": (What.EXPORTED, "report csat"),
    "report times": (What.EXPORTED, "report times"),
    "rules backtest": (What.EXPORTED, "rules backtest"),
    "replay": (What.EXPORTED, "replay"),
}
"""What is only looked at: what it is called, followed by the number or receipt that was asked for. One row an hour."""
LISTS = frozenset(
    {"tickets list", "outbox list", "quarantine list", "journal list", "abuse campaigns", "abuse silences"}
)
"""Whole lists: written down where a program takes them over (--json)."""
_ONLY_WITH = {"outbox show": "as_raw", "journal show": "show_raw", "agents totp": "reset"}
_SAID = ("role", "action", "allow_sender", "number", "numbers", "receipts", "name")


def write_down_what_was_done() -> None:
    """Add the row that belongs to the command that has just ended, if one does."""
    for place, path, options in opened():
        name = " ".join(path.split()[1:3])
        what = RECORDED.get(name)
        if what is not None and (name not in _ONLY_WITH or options.get(_ONLY_WITH[name])):
            write_down(place, what, _about(name, options), command=name, **_said(options))
        elif name in LOOKS:
            what, about = LOOKS[name]
            asked = options.get("number") or options.get("receipt") or ""
            write_down_look(place, what, f"{about} {asked}".rstrip(), command=name)
        elif name in LISTS and options.get("as_json"):
            write_down_look(place, What.EXPORTED, name, command=name)


def _about(name: str, options: Mapping[str, Any]) -> str:
    if name.startswith("agents "):
        return str(options.get("address") or "")
    if what := {"journal show": "receipt", "outbox show": "number"}.get(name):
        return f"{'outbox' if what == 'number' else what} {options[what]}"
    return ""


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: options[key] for key in _SAID if options.get(key)}
