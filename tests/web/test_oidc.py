"""Logins at an OpenID Connect provider: who gets in, and everything that must not work. The provider is a real program."""

import base64
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from pydantic import ValidationError

from gateway.config.sign_in import Oidc
from gateway.store.agents import set_active
from gateway.store.identities import identities_of, link_identity
from gateway.store.schema import agents, sessions
from gateway.store.sessions import FAILURES_PER_PEER
from gateway.web.oidc import Provider as Client
from gateway.web.oidc import ProviderError, Request
from gateway.web.pages.oidc import CALLBACK
from tests.support.databases import SqliteFiles
from tests.support.oidc_company import Company, come_back, oidc_company
from tests.support.oidc_provider import Claims, Provider, fields_of, oidc_provider
from tests.support.web import Browser, running, services

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the provider's own libraries


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with oidc_provider() as running_provider:
        yield running_provider


@pytest.fixture(scope="module")
def open_company(
    sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory, provider: Provider
) -> Iterator[Company]:
    with oidc_company(sqlite_files, tmp_path_factory.mktemp("oidc"), provider) as running_company:
        yield running_company


@pytest.fixture
def company(open_company: Company) -> Company:
    """With honest people, no links, and accounts as they come."""
    open_company.begin_anew()
    return open_company


def test_an_agent_logs_in(company: Company) -> None:
    page = Browser(company.port).get("/login?next=/tickets/7").text
    assert "Continue with Keycloak" in page
    assert 'href="/login/oidc?next=/tickets/7"' in page
    browser, answer = company.log_in("sub-lee")
    assert (answer.status, answer.headers["location"]) == (303, "/tickets")
    assert browser.get("/tickets").status == 200
    assert company.links() == [(company.agent, "sub-lee")]
    (row,) = company.office.rows(sessions)
    assert (row.agent_id, row.method) == (company.agent, "oidc")
    assert "gateway-oidc" not in browser.cookies
    company.provider.user("sub-lee", email="new-address@elsewhere.example", email_verified=False)
    _, answer = company.log_in("sub-lee")
    assert answer.status == 303, "the link counts from now on, whatever address the account has"


def test_what_is_sent_is_the_code_flow_with_proof_of_possession(company: Company) -> None:
    browser, address = company.begin()
    sent = fields_of(address)
    assert (sent["response_type"], sent["client_id"], sent["scope"]) == ("code", "desk", "openid email")
    assert sent["redirect_uri"] == "http://127.0.0.1/login/oidc/callback"
    assert min(len(sent["state"]), len(sent["nonce"])) >= 32
    come_back(browser, company.provider.log_in(address, "sub-lee"))
    ((_, _, body, headers),) = [it for it in company.provider.asked if it[1].startswith("/oauth2/token")]
    given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    digest = hashlib.sha256(given["code_verifier"].encode()).digest()
    assert sent["code_challenge_method"] == "S256"
    assert sent["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert 43 <= len(given["code_verifier"]) <= 128
    assert "client_secret" not in given
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"desk:s3cret%2F+%2B"
    _, again = company.begin()
    other = fields_of(again)
    assert not {sent[name] for name in ("state", "nonce", "code_challenge")} & set(other.values())


def test_the_state_is_this_browsers(company: Company) -> None:
    """Nobody is logged in to somebody else's account, or with somebody else's code (login CSRF)."""
    browser, address = company.begin()
    back = company.provider.log_in(address, "sub-lee")
    state = fields_of(back)["state"]
    for changed in (
        back.replace(state, state[:-2] + "AA"),
        back.replace(f"state={state}", "state="),
        back.partition("&state")[0],
    ):
        company.refused(come_back(browser, changed), browser)
    stranger = Browser(company.port)
    company.refused(come_back(stranger, back), stranger)
    other, _ = company.begin()
    company.refused(come_back(other, back), other)
    forged = Browser(company.port, cookies={"gateway-oidc": "A" * 200})
    company.refused(come_back(forged, back), forged)
    assert "POST /oauth2/token" not in company.provider.paths(), "nobody was asked about any of them"
    assert come_back(browser, back).status == 303, "and the right one still works"
    assert come_back(browser, back).status == 403, "once"


def test_the_login_must_come_back_in_time_and_from_the_right_provider(company: Company) -> None:
    browser, address = company.begin()
    back = company.provider.log_in(address, "sub-lee")
    company.refused(come_back(browser, back + "&iss=https%3A%2F%2Fevil.example"), browser)
    company.office.later(minutes=11)
    company.refused(come_back(browser, back), browser)


def test_giving_up_at_the_provider(company: Company) -> None:
    browser, address = company.begin()
    company.refused(come_back(browser, company.provider.log_in(address, "", deny=True)), browser)
    assert "POST /oauth2/token" not in company.provider.paths()


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


CLAIMS: dict[str, Callable[[Claims], Claims]] = {
    "another nonce": lambda it: {**it, "nonce": "A" * 32},
    "no nonce": without("nonce"),
    "another audience": lambda it: {**it, "aud": "another-client"},
    "audiences without us": lambda it: {**it, "aud": ["a", "b"]},
    "several audiences, given to another": lambda it: {**it, "aud": ["desk", "evil"], "azp": "evil"},
    "several audiences, given to nobody": lambda it: {**it, "aud": ["desk", "evil"]},
    "given to another": lambda it: {**it, "azp": "evil"},
    "no audience": without("aud"),
    "another issuer": lambda it: {**it, "iss": "https://evil.example"},
    "no issuer": without("iss"),
    "expired": lambda it: {**it, "exp": time.time() - 600},
    "never expires": without("exp"),
    "expires at a word": lambda it: {**it, "exp": "tomorrow"},
    "expires at infinity": lambda it: {**it, "exp": float("inf")},
    "expires at true": lambda it: {**it, "exp": True},
    "from the future": lambda it: {**it, "iat": time.time() + 3600},
    "never issued": without("iat"),
    "no subject": without("sub"),
    "an empty subject": lambda it: {**it, "sub": ""},
    "a subject that is a number": lambda it: {**it, "sub": 7},
    "a subject without end": lambda it: {**it, "sub": "x" * 300},
    "not an object": lambda it: [it],  # type: ignore[dict-item,return-value]
}


@pytest.mark.parametrize("name", CLAIMS)
def test_id_tokens_that_are_not_for_us_and_now(company: Company, name: str) -> None:
    company.provider.lies.claims = CLAIMS[name]
    browser, answer = company.log_in("sub-lee")
    company.refused(answer, browser)


def test_a_token_that_the_man_in_the_middle_made_soundly_would_get_in(company: Company) -> None:
    """The watch itself: what is refused above is refused for its one fault."""
    company.provider.lies.claims = lambda it: {**it, "aud": ["desk", "other"], "azp": "desk", "exp": time.time() - 60}
    _, answer = company.log_in("sub-lee")
    assert answer.status == 303


def _unpadded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def signatures(provider: Provider) -> dict[str, Callable[[bytes], str]]:
    public = json.dumps(provider.key.as_dict(private=False)).encode()
    pem = provider.key.as_pem(private=False)
    stranger, curve = RSAKey.generate_key(2048), ECKey.generate_key("P-256")

    def changed(claims: bytes) -> str:
        head, body, signature = provider.sound(claims).split(".")
        told = json.loads(base64.urlsafe_b64decode(body + "=="))
        return ".".join((head, _unpadded(json.dumps({**told, "sub": "sub-admin"}).encode()), signature))

    def own_key(claims: bytes) -> str:
        header = {
            "alg": "RS256",
            "kid": provider.key.kid,
            "jwk": stranger.as_dict(private=False),
            "jku": "http://127.0.0.1:1/x",
        }
        return jws.serialize_compact(header, claims, stranger, algorithms=["RS256"], registry=_anything())

    return {
        "a changed body": changed,
        "a stranger's key": lambda it: jws.serialize_compact({"alg": "RS256"}, it, stranger),
        "a stranger's key under the provider's name": lambda it: jws.serialize_compact(
            {"alg": "RS256", "kid": provider.key.kid}, it, stranger
        ),
        "a stranger's key that comes along": own_key,
        "another kind of key": lambda it: jws.serialize_compact({"alg": "ES256", "kid": provider.key.kid}, it, curve),
        "none": lambda it: f"{_unpadded(json.dumps({'alg': 'none'}).encode())}.{_unpadded(it)}.",
        "an HMAC with the public key": lambda it: _hmac({"alg": "HS256", "kid": provider.key.kid}, it, public),
        "an HMAC with the public key as PEM": lambda it: _hmac({"alg": "HS256"}, it, pem),
        "an HMAC with our secret": lambda it: _hmac({"alg": "HS256"}, it, b"s3cret/ +"),
        "no signature": lambda it: provider.sound(it).rpartition(".")[0] + ".",
        "two dots": lambda _: "..",
        "nothing": lambda _: "",
        "a word": lambda _: "token",
        "a header that is no JSON": lambda it: "e30x." + provider.sound(it).partition(".")[2],
        "too long": lambda it: provider.sound(it) + "A" * 100_000,
    }


def _anything() -> Any:
    return jws.JWSRegistry(strict_check_header=False)


def _hmac(header: dict[str, str], claims: bytes, secret: bytes) -> str:
    return jws.serialize_compact(header, claims, OctKey.import_key(secret), algorithms=["HS256"])


SIGNATURES = (
    "a changed body", "a stranger's key", "a stranger's key under the provider's name", "a stranger's key that comes along",
    "another kind of key", "none", "an HMAC with the public key", "an HMAC with the public key as PEM", "an HMAC with our secret",
    "no signature", "two dots", "nothing", "a word", "a header that is no JSON", "too long",
)  # fmt: skip


@pytest.mark.parametrize("name", SIGNATURES)
def test_id_tokens_that_the_provider_did_not_sign(company: Company, name: str) -> None:
    company.provider.lies.sign = signatures(company.provider)[name]
    browser, answer = company.log_in("sub-lee")
    company.refused(answer, browser)


# --- who is who ------------------------------------------------------------------------------------------------------


def test_no_stranger_becomes_an_agent(company: Company) -> None:
    company.provider.user("sub-eve", email="eve@example.com", email_verified=True)
    browser, answer = company.log_in("sub-eve")
    company.refused(answer, browser)
    assert "sub-eve" in answer.text, "an admin needs it to link the account"
    assert len(company.office.rows(agents)) == 3


def test_an_admin_links_what_no_address_may(company: Company) -> None:
    company.provider.user("sub-partner", email="kim@partner.example", email_verified=True)
    browser, answer = company.log_in("sub-partner")
    company.refused(answer, browser)
    partner = company.office.rows(agents)[-1].id
    with company.office.database.write() as connection:
        link_identity(
            connection, partner, issuer=company.provider.issuer, subject="sub-partner", now=company.office.now
        )
    _, answer = company.log_in("sub-partner")
    assert answer.status == 303
    assert company.office.rows(sessions)[-1].agent_id == partner


def test_a_former_agent_is_out_here_too(company: Company) -> None:
    _, answer = company.log_in("sub-lee")
    assert answer.status == 303
    with company.office.database.write() as connection:
        set_active(connection, company.agent, False)
    browser, answer = company.log_in("sub-lee")
    assert answer.status == 403
    assert "gateway" not in browser.cookies


def test_another_account_with_the_address_does_not_take_the_agent_over(company: Company) -> None:
    """The provider gave a former colleague's address to somebody new: the address is verified, the person is another."""
    company.log_in("sub-lee")
    company.provider.user("sub-new", email="lee@example.com", email_verified=True)
    _, answer = company.log_in("sub-new")
    assert answer.status == 403
    with company.office.database.read() as connection:
        assert [it.subject for it in identities_of(connection, company.agent)] == ["sub-lee"]


# --- the network -----------------------------------------------------------------------------------------------------


def test_nobody_but_the_provider_is_asked_and_no_more_than_needed(company: Company) -> None:
    for _ in range(3):
        company.log_in("sub-lee")
    asked = company.provider.paths()
    assert set(asked) <= {
        "PUT /users/sub-lee",
        "GET /.well-known/openid-configuration",
        "GET /jwks",
        "POST /oauth2/authorize",
        "POST /oauth2/token",
    }
    assert asked.count("POST /oauth2/token") == 3
    assert asked.count("GET /jwks") <= 1
    assert asked.count("GET /.well-known/openid-configuration") <= 1


ANSWERS = {
    "a redirect": (302, {"Location": "http://127.0.0.1:1/"}, b""),
    "an error": (500, {}, b"oops"),
    "no JSON": (200, {}, b"<html>"),
    "deep JSON": (200, {}, b"[" * 200_000),
    "a list": (200, {}, b"[]"),
    "no token": (200, {}, b"{}"),
    "too much": (200, {}, b" " * 2_000_000 + b"{}"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_token_endpoint_that_misbehaves(company: Company, name: str) -> None:
    company.provider.lies.token_answer = ANSWERS[name]
    browser, answer = company.log_in("sub-lee")
    company.refused(answer, browser)


def test_codes_cannot_be_tried_out_without_end(company: Company) -> None:
    company.provider.lies.token_answer = (400, {}, b"{}")
    statuses = []
    for _ in range(FAILURES_PER_PEER + 1):
        browser, address = company.begin()
        statuses.append(come_back(browser, f"{CALLBACK}?code=guess&state={fields_of(address)['state']}").status)
    assert statuses == [403] * FAILURES_PER_PEER + [429]
    assert company.provider.paths().count("POST /oauth2/token") == FAILURES_PER_PEER


# --- discovery -------------------------------------------------------------------------------------------------------

SETTINGS = {"issuer": "https://login.example", "client_id": "desk", "client_secret": "secret"}
METADATA = {
    "issuer": "https://login.example",
    "authorization_endpoint": "https://login.example/authorize",
    "token_endpoint": "https://tokens.example/token",
    "jwks_uri": "https://keys.example/keys",
}
REQUEST = Request("state", "nonce", "verifier")


def client(metadata: dict[str, Any], asked: list[str]) -> Client:
    def ask(method: str, address: str, body: bytes | None, headers: Any) -> bytes:
        asked.append(f"{method} {address}")
        return json.dumps(metadata).encode()

    return Client(Oidc.model_validate(SETTINGS), ask)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"issuer": "https://login.example/"},
        {"token_endpoint": "http://login.example/token"},
        {"token_endpoint": "http://127.0.0.1:8025/logout"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "http://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "gopher://login.example/"},
        {"jwks_uri": "https://user:pass@login.example/"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https:///"},
        {"authorization_endpoint": "https://login.example/\r\nSet-Cookie: a=b"},
    ],
)
def test_a_discovery_document_that_leads_elsewhere(change: dict[str, Any]) -> None:
    now, asked = datetime.now(UTC), list[str]()
    with pytest.raises(ProviderError):
        client(METADATA | change, asked).login_address(REQUEST, redirect_uri="https://desk.example/x", now=now)
    assert asked == ["GET https://login.example/.well-known/openid-configuration"]


def test_a_provider_that_fails_is_left_alone_for_a_while() -> None:
    now, asked = datetime.now(UTC), list[str]()
    failing = client({}, asked)
    for seconds in (0, 1, 14, 16):
        with pytest.raises(ProviderError):
            failing.login_address(REQUEST, redirect_uri="x", now=now + timedelta(seconds=seconds))
    assert len(asked) == 2


def test_a_provider_that_hangs_does_not_hold_up_the_pages(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.web.oidc.PATIENCE", 0.2)
    company.provider.lies.slow = 3.0
    web = services(company.office)  # one that has not yet asked
    with running(web) as port, ThreadPoolExecutor(45) as pool:
        waiting = [
            pool.submit(Browser(port).get, "/login/oidc") for _ in range(45)
        ]  # more than there are worker threads
        began = time.monotonic()
        assert Browser(port).get("/healthz").status == 200
        assert Browser(port).get("/login").status == 200
        assert time.monotonic() - began < 2.5
        statuses = Counter(it.result().status for it in waiting)
    assert set(statuses) <= {303, 502}
    assert company.provider.paths().count("GET /.well-known/openid-configuration") == 1


def test_a_wrong_setting_is_told_with_its_place() -> None:
    for wrong in (
        {"issuer": "http://login.example"},
        {"issuer": "https://x/?a"},
        {"issuer": "login.example"},
        {"scopes": ["email"]},
    ):
        with pytest.raises(ValidationError):
            Oidc.model_validate(SETTINGS | wrong)
    assert "secret" not in repr(Oidc.model_validate(SETTINGS)).replace("client_secret", "").replace("SecretStr", "")
