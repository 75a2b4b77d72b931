"""Logging in at the configured OpenID Connect provider.

The way back is a GET that opens a session, because that is how the provider sends the browser. It does nothing without the sealed note
of a login that this very browser began, and each login has its own state, nonce and verifier.
"""

import hmac
import logging

from starlette.responses import RedirectResponse, Response

from gateway.config.sign_in import Oidc
from gateway.store.agents import Agent
from gateway.store.identities import agent_by_verified_address, link_identity, linked_agent
from gateway.store.sessions import begin_login, end_session, forgive_peer
from gateway.web.oidc import Identity, ProviderError, Request
from gateway.web.sign_in import drop_note, keep_note, kept_note, local_path, random_text, with_session
from gateway.web.visit import Refused, Visit

log = logging.getLogger(__name__)

CALLBACK = "/login/oidc/callback"
_NOTE = "oidc"
_LONGEST_CODE = 4096


def begin(visit: Visit) -> Response:
    """To the provider. Nothing is stored: what must match when the browser comes back is in a sealed note."""
    settings = _settings(visit)
    request = Request(random_text(visit, 24), random_text(visit, 24), random_text(visit, 48))
    try:
        address = visit.services.providers.of(settings).login_address(
            request, redirect_uri=_redirect_uri(visit), now=visit.now
        )
    except ProviderError as error:
        log.warning("the login provider cannot be asked", extra={"issuer": settings.issuer, "fault": str(error)})
        raise Refused(502, "error_provider") from error
    answer = RedirectResponse(address, status_code=303)
    note = {
        "issuer": settings.issuer,
        "state": request.state,
        "nonce": request.nonce,
        "verifier": request.verifier,
        "next": local_path(visit.query.get("next", "")),
    }
    keep_note(visit, answer, _NOTE, note, "lax")
    return answer


def come_back(visit: Visit) -> Response:
    """A session for whoever the provider says it is, if that account is an agent's; the note is used up either way."""
    settings = _settings(visit)
    note = kept_note(visit, _NOTE)
    if note is None or note["issuer"] != settings.issuer or not _same(visit.query.get("state", ""), note["state"]):
        raise Refused(403, "error_oidc")
    if visit.query.get("iss", settings.issuer) != settings.issuer:  # RFC 9207: another provider's answer
        raise Refused(403, "error_oidc")
    answer = _log_in(visit, settings, note)
    drop_note(visit, answer, _NOTE)
    return answer


def _log_in(visit: Visit, settings: Oidc, note: dict[str, str]) -> Response:
    with visit.services.database.write() as connection:
        if not begin_login(connection, peer=visit.peer, address=None, now=visit.now):
            log.warning("login refused: too many failures", extra={"peer": visit.peer})
            return _refused(visit, "error_many", 429)
    code = visit.query.get("code", "")
    if not code or len(code) > _LONGEST_CODE:
        log.info("login given up at the provider", extra={"issuer": settings.issuer})
        return _refused(visit, "error_oidc", 403)
    request = Request(note["state"], note["nonce"], note["verifier"])
    try:
        identity = visit.services.providers.of(settings).identity(
            code, request, redirect_uri=_redirect_uri(visit), now=visit.now
        )
    except ProviderError as error:
        log.warning("login at the provider failed", extra={"issuer": settings.issuer, "fault": str(error)})
        return _refused(visit, "error_oidc", 403)
    agent = _agent(visit, settings, identity)
    if agent is None or not agent.active:
        log.warning(
            "login refused: the account is no agent's",
            extra={"issuer": settings.issuer, "subject": identity.subject, "peer": visit.peer},
        )
        return _refused(visit, "error_unlinked", 403, subject=identity.subject)
    with visit.services.database.write() as connection:
        forgive_peer(connection, peer=visit.peer, now=visit.now)
        if visit.session is not None:
            end_session(connection, visit.session.id)
    log.info("login", extra={"agent": agent.address, "peer": visit.peer, "method": "oidc"})
    return with_session(visit, agent.id, visit.go(note["next"]), "oidc")


def _agent(visit: Visit, settings: Oidc, identity: Identity) -> Agent | None:
    """Whose account it is; a first login is linked where provider and admin both vouch for the address."""
    with visit.services.database.write() as connection:
        agent = linked_agent(connection, settings.issuer, identity.subject)
        if agent is None:
            agent = agent_by_verified_address(
                connection,
                issuer=settings.issuer,
                email=identity.email,
                email_verified=identity.email_verified,
                trusted_domains=settings.trusted_domains,
            )
            if agent is not None:
                link_identity(connection, agent.id, issuer=settings.issuer, subject=identity.subject, now=visit.now)
                log.info("account linked", extra={"agent": agent.address, "subject": identity.subject})
    return agent


def _settings(visit: Visit) -> Oidc:
    settings = visit.services.configuration().web.oidc
    if settings is None:
        raise Refused(404, "error_404")
    return settings


def _redirect_uri(visit: Visit) -> str:
    return visit.services.configuration().web.base_url.rstrip("/") + CALLBACK


def _refused(visit: Visit, words: str, status: int, *, subject: str = "") -> Response:
    return visit.page("error.html.j2", status, words=words, subject=subject)


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
