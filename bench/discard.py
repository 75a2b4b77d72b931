"""The yardstick: plain aiosmtpd that takes every mail and throws it away. Prints its port."""

import asyncio
import socket

from aiosmtpd.smtp import SMTP, Envelope, Session


class Discard:
    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return "250 2.0.0 Thrown away"


async def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listening.getsockname()[1], flush=True)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Discard(), hostname="bench.example"), sock=listening
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
