"""Between the browser and the pages: sessions, roles, forged requests, size of forms, and headers on every answer.

Pages are plain functions from ``Visit`` to ``Response`` that may block; each runs in a worker thread.
"""

import hmac
import ipaddress
import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.store.sessions import Session, find_session, mark_seen
from gateway.web.render import Renderer
from gateway.web.services import Services
from gateway.web.visit import Refused, Visit, Who
from gateway.web.words import LANGUAGES

log = logging.getLogger(__name__)

LARGEST_FORM = 1024 * 1024  # octets; an answer of a million letters is no answer
MOST_FIELDS = 100
LOGIN_SECONDS = 3600  # how long a login form stays good
_MOST_PROXIES = 10

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; frame-ancestors 'self'"
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"

Handler = Callable[[Visit], Response]
Recorder = Callable[[Visit, str, str, Response], None]  # method, path in the table of pages


def session_cookie(secure: bool) -> str:
    return "__Host-gateway" if secure else "gateway"


def login_cookie(secure: bool) -> str:
    return "__Host-gateway-login" if secure else "gateway-login"


class SecurityHeaders:
    """Headers that every answer carries, errors included; a page may set a stricter or a frame's policy itself."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self.services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
                if self.services.configuration().web.base_url.startswith("https://"):
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self.app(scope, receive, with_headers)


class Guard:
    """Lets a request through to its page, or refuses it with a page that says why."""

    def __init__(self, services: Services, renderer: Renderer, recorder: Recorder | None = None) -> None:
        """``recorder`` is told of every visit that was let through, before its answer leaves."""
        self.services = services
        self.renderer = renderer
        self.recorder = recorder

    def protect(self, handler: Handler, who: Who, route: str) -> Callable[[Request], Any]:
        """The endpoint for a page that ``who`` may see; ``route`` is its path in the table."""

        async def endpoint(request: Request) -> Response:
            try:
                form = await _form(request, by_programs=who is Who.HOLDER) if request.method == "POST" else {}
                return await to_thread.run_sync(self._answer, request, form, handler, who, route)
            except Refused as refused:
                return self.refusal(request, refused.status, refused.words)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it
            except Exception:  # the log has the traceback, the browser never
                log.exception("a page failed", extra={"path": request.url.path})
                return self.refusal(request, 500, "error_500")

        return endpoint

    def refusal(self, request: Request, status: int, words: str) -> Response:
        """A page that says why not, in the visitor's language where we know it."""
        visit = self._visit(request, None, {})
        try:
            return visit.page("error.html.j2", status, words=words, subject="")
        except Exception:  # a broken template must not hide the error behind another one
            log.exception("the error page could not be rendered")
            return PlainTextResponse(str(status), status_code=status)

    def _answer(self, request: Request, form: dict[str, str], handler: Handler, who: Who, route: str) -> Response:
        visit = self._visit(request, None, form)
        try:
            visit = self._visit(request, self._session(visit), form)
            refused = self._check(request, visit, who)
            if refused is not None:
                return refused
            answer = handler(visit)
            if self.recorder is not None:
                self.recorder(visit, request.method, route, answer)
            return answer
        except Refused as stop:
            return visit.page("error.html.j2", stop.status, words=stop.words, subject="")

    def _check(self, request: Request, visit: Visit, who: Who) -> Response | None:
        """None where the visit may go on."""
        if request.method == "POST":
            self._check_origin(request)
        if who is Who.HOLDER:
            return None
        if who is not Who.ANYBODY:
            if visit.session is None:
                back = f"?next={quote(visit.url, safe='/')}" if request.method == "GET" and visit.url != "/" else ""
                return RedirectResponse(f"/login{back}", status_code=303)
            if visit.hindrance and who is not Who.NEWCOMER:
                page = "/account" if visit.hindrance == "password" else "/account/second-factor"
                return RedirectResponse(page, status_code=303)
            if who is Who.ADMIN and visit.agent.role != "admin":
                raise Refused(403, "error_role")
        if request.method == "POST":
            expected = (
                visit.session.csrf if visit.session is not None else visit.cookies.get(login_cookie(visit.secure), "")
            )
            if not expected or not hmac.compare_digest(
                visit.form.get("csrf", "").encode("utf-8", "replace"), expected.encode("utf-8", "replace")
            ):
                raise Refused(403, "error_forged")
        return None

    def _check_origin(self, request: Request) -> None:
        """A browser says where a form was; programs that say nothing still need the token.

        Under ``Referrer-Policy: no-referrer`` a browser's own forms say ``Origin: null`` (Fetch, section 3.2): then
        Sec-Fetch-Site tells, and where that is missing too (plain http to another machine) the token alone.
        """
        site = request.headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            raise Refused(403, "error_forged")
        origin = request.headers.get("origin")
        if origin is not None and origin != "null":
            host = request.headers.get("host", "")
            ours = {self.services.configuration().web.base_url.rstrip("/"), f"http://{host}", f"https://{host}"}
            if origin not in ours - {""}:
                raise Refused(403, "error_forged")

    def _session(self, visit: Visit) -> Session | None:
        token = visit.cookies.get(session_cookie(visit.secure))
        if not token:
            return None
        with self.services.database.read() as connection:
            session = find_session(connection, token, visit.now)
        if session is not None and not session.is_seen(visit.now):
            with self.services.database.write() as connection:
                mark_seen(connection, session.id, visit.now)
        return session

    def _visit(self, request: Request, session: Session | None, form: dict[str, str]) -> Visit:
        return Visit(
            services=self.services,
            renderer=self.renderer,
            now=self.services.clock(),
            session=session,
            language=session.agent.language if session is not None else _accepted_language(request),
            peer=_peer(request, self.services.configuration().web.trusted_proxies),
            user_agent=request.headers.get("user-agent", ""),
            url=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
            path=request.path_params,
            query=dict(request.query_params),
            form=form,
            cookies=request.cookies,
            headers=request.headers,
        )


async def _form(request: Request, *, by_programs: bool) -> dict[str, str]:
    """The fields of a form; of two with one name the last counts. 413 above the cap, 415 for anything but a plain form.

    ``by_programs``: mail programs may send multipart/form-data (RFC 8058 section 3.1), of which nothing is looked at.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    unread = by_programs and kind == "multipart/form-data"
    if kind not in ("", "application/x-www-form-urlencoded") and not unread:
        raise Refused(415, "error_form")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise Refused(413, "error_large")
    if unread:
        return {}
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise Refused(400, "error_form") from error
    return dict(pairs)


def _peer(request: Request, proxies: Sequence[str]) -> str:
    """The visitor's address, by which failed logins are counted: what a proxy that we named says, else the socket's.

    Each proxy adds whom it heard to the right end of X-Forwarded-For: the first from there that is no proxy of ours is the visitor.
    """
    peer = request.client.host if request.client is not None else ""
    for told in reversed(request.headers.get("x-forwarded-for", "").split(",")[-_MOST_PROXIES:]):
        if not is_one_of(peer, proxies):
            break
        try:
            peer = str(ipaddress.ip_address(told.strip()))
        except ValueError:
            break  # no address: nothing to count by
    return peer


def is_one_of(peer: str, networks: Sequence[str]) -> bool:
    """Whether this address lies in one of these networks."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)


def _accepted_language(request: Request) -> str:
    for part in request.headers.get("accept-language", "").split(",")[:20]:
        language = part.partition(";")[0].strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return "en"
