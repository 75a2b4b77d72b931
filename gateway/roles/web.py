"""The web view's process."""

import asyncio
import os
import signal

from gateway.desk.actions import Desk
from gateway.roles.workplace import Workplace, utc_now
from gateway.smtp.server import free_space_of
from gateway.web.app import make_app, serve
from gateway.web.guard import is_one_of
from gateway.web.services import Services, template_loader


def run(place: Workplace) -> None:
    asyncio.run(_run(place))


async def _run(place: Workplace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGHUP, place.reload_aside)

    def on_outgoing() -> None:
        place.ropes.ring("delivery")

    services = Services(
        database=place.database,
        blobs=place.blobs,
        desk=Desk(place.database, place.office, utc_now, on_outgoing),
        configuration=place.configuration,
        keyring=lambda: place.office().keyring,
        clock=utc_now,
        entropy=os.urandom,
        free_bytes=free_space_of(place.data_dir),
        templates=template_loader(place.configuration().templates_dir),
        on_outgoing=on_outgoing,
        on_incoming=lambda: place.ropes.ring("pipeline"),
    )
    app = make_app(services)
    place.say_ready()

    def is_proxy(address: str) -> bool:
        return is_one_of(address, place.configuration().web.trusted_proxies)

    await serve([it.socket for it in place.sockets], app, stop, is_proxy=is_proxy)
