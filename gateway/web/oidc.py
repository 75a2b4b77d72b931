"""An OpenID Connect provider, as a client sees it: authorization code with PKCE (RFC 6749, RFC 7636; OpenID Connect Core 1.0).

Asked is the configured issuer's discovery document, and what that names; nothing that a browser or a token says is ever fetched, no
redirect is followed, and every answer has a largest size and a deadline. Blocking.
"""

import base64
import hashlib
import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from gateway.config.sign_in import Oidc, is_provider_address

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")  # signatures by public keys alone: neither none nor HMAC
LARGEST_ANSWER = 512 * 1024  # octets
LARGEST_TOKEN = 64 * 1024
FETCH_SECONDS = 10.0
CLOCK_SKEW = timedelta(minutes=2)
METADATA_FRESH = timedelta(hours=1)
KEYS_AGAIN = timedelta(minutes=1)  # unknown key ids make us ask for the keys again, but not more often
FAILED_FOR = timedelta(seconds=15)  # how long a provider that cannot be asked is left alone
PATIENCE = 2.0  # seconds that one login waits for another's question: a provider that hangs must not hold up every page
MOST_AT_ONCE = 4

Fetch = Callable[[str, str, bytes | None, Mapping[str, str]], bytes]


class ProviderError(Exception):
    """Nobody can be logged in. The message is for the log: it holds no code, token or secret."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is to a provider. Only ``subject`` never changes and is never given to somebody else (Core, section 5.7)."""

    subject: str
    email: str
    email_verified: bool


@dataclass(frozen=True, slots=True)
class Request:
    """What one login must match when it comes back: all random, none used twice."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """RFC 7636 section 4.2, S256."""
        return _unpadded(hashlib.sha256(self.verifier.encode("ascii")).digest())


@dataclass(frozen=True, slots=True)
class _Metadata:
    authorization: str
    token: str
    keys: str
    by_basic: bool  # how our secret is sent (Core, section 9)
    at: datetime


class Provider:
    """One configured provider; remembers its metadata and keys. Threads may share it."""

    def __init__(self, settings: Oidc, ask: "Fetch | None" = None) -> None:
        self.settings = settings
        self._ask: Fetch = ask or fetch
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._failed_at: datetime | None = None
        self._metadata: _Metadata | None = None
        self._keys: tuple[datetime, list[RSAKey | ECKey | OKPKey]] | None = None

    def login_address(self, request: Request, *, redirect_uri: str, now: datetime) -> str:
        """Where the browser goes to log in (Core, section 3.1.2.1). ProviderError where the provider cannot be asked."""
        address = self._found(now).authorization
        fields = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": request.challenge,
            "code_challenge_method": "S256",
        }
        return f"{address}{'&' if '?' in address else '?'}{urlencode(fields)}"

    def identity(self, code: str, request: Request, *, redirect_uri: str, now: datetime) -> Identity:
        """Who came back with this code (Core, sections 3.1.3.1 to 3.1.3.7). ProviderError where anything does not hold."""
        metadata = self._found(now)
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": request.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = self.settings.client_secret.get_secret_value()
        if metadata.by_basic:  # RFC 6749 section 2.3.1: both are form-encoded before they are put together
            pair = f"{quote_plus(self.settings.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
        else:
            fields |= {"client_id": self.settings.client_id, "client_secret": secret}
        with _waiting_for(self._places):
            answer = _object(
                self._ask("POST", metadata.token, urlencode(fields).encode(), headers), "the token endpoint"
            )
        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > LARGEST_TOKEN:
            raise ProviderError("the token endpoint gave no ID token")
        return read_id_token(token, self._candidates(token, now), self.settings, nonce=request.nonce, now=now)

    def _found(self, now: datetime) -> _Metadata:
        with _waiting_for(self._lock):
            if self._metadata is None or now - self._metadata.at > METADATA_FRESH:
                if self._failed_at is not None and now - self._failed_at < FAILED_FOR:
                    raise ProviderError("the provider could not be asked a moment ago")
                self._failed_at = now
                self._metadata = self._discover(now)
                self._failed_at = None
            return self._metadata

    def _discover(self, now: datetime) -> _Metadata:
        """OpenID Connect Discovery 1.0, sections 4.1 to 4.3."""
        address = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        told = _object(self._ask("GET", address, None, {"Accept": "application/json"}), "the discovery document")
        if told.get("issuer") != self.settings.issuer:
            raise ProviderError("the discovery document is another issuer's")
        endpoints = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        authorization, token, keys = (
            endpoint if isinstance(endpoint, str) and self._may_be_asked(endpoint) else "" for endpoint in endpoints
        )
        if not (authorization and token and keys):
            raise ProviderError("the discovery document names no usable endpoints")
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return _Metadata(authorization, token, keys, "client_secret_basic" in methods, now)

    def _may_be_asked(self, address: str) -> bool:
        """An issuer on https cannot send us to this machine's own http."""
        if self.settings.issuer.startswith("https://") and not address.startswith("https://"):
            return False
        return is_provider_address(address)

    def _candidates(self, token: str, now: datetime) -> list[RSAKey | ECKey | OKPKey]:
        """The provider's signing keys that the token may mean; asks for them again where it names one that is not known."""
        key_id = _header(token).get("kid")
        with _waiting_for(self._lock):
            known = self._keys
            if known is None or now - known[0] > METADATA_FRESH:
                known = self._fetch_keys(now)
            if key_id is not None and not any(key.kid == key_id for key in known[1]) and now - known[0] > KEYS_AGAIN:
                known = self._fetch_keys(now)
        return [key for key in known[1] if key_id is None or key.kid == key_id]

    def _fetch_keys(self, now: datetime) -> tuple[datetime, list[RSAKey | ECKey | OKPKey]]:
        assert self._metadata is not None, "whoever asks for keys has found the metadata"
        told = _object(self._ask("GET", self._metadata.keys, None, {"Accept": "application/json"}), "the key document")
        listed = told.get("keys")
        keys: list[RSAKey | ECKey | OKPKey] = []
        for described in listed[:50] if isinstance(listed, list) else []:
            if not isinstance(described, dict) or described.get("use", "sig") != "sig" or described.get("kty") == "oct":
                continue
            try:
                (key,) = KeySet.import_key_set({"keys": [described]}).keys
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # a kind of key that is not ours to know
            if isinstance(key, RSAKey | ECKey | OKPKey):
                keys.append(key)
        self._keys = (now, keys)
        return self._keys


@dataclass
class Providers:
    """The provider that the configuration in force names; a changed configuration is another provider."""

    ask: Fetch | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _last: Provider | None = None

    def of(self, settings: Oidc) -> Provider:
        with self._lock:
            if self._last is None or self._last.settings != settings:
                self._last = Provider(settings, self.ask)
            return self._last


def read_id_token(
    token: str, keys: list[RSAKey | ECKey | OKPKey], settings: Oidc, *, nonce: str, now: datetime
) -> Identity:
    """The identity in an ID token (Core, section 3.1.3.7); ProviderError where it is not signed by ``keys``, or not for us and now."""
    claims = _object(_verified(token, keys), "the ID token")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != settings.issuer:
        raise ProviderError("the ID token is another issuer's")
    if settings.client_id not in audiences:
        raise ProviderError("the ID token is for another client")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != settings.client_id:
        raise ProviderError("the ID token was given to another client")
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if now.timestamp() >= expires + CLOCK_SKEW.total_seconds():
        raise ProviderError("the ID token has expired")
    if issued > now.timestamp() + CLOCK_SKEW.total_seconds():
        raise ProviderError("the ID token was issued in the future: compare the clocks")
    if not nonce or claims.get("nonce") != nonce:
        raise ProviderError("the ID token belongs to another login")
    subject, email = claims.get("sub"), claims.get("email")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise ProviderError("the ID token names no subject")
    return Identity(subject, email if isinstance(email, str) else "", claims.get("email_verified") is True)


def fetch(method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    """The body of a 200. ProviderError for everything else: no redirect is followed, nothing is asked twice."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=FETCH_SECONDS, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=FETCH_SECONDS)
    deadline = time.monotonic() + FETCH_SECONDS
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body=body, headers={**headers, "User-Agent": "support-gateway"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise ProviderError(f"{parts.netloc} answered {answer.status}")
        content = bytearray()
        while piece := answer.read1(16 * 1024):
            content += piece
            if len(content) > LARGEST_ANSWER or time.monotonic() > deadline:
                raise ProviderError(f"{parts.netloc} answered too much, or too slowly")
        return bytes(content)
    except (OSError, http.client.HTTPException) as error:
        raise ProviderError(f"{parts.netloc} cannot be asked: {type(error).__name__}") from error
    finally:
        connection.close()


@contextmanager
def _waiting_for(place: "threading.Lock | threading.BoundedSemaphore") -> Iterator[None]:
    if not place.acquire(timeout=PATIENCE):
        raise ProviderError("the provider keeps others waiting")
    try:
        yield
    finally:
        place.release()


def _verified(token: str, keys: list[RSAKey | ECKey | OKPKey]) -> bytes:
    for key in keys:
        try:
            return jws.deserialize_compact(token, key, algorithms=list(ALGORITHMS)).payload
        except (JoseError, ValueError, TypeError):
            continue
    raise ProviderError("the ID token is not signed by a key of the provider")


def _header(token: str) -> dict[str, Any]:
    text = token.partition(".")[0]
    try:
        return _object(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "the ID token's header")
    except ValueError as error:
        raise ProviderError("the ID token is malformed") from error


def _object(content: bytes, what: str) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ProviderError(f"{what} is not JSON") from error
    if not isinstance(told, dict):
        raise ProviderError(f"{what} is not a JSON object")
    return told


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**12:
        raise ProviderError(f"the ID token has no time in `{name}`")
    return float(value)


def _unpadded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode("ascii").rstrip("=")
