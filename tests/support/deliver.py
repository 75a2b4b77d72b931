"""A delivery process to be killed: ``deliver.py DATABASE_URL SMARTHOST``."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from gateway.delivery.worker import Delivery
from gateway.store.database import Database
from tests.support.outgoing import configuration


async def main(url: str, smarthost: str) -> None:
    settings = configuration(smarthost=smarthost, tls="none")
    await Delivery(Database(url), lambda: settings).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
