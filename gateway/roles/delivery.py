"""Delivery's process: sends what lies in the outbox, runs the clock, and asks rules about what happened."""

import asyncio
import signal

from gateway.automation.worker import AutomationLoop, Automaton
from gateway.bell import Bell
from gateway.clockwork import TICKS, Clockwork
from gateway.delivery.worker import Delivery
from gateway.roles.upkeep import ticks
from gateway.roles.workplace import Workplace, utc_now


def run(place: Workplace) -> None:
    asyncio.run(_run(place))


async def _run(place: Workplace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGHUP, place.reload_aside)
    delivery = Delivery(place.database, place.configuration)
    bell = Bell(place.data_dir, "delivery", place.number)

    def rung() -> None:
        bell.answer()
        delivery.wake()

    loop.add_reader(bell, rung)
    clockwork = Clockwork(place.database, on_outgoing=delivery.wake, ticks=(*TICKS, *ticks(place.office, place.blobs)))
    clockwork.start()
    automation = AutomationLoop(Automaton(place.database, place.office, utc_now), delivery.wake)
    automation.start()
    place.say_ready()
    await delivery.run(stop)
    await loop.run_in_executor(None, automation.stop)
    await loop.run_in_executor(None, clockwork.stop)
    loop.remove_reader(bell)
    bell.close()
