"""The door's process: takes mail, commits it to the journal, rings for the pipeline."""

import asyncio
import signal
from functools import partial

from gateway.group_commit import GroupCommit
from gateway.journal import Accepted
from gateway.roles.forged import ForgedAuthors
from gateway.roles.workplace import Workplace, utc_now
from gateway.smtp.entrance import MANNERS
from gateway.smtp.ports import LoginRefused, Settings
from gateway.smtp.senders import KnownSenders
from gateway.smtp.server import Door, Listener, free_space_of
from gateway.store.floods import muted_at_the_door
from gateway.store.logins import TooManyTries, log_in

GRACE_SECONDS = 5.0  # for mails that are being received; the door takes up to three more to say goodbye


class RingingCommit:
    """The journal's group commit, and the pipeline's bell behind it."""

    def __init__(self, place: Workplace) -> None:
        self._commit = GroupCommit(place.journal)
        self._ropes = place.ropes

    async def append(self, record: Accepted) -> None:
        await self._commit.append(record)
        self._ropes.ring("pipeline")

    def close(self) -> None:
        self._commit.close()


def run(place: Workplace) -> None:
    asyncio.run(_run(place))


def _log_in(place: Workplace, name: str, secret: str, peer: str) -> str | None:
    try:
        optional = place.configuration().web.second_factor == "optional"
        return log_in(place.database, name, secret, peer=peer, now=utc_now(), password_suffices=optional)
    except TooManyTries as error:
        raise LoginRefused from error


def _senders(place: Workplace) -> KnownSenders:
    now = utc_now()
    with place.database.read() as connection:
        lists = place.office().sender_lists.read(connection, now=now)
        return KnownSenders(lists, muted_at_the_door(connection, now=now))


async def _run(place: Workplace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGHUP, place.reload_aside)
    commit = RingingCommit(place)

    def settings() -> Settings:
        office = place.office()
        return Settings(office.configuration, office.addresses)

    authors = ForgedAuthors(place.configuration, lambda: _senders(place).lists)
    door = Door(
        [Listener(it.socket, MANNERS[it.kind]) for it in place.sockets],
        settings=settings,
        journal=commit,
        pending=place.journal.pending,
        blobs=place.blobs,
        free_space=free_space_of(place.data_dir),
        log_in=partial(_log_in, place),
        senders=partial(_senders, place),
        authors=authors,
    )
    await door.start()
    place.say_ready()
    await stop.wait()
    await door.stop(GRACE_SECONDS)
    authors.close()
    await loop.run_in_executor(None, commit.close)
