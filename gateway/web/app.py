"""The web view as an ASGI application, and its server in our own event loop."""

import asyncio
import hashlib
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.web.connections import Patience, bounded
from gateway.web.guard import Guard, SecurityHeaders
from gateway.web.recorded import write_down
from gateway.web.render import Renderer
from gateway.web.routes import PAGES
from gateway.web.services import Services
from gateway.web.words import WORDS

_STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_CONNECTIONS = 400  # beyond it everybody gets a 503
_STOP_SECONDS = 5  # for answers under way when we stop


def make_app(services: Services) -> Starlette:
    """The whole web view. Nothing runs until it is served."""
    files = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir()) if path.suffix in _TYPES}
    version = hashlib.sha256(b"".join(files.values())).hexdigest()[:12]
    guard = Guard(services, Renderer(services.templates, zone=services.zone, version=version), write_down)

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in files:
            raise HTTPException(404)
        headers = {"Content-Type": _TYPES[Path(name).suffix], "Cache-Control": "public, max-age=31536000, immutable"}
        return Response(files[name], headers=headers)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException), "it is registered for those alone"
        words = f"error_{error.status_code}" if f"error_{error.status_code}" in WORDS else "error_400"
        return guard.refusal(request, error.status_code, words)

    routes = [
        Route(page.path, guard.protect(page.answer, page.who, page.path), methods=[page.method]) for page in PAGES
    ]
    return Starlette(
        routes=[Route("/static/{name}", static, methods=["GET"]), *routes],
        middleware=[Middleware(SecurityHeaders, services=services)],
        exception_handlers={HTTPException: refused},
    )


class _Server(uvicorn.Server):
    """Signals belong to the process, not to this server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    sockets: Sequence[socket.socket],
    app: ASGIApp,
    stop: asyncio.Event | None = None,
    *,
    patience: Patience | None = None,
    is_proxy: Callable[[str], bool] = lambda _address: False,
) -> None:
    """Serve on sockets that listen already, until ``stop`` is set or the task is cancelled; answers under way get 5 s."""
    config = uvicorn.Config(
        app,
        http=bounded(patience or Patience(), is_proxy),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_STOP_SECONDS,
        limit_concurrency=_CONNECTIONS,
        h11_max_incomplete_event_size=32 * 1024,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=list(sockets)))
    stopping = asyncio.create_task((stop or asyncio.Event()).wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await running
