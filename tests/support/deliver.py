"""A delivery process to be killed or stopped: ``deliver.py DATABASE_URL SMARTHOST``."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from gateway.delivery.session import Patience
from gateway.delivery.worker import Delivery
from gateway.store.database import Database
from tests.support.outgoing import configuration


async def main(url: str, smarthost: str) -> None:
    settings = configuration(smarthost=smarthost, tls="none")
    worker = Delivery(Database(url), lambda: settings, patience=Patience(end_of_data=3))
    await worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
