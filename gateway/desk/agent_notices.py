"""Who among the agents is told of what (docs/agents.md). Every function works inside the caller's transaction.

Nobody is told of what they did themselves, nor of what they do not want to be told of. Each mail goes out once, whatever is tried again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.desk.agent_context import card_of, history_of
from gateway.desk.agent_post import AgentLetter, post_to_agent, replies_are_taken
from gateway.desk.command_words import COMMANDS, Command
from gateway.desk.commands import Named, mentioned
from gateway.desk.office import Office
from gateway.desk.outgoing import Heading
from gateway.desk.promise_mail import leave_room
from gateway.mail.address import address_key
from gateway.mail.model import Mailbox
from gateway.notify.agents import AgentUpdate, Occasion
from gateway.notify.undelivered_words import known_elsewhere, why_undelivered
from gateway.store.lookups import active_agents
from gateway.store.notifications import chosen
from gateway.store.schema import agents
from gateway.store.tickets import ticket_row

_SHOWN = (Command.NOTE, Command.SOLVED, Command.ASSIGN, Command.STATUS, Command.TAG, Command.HELP)
"""The commands that each notification names; ``#help`` tells them all."""

_PREFERENCE = {Occasion.SLA_WARNING: "sla", Occasion.SLA_BREACH: "sla"}
_INTERNAL = frozenset({Occasion.MENTION, Occasion.RULE})
"""Mail about something internal: the reply to it stays internal too."""


def tell_assigned(
    connection: Connection, office: Office, ticket: int, assignee: Row[Any], who: Row[Any] | None, now: datetime
) -> bool:
    """A colleague, or with ``who`` None a rule, gave the ticket to ``assignee``. Returns whether mail goes out, as all of these do."""
    key = now.isoformat()
    name, address = (_name(who), who.address) if who is not None else (office.configuration.brands[0].name, "")
    return _tell(connection, office, ticket, [assignee], Occasion.ASSIGNED, name, key, but=address, now=now)


def tell_mentioned(
    connection: Connection, office: Office, ticket: int, text: str, message: int, who: Row[Any], now: datetime
) -> bool:
    """Everybody who is named with an @ in a note."""
    if "@" not in text and "＠" not in text:
        return False
    everybody = active_agents(connection)
    keys = set(mentioned(text, [named(row) for row in everybody]))
    wanted = [row for row in everybody if str(row.id) in keys]
    return _tell(
        connection, office, ticket, wanted, Occasion.MENTION, _name(who), str(message), but=who.address, now=now
    )


def tell_reply(
    connection: Connection, office: Office, ticket: int, author: Mailbox | None, key: str, now: datetime
) -> bool:
    """A customer wrote on the ticket: whoever has it, else those who look after tickets that nobody has. ``key`` names the mail."""
    row = ticket_row(connection, ticket)
    if row is None or author is None:
        return False
    if row.assignee_id is None:
        wanted = _watchers(connection, office, row)
    else:
        assignee = connection.execute(select(agents).where(agents.c.id == row.assignee_id))
        wanted = [agent for agent in assignee if "reply" in chosen(agent.notifications)]
    who = author.name or author.address
    return _tell(connection, office, ticket, wanted, Occasion.REPLY, who, key, but=author.address, now=now)


def tell_new(connection: Connection, office: Office, ticket: int, author: Mailbox, now: datetime) -> bool:
    """A ticket that nobody has yet."""
    if not any("new" in chosen(agent.notifications) for agent in active_agents(connection)):
        return False  # the usual case, and every new ticket comes here
    row = ticket_row(connection, ticket)
    if row is None or row.assignee_id is not None:
        return False
    wanted = _watchers(connection, office, row)
    who = author.name or author.address
    return _tell(connection, office, ticket, wanted, Occasion.NEW, who, "opened", but=author.address, now=now)


def tell_promise(
    connection: Connection, office: Office, ticket: int, occasion: Occasion, promise: str, key: str, now: datetime
) -> bool:
    """An answer is due soon (SLA_WARNING) or late (SLA_BREACH); ``promise`` says which, ``key`` names this one warning."""
    row = ticket_row(connection, ticket)
    if row is None:
        return False
    if row.assignee_id is not None:
        wanted = list(connection.execute(select(agents).where(agents.c.id == row.assignee_id)))
    else:
        wanted = [agent for agent in _members(connection, office, row) if "new" in chosen(agent.notifications)]
    wanted = [agent for agent in wanted if agent.active and "sla" in chosen(agent.notifications)]
    wanted = leave_room(connection, ticket, wanted, promise, late=occasion is Occasion.SLA_BREACH, now=now)
    return _tell(connection, office, ticket, wanted, occasion, promise, key, but="", now=now)


def tell_returned(connection: Connection, office: Office, ticket: int, lost: str, now: datetime) -> bool:
    """A ticket went from the agent with the address ``lost`` back to its team: both are told, as for new and assigned ones."""
    row = ticket_row(connection, ticket)
    assert row is not None
    key = address_key(lost)
    before = [
        agent
        for agent in active_agents(connection)
        if agent.address_key == key and "assigned" in chosen(agent.notifications)
    ]
    wanted = {agent.id: agent for agent in (*_watchers(connection, office, row), *before)}
    return _tell(connection, office, ticket, wanted.values(), Occasion.RETURNED, lost, now.isoformat(), but="", now=now)


def tell_undelivered(
    connection: Connection,
    office: Office,
    ticket: int,
    to: str,
    reason: str,
    key: str,
    now: datetime,
    *,
    others: Sequence[str] = (),
) -> bool:
    """A mail of ours to ``to`` did not arrive: whoever has the ticket, else those who look after tickets that nobody has.

    ``others``: addresses that the ticket page proposes instead.
    """
    row = ticket_row(connection, ticket)
    assert row is not None
    if row.assignee_id is None:
        wanted = _watchers(connection, office, row)
    else:
        assignee = connection.execute(select(agents).where(agents.c.id == row.assignee_id))
        wanted = [agent for agent in assignee if "reply" in chosen(agent.notifications)]
    outgoing = False
    for agent in wanted:
        told = f"{to}, {why_undelivered(reason, agent.language)}{known_elsewhere(others, agent.language)}"
        outgoing |= _tell(connection, office, ticket, [agent], Occasion.UNDELIVERED, told, key, but="", now=now)
    return outgoing


def tell_of_rule(
    connection: Connection, office: Office, ticket: int, wanted: Iterable[Row[Any]], text: str, key: str, now: datetime
) -> bool:
    """A rule of the configuration wants these agents to look at a ticket; ``text`` is what it says."""
    return _tell(connection, office, ticket, wanted, Occasion.RULE, text, key, but="", now=now)


def named(agent: Row[Any]) -> Named:
    """How colleagues may call an agent: the name, the address, its local part."""
    local = agent.address.partition("@")[0]
    names = tuple(dict.fromkeys(name for name in (agent.name, agent.address, local) if name))
    return Named(str(agent.id), names)


def shown_commands(language: str) -> str:
    """The commands that a notification names, in the agent's language."""
    by_command = {spelling.command: spelling for spelling in COMMANDS}
    return " · ".join(by_command[command].shown(language) for command in _SHOWN)


def _tell(
    connection: Connection,
    office: Office,
    ticket: int,
    wanted: Iterable[Row[Any]],
    occasion: Occasion,
    who: str,
    key: str,
    *,
    but: str,
    now: datetime,
) -> bool:
    """Write to each of ``wanted`` who is active, did not do it, and wants to be told of it."""
    preference = _PREFERENCE.get(occasion, occasion.value)
    watching = occasion in (
        Occasion.NEW,
        Occasion.REPLY,
        Occasion.RULE,
        Occasion.RETURNED,
        Occasion.UNDELIVERED,
    )  # chosen already: by preference, or by an admin
    told = [
        agent
        for agent in wanted
        if agent.active
        and agent.address_key != (address_key(but) if but else "")
        and (watching or preference in chosen(agent.notifications))
    ]
    if not told:
        return False
    row = ticket_row(connection, ticket)
    assert row is not None
    card, history = card_of(connection, office, ticket, now), history_of(connection, office, ticket, row.brand)
    takes_replies = replies_are_taken(office)
    internal = occasion in _INTERNAL
    outgoing = False
    for agent in told:
        notice = AgentUpdate(
            occasion, who, card, history, internal, shown_commands(agent.language) if takes_replies else ""
        )
        letter = AgentLetter(notice, f"agent:{occasion.value}:{ticket}:{key}:{agent.id}"[:120], internal)
        outgoing |= post_to_agent(connection, office, Heading.of(row), agent, letter, now=now)
    return outgoing


def _watchers(connection: Connection, office: Office, ticket: Row[Any]) -> list[Row[Any]]:
    return [agent for agent in _members(connection, office, ticket) if "new" in chosen(agent.notifications)]


def _members(connection: Connection, office: Office, ticket: Row[Any]) -> list[Row[Any]]:
    """The active agents of the ticket's team; all of them where it has none, or one without members."""
    everybody = active_agents(connection)
    team = next((team for team in office.loaded.side.teams.teams if team.id == ticket.team), None)
    members = {address_key(address) for address in team.members} if team is not None else set()
    return [agent for agent in everybody if not members or agent.address_key in members]


def _name(agent: Row[Any]) -> str:
    return str(agent.name or agent.address)
