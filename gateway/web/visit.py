"""One request, as a page sees it: who asks, what they sent, and the ways to answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from gateway.mail.masking import Sensitive
from gateway.store.agents import Agent
from gateway.store.sessions import Session
from gateway.web.render import Renderer
from gateway.web.services import Services

LARGEST_NUMBER = 2**63 - 1


class Who(IntEnum):
    """Who may see a page; each includes those after it."""

    HOLDER = -1  # of a signed link, which is the whole proof: no session, and no token in the form
    ANYBODY = 0
    NEWCOMER = 1  # logged in, perhaps with a one-time password to change or a second factor to set up first
    AGENT = 2
    ADMIN = 3


class Refused(Exception):
    """The request ends here with this status; ``words`` names the sentence for the person."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class Visit:
    services: Services
    renderer: Renderer
    now: datetime
    session: Session | None
    language: str
    peer: str
    user_agent: str
    url: str  # path and query, as asked for
    path: Mapping[str, str]  # the variable parts of the path
    query: Mapping[str, str]
    form: Mapping[str, str]
    cookies: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    unmasked: bool = False  # an admin asked to see hidden numbers, and that was written down

    @property
    def agent(self) -> Agent:
        """Whoever is logged in; only for pages that ask for a login."""
        assert self.session is not None, "the table of pages lets nobody else in"
        return self.session.agent

    @property
    def hindrance(self) -> str:
        """What a newcomer must do before anything else: choose a ``password``, set up a ``second_factor``; "" for nothing."""
        if self.session is None or self.session.method == "oidc":
            return ""
        if self.session.agent.must_change_password:
            return "password"
        required = self.services.configuration().web.second_factor == "required"
        return "second_factor" if required and self.session.method == "password" else ""

    @property
    def masked(self) -> tuple[Sensitive, ...]:
        """What this visit must not see."""
        return () if self.unmasked else self.services.configuration().privacy.mask

    @property
    def secure(self) -> bool:
        """Do browsers reach us by https?"""
        return self.services.configuration().web.base_url.startswith("https://")

    def number(self, name: str = "number") -> int:
        """A number from the path; 404 where it is none."""
        text = self.path.get(name, "")
        if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > LARGEST_NUMBER:
            raise Refused(404, "error_404")
        return int(text)

    def asked_number(self, name: str) -> int | None:
        """A number from the query, None where there is none or it is something else."""
        return number_in(self.query.get(name, ""))

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        return Response(
            self.renderer.render(template, self, values), status_code=status, media_type="text/html; charset=utf-8"
        )

    def go(self, path: str, **query: str | int) -> Response:
        """Answer a form: the browser fetches ``path``, so that reloading sends nothing twice."""
        return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, status_code=303)


def number_in(text: str) -> int | None:
    """A number that a form or query carries, None for anything else."""
    digits = text.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        return None
    return int(digits) if int(digits) <= LARGEST_NUMBER else None
