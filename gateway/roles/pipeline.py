"""A pipeline's process: brings accepted mail to its fate."""

import signal
from types import FrameType

from gateway.bell import Bell
from gateway.pipeline.worker import Worker
from gateway.roles.workplace import Workplace, utc_now


def run(place: Workplace) -> None:
    bell = Bell(place.data_dir, "pipeline", place.number)
    worker = Worker(
        journal=place.journal,
        office=place.office,
        now=utc_now,
        wait=lambda seconds: _wait(bell, seconds),
        on_outgoing=lambda: place.ropes.ring("delivery"),
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stop()
        bell.ring()

    def reload(_number: int, _frame: FrameType | None) -> None:
        place.reload_aside()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, reload)
    place.say_ready()
    worker.run()
    bell.close()


def _wait(bell: Bell, seconds: float) -> None:
    bell.wait(seconds)
