"""Putting senders on the lists: nobody locks out their own people by a slip."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from gateway.config.model import Configuration
from gateway.rules.sender_lists import Action, Entry, Sender, compile_lists, read_value
from gateway.store.agents import list_agents
from gateway.store.sender_lists import Added, ListError, add_entry


def put_on_list(
    connection: Connection,
    configuration: Configuration,
    action: Action,
    value: str,
    *,
    reason: str,
    author: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> Added:
    """As ``gateway.store.sender_lists.add_entry``; ListError also where the entry would hold the mail of our own people."""
    if action is not Action.ALLOW:
        for address, who in _ours(connection, configuration):
            if _fits(value, address, now):
                raise ListError(f"{value.strip()} fits {who} {address}, whose mail would be held too")
    return add_entry(connection, action, value, reason=reason, author=author, now=now, expires_at=expires_at)


def _ours(connection: Connection, configuration: Configuration) -> Iterator[tuple[str, str]]:
    for brand in configuration.brands:
        for address in brand.addresses:
            yield address, "our own address"
    for agent in list_agents(connection):
        if agent.active:
            yield agent.address, "the agent"


def _fits(value: str, address: str, now: datetime) -> bool:
    try:
        kind, sound = read_value(value)
    except ValueError as error:
        raise ListError(str(error)) from error
    known = compile_lists([Entry("0", Action.BLOCK, kind, sound, "", "")])
    return known.find(Sender(address), now=now) is not None
