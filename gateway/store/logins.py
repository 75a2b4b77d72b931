"""Who may send mail in: an agent by password, or a program by API key. Tries are counted together with those at the web view."""

from datetime import datetime

from gateway.mail.address import address_key
from gateway.store.agents import password_hash_of
from gateway.store.api_keys import holds_key, mark_used
from gateway.store.database import Database
from gateway.store.passwords import is_password
from gateway.store.sessions import begin_login, login_succeeded


class TooManyTries(Exception):
    """Too many of late from this peer or under this name: nothing was compared."""


def log_in(
    database: Database, name: str, secret: str, *, peer: str, now: datetime, password_suffices: bool = True
) -> str | None:
    """As whom mail may be sent in: an agent's address (its key), or ``key:NAME``; None where name or secret is wrong. Blocking, 0.1 s.

    An address takes as long where nobody has it. TooManyTries instead of guesses without end. SMTP has no place for a code: an agent
    with a second factor, and every agent where ``password_suffices`` is False, needs a key.
    """
    if "@" not in name:
        return _key(database, name, secret, peer, now)
    agent = _agent(database, name, secret, peer, now)
    return agent if password_suffices else None


def _agent(database: Database, address: str, password: str, peer: str, now: datetime) -> str | None:
    with database.write() as connection:
        if not begin_login(connection, peer=peer, address=address, now=now):
            raise TooManyTries
        found = password_hash_of(connection, address)
    if not is_password(found[1] if found else None, password) or found is None:
        return None
    if found[0].must_change_password:  # it was read out or printed somewhere: good for one thing, to choose another
        return None
    from gateway.store.second_factor import (
        has_second_factor,
    )  # it brings cryptography, at the cost of every door without logins

    with database.read() as connection:
        if has_second_factor(connection, found[0].id):
            return None
    with database.write() as connection:
        login_succeeded(connection, peer=peer, address=address, now=now)
    return address_key(found[0].address)


def _key(database: Database, name: str, secret: str, peer: str, now: datetime) -> str | None:
    # Nobody guesses 160 bits: a right key is not kept out by somebody's wrong ones.
    with database.write() as connection:
        if holds_key(connection, name, secret):
            mark_used(connection, name, now=now)
            return f"key:{name}"
        if not begin_login(connection, peer=peer, address=name, now=now):
            raise TooManyTries
    return None
