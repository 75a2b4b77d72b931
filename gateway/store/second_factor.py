"""An agent's second factor: a shared secret for codes of an authenticator program, and recovery codes for when it is lost.

The secret must be read for every check, so it is sealed with the signing keys: the table alone lets nobody in. Recovery codes are
stored as digests. Nothing here counts tries: ``gateway.store.sessions.begin_login`` does, before a code is compared.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from gateway.store.schema import recovery_codes, second_factors
from gateway.store.seal import NONCE_OCTETS, seal, unseal
from gateway.store.totp import SECRET_OCTETS, matching_step
from gateway.threading.tokens import Keyring

RECOVERY_CODES = 10
RECOVERY_OCTETS = 10  # 80 bits
ENROL_OCTETS = NONCE_OCTETS + SECRET_OCTETS
ENROL_WITHIN = timedelta(minutes=30)  # a secret that was shown and never confirmed is not good for longer

_PURPOSE = "second factor"


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What an agent has. Not confirmed: it was shown, and no code of it has come back yet."""

    confirmed: bool
    since: datetime
    recovery_left: int


def second_factor_of(connection: Connection, agent_id: int) -> SecondFactor | None:
    row = connection.execute(select(second_factors).where(second_factors.c.agent_id == agent_id)).one_or_none()
    if row is None:
        return None
    left = connection.execute(
        select(func.count()).where(recovery_codes.c.agent_id == agent_id, recovery_codes.c.used_at.is_(None))
    ).scalar_one()
    return SecondFactor(row.confirmed_at is not None, row.confirmed_at or row.created_at, left)


def has_second_factor(connection: Connection, agent_id: int) -> bool:
    """Whether a password alone is not enough for this agent."""
    found = second_factor_of(connection, agent_id)
    return found is not None and found.confirmed


def agents_with_second_factor(connection: Connection) -> frozenset[int]:
    rows = connection.execute(select(second_factors.c.agent_id).where(second_factors.c.confirmed_at.is_not(None)))
    return frozenset(rows.scalars())


def begin_enrolment(
    connection: Connection, keyring: Keyring, agent_id: int, *, entropy: bytes, now: datetime
) -> bytes | None:
    """A fresh secret in place of one that was never confirmed; None where the agent has a second factor already.

    ``entropy``: 32 random octets.
    """
    if len(entropy) != ENROL_OCTETS:
        raise ValueError(f"a second factor needs {ENROL_OCTETS} random octets")
    if has_second_factor(connection, agent_id):
        return None
    nonce, secret = entropy[:NONCE_OCTETS], entropy[NONCE_OCTETS:]
    remove_second_factor(connection, agent_id)
    sealed = seal(keyring, _PURPOSE, secret, about=str(agent_id), nonce=nonce)
    connection.execute(insert(second_factors).values(agent_id=agent_id, sealed_secret=sealed, created_at=now))
    return secret


def pending_secret(connection: Connection, keyring: Keyring, agent_id: int, now: datetime) -> bytes | None:
    """The secret that waits for its first code, to be shown; None where there is none, or it waited too long."""
    row = connection.execute(
        select(second_factors).where(
            second_factors.c.agent_id == agent_id,
            second_factors.c.confirmed_at.is_(None),
            second_factors.c.created_at > now - ENROL_WITHIN,
        )
    ).one_or_none()
    return None if row is None else unseal(keyring, _PURPOSE, row.sealed_secret, about=str(agent_id))


def confirm_enrolment(connection: Connection, keyring: Keyring, agent_id: int, code: str, now: datetime) -> bool:
    """Whether the code is one of the pending secret's; from then on a password alone is not enough."""
    secret = pending_secret(connection, keyring, agent_id, now)
    step = matching_step(secret, _digits(code), now) if secret is not None else None
    if step is None:
        return False
    connection.execute(
        update(second_factors).where(second_factors.c.agent_id == agent_id).values(confirmed_at=now, last_step=step)
    )
    return True


def new_recovery_codes(connection: Connection, agent_id: int, entropy: bytes) -> tuple[str, ...]:
    """Ten codes in place of all earlier ones, to be shown once. ``entropy``: 100 random octets."""
    if len(entropy) < RECOVERY_CODES * RECOVERY_OCTETS:
        raise ValueError(f"recovery codes need {RECOVERY_CODES * RECOVERY_OCTETS} random octets")
    pieces = (entropy[RECOVERY_OCTETS * number : RECOVERY_OCTETS * (number + 1)] for number in range(RECOVERY_CODES))
    letters = [base64.b32encode(piece).decode("ascii").lower() for piece in pieces]
    connection.execute(delete(recovery_codes).where(recovery_codes.c.agent_id == agent_id))
    connection.execute(
        insert(recovery_codes), [{"agent_id": agent_id, "digest": _digest(agent_id, code)} for code in letters]
    )
    return tuple("-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in letters)


def check_code(
    connection: Connection, keyring: Keyring, agent_id: int, code: str, now: datetime
) -> Literal["totp", "recovery"] | None:
    """What the code was good for, and is no more: each code counts once (RFC 6238 section 5.2). None where it is wrong.

    Two requests with one code at the same instant: one of them gets in.
    """
    row = connection.execute(
        select(second_factors).where(second_factors.c.agent_id == agent_id, second_factors.c.confirmed_at.is_not(None))
    ).one_or_none()
    if row is None:
        return None
    secret = unseal(keyring, _PURPOSE, row.sealed_secret, about=str(agent_id))  # None: its key was retired
    step = matching_step(secret, _digits(code), now) if secret is not None else None
    if step is not None:
        taken = connection.execute(
            update(second_factors)
            .where(second_factors.c.agent_id == agent_id, second_factors.c.last_step < step)
            .values(last_step=step)
        )
        return "totp" if taken.rowcount == 1 else None
    used = connection.execute(
        update(recovery_codes)
        .where(
            recovery_codes.c.agent_id == agent_id,
            recovery_codes.c.digest == _digest(agent_id, _letters(code)),
            recovery_codes.c.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return "recovery" if used.rowcount == 1 else None


def remove_second_factor(connection: Connection, agent_id: int) -> bool:
    """Back to the password alone; False where there was nothing to remove."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.agent_id == agent_id))
    return connection.execute(delete(second_factors).where(second_factors.c.agent_id == agent_id)).rowcount > 0


def _digits(code: str) -> str:
    """As people type it: ``123 456``."""
    return "".join(code.split())[:16]


def _letters(code: str) -> str:
    return code.strip().lower().replace("-", "").replace(" ", "")[:64]


def _digest(agent_id: int, code: str) -> str:
    return hashlib.sha256(f"{agent_id}:{code}".encode("utf-8", "replace")).hexdigest()
