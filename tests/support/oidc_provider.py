"""An OpenID Connect provider on loopback (``oidc-provider-mock``, a program of its own), behind a man in the middle.

Browser and gateway know the man in the middle's address alone; he passes everything on, writes it down, and lies where a test asks him
to. Signing keys of his own let him make ID tokens that are right but for the one thing that is to be refused.
"""

import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import KeySet, RSAKey

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it uses parts of its libraries that are on their way out
    import oidc_provider_mock

Claims = dict[str, Any]


@dataclass
class Lies:
    """What the man in the middle changes. Nothing, as he begins."""

    claims: Callable[[Claims], Claims] | None = None  # the ID token is made anew from these, with his key
    sign: Callable[[bytes], str] | None = None  # how that is signed; None: soundly
    metadata: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    token_answer: tuple[int, dict[str, str], bytes] | None = None  # in place of the token endpoint's
    slow: float = 0.0  # seconds before each answer


@dataclass
class Provider:
    """A running provider. ``asked`` holds method, path and body of every request from browser and gateway."""

    port: int
    key: RSAKey
    lies: Lies = field(default_factory=Lies)
    asked: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def user(self, subject: str, **claims: Any) -> None:
        """Make an account, or change it."""
        status, _, _ = self.ask("PUT", f"/users/{subject}", json.dumps(claims).encode(), "application/json")
        assert status == 204

    def log_in(self, login_address: str, subject: str, *, deny: bool = False) -> str:
        """What a person does at the provider's own page; the address to which their browser is sent back."""
        form = {"action": "deny"} if deny else {"sub": subject}
        parts = urlsplit(login_address)
        assert f"{parts.scheme}://{parts.netloc}" == self.issuer
        status, headers, body = self.ask(
            "POST", f"{parts.path}?{parts.query}", urlencode(form).encode(), "application/x-www-form-urlencoded"
        )
        assert status == 302, body
        return headers["location"]

    def ask(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": kind})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def paths(self) -> list[str]:
        return [f"{method} {urlsplit(path).path}" for method, path, _, _ in self.asked]

    def sound(self, claims: bytes) -> str:
        return jws.serialize_compact({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


@contextmanager
def oidc_provider() -> Iterator[Provider]:
    key = RSAKey.generate_key(2048, {"use": "sig", "kid": "ours"})
    with oidc_provider_mock.run_server_in_thread() as real:
        back = int(real.server_port)
        told: dict[str, Provider] = {}

        class Middle(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def _pass_on(self) -> None:
                provider = told["provider"]
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                provider.asked.append((self.command, self.path, body, dict(self.headers)))
                time.sleep(provider.lies.slow)
                connection = HTTPConnection("127.0.0.1", back, timeout=20)
                connection.request(self.command, self.path, body=body, headers=dict(self.headers))
                answer = connection.getresponse()
                status, headers, content = answer.status, dict(answer.getheaders()), answer.read()
                connection.close()
                status, headers, content = _lie(provider, urlsplit(self.path).path, status, headers, content)
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() in ("content-type", "location"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = _pass_on

        middle = ThreadingHTTPServer(("127.0.0.1", 0), Middle)
        told["provider"] = Provider(middle.server_address[1], key)
        thread = threading.Thread(target=middle.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield told["provider"]
        finally:
            middle.shutdown()
            thread.join(10)
            middle.server_close()


def _lie(
    provider: Provider, path: str, status: int, headers: dict[str, str], content: bytes
) -> tuple[int, dict[str, str], bytes]:
    lies = provider.lies
    if path == "/.well-known/openid-configuration" and lies.metadata:
        return status, headers, json.dumps(lies.metadata(json.loads(content))).encode()
    if path == "/jwks":
        return (
            status,
            headers,
            json.dumps(
                {"keys": [*json.loads(content)["keys"], *KeySet([provider.key]).as_dict(private=False)["keys"]]}
            ).encode(),
        )
    if path == "/oauth2/token" and lies.token_answer:
        return lies.token_answer
    if path == "/oauth2/token" and status == 200 and (lies.claims or lies.sign):
        answer = json.loads(content)
        claims = json.loads(jws.extract_compact(answer["id_token"].encode()).payload)
        octets = json.dumps((lies.claims or dict)(claims)).encode()
        answer["id_token"] = (lies.sign or provider.sound)(octets)
        return status, headers, json.dumps(answer).encode()
    return status, headers, content


def fields_of(address: str) -> dict[str, str]:
    """The query of an address, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
