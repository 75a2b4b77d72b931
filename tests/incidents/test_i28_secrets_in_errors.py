"""I-28, secrets in errors: canaries in every place that holds a secret, everything goes wrong at level debug, and nobody tells one."""

import base64
import json
import re
from pathlib import Path

import pytest

from tests.support.commands import run_command_text
from tests.support.gateways import Gateway, wait_for
from tests.support.smarthost import Smarthost
from tests.support.watched_browser import free_port
from tests.support.web import Browser

SMARTHOST, CLIENT, DATABASE = "canary-smarthost-7f3a", "canary-oidc-secret-91bd", "canary-database-2c4e"
PASSWORD, WRONG = "canary-agents-password-5d6f", "canary-wrong-password-88a1"


PAGES = "/tickets /tickets/1 /outbox /outbox/1 /health /account /sessions /messages/1/trace /metrics".split()  # noqa: SIM905


def gateway(running: Gateway, *arguments: str, given: str = "", status: int = 0, **more: str) -> str:
    """Run a command beside the gateway; all that it said."""
    done = run_command_text(*arguments, "-c", str(running.config), environ={**running.environ, **more}, given=given)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


@pytest.mark.timeout(240)
def test_nothing_tells_a_secret(tmp_path: Path) -> None:
    with Smarthost(credentials=("gateway", "another password"), extensions=("AUTH PLAIN", "8BITMIME")) as sink:
        port = free_port()
        running = Gateway(
            tmp_path,
            environ={
                "GATEWAY__LOGGING__LEVEL": "debug",
                "GATEWAY__OUTBOUND__SMARTHOST": sink.address,
                "GATEWAY__OUTBOUND__TLS": "none",
                "GATEWAY__OUTBOUND__USERNAME": "gateway",
                "GATEWAY__OUTBOUND__PASSWORD": SMARTHOST,
                "GATEWAY__WEB__LISTEN": f"127.0.0.1:{port}",
                "GATEWAY__WEB__BASE_URL": f"http://127.0.0.1:{port}",
                "GATEWAY__WEB__OIDC__ISSUER": "http://127.0.0.1:9",  # nobody is there
                "GATEWAY__WEB__OIDC__CLIENT_ID": "desk",
                "GATEWAY__WEB__OIDC__CLIENT_SECRET": CLIENT,
            },
        )
        said = []
        try:
            running.up()
            said.append(gateway(running, "agents", "add", "lee@example.com", "--role", "admin").replace("password", ""))
            one_time = re.search(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", said[0])
            said.clear()
            gateway(running, "agents", "password", "lee@example.com", "--stdin", given=PASSWORD + "\n")
            key = re.search(r"gwk_[a-z2-7]+", gateway(running, "apikeys", "add", "script"))
            assert key is not None
            assert one_time is not None
            receipt = running.send("Canary")
            assert running.fate(receipt) == "opened"
            wait_for(lambda: [line for line in running.log() if "535" in json.dumps(line)], 60, "AUTH never failed")

            browser = Browser(port)
            said.append(browser.log_in("lee@example.com", WRONG).text)
            said.append(browser.log_in(WRONG, PASSWORD).text.replace(f'value="{WRONG}"', ""))
            assert browser.log_in("lee@example.com", PASSWORD).status == 303
            session = browser.cookies["gateway"]
            said.append(browser.get("/login/oidc").text)
            assert Browser(port).get("/login/oidc").status == 502
            for path in PAGES:
                answer = browser.get(path)
                assert answer.status == 200, path
                said += [answer.text, repr(answer.headers)]
            said += [
                browser.get(f"/nothing?{session}").text.replace(session, ""),
                browser.post("/login", {"csrf": session}).text,
            ]

            keys = [path.read_text().strip() for path in (running.data_dir / "keys").iterdir()]
            for command in (
                ("agents", "list", "--json"),
                ("agents", "sessions", "--json"),
                ("apikeys", "list", "--json"),
                ("outbox", "list", "--json"),
                ("outbox", "show", "1", "--json"),
                ("tickets", "show", "1", "--json"),
                ("keys", "list"),
                ("explain", "1"),
            ):
                said.append(gateway(running, *command))
            unreachable = f"postgresql://gateway:{DATABASE}@127.0.0.1:9/gateway"
            said.append(gateway(running, "journal", "balance", status=75, GATEWAY__DATABASE__URL=unreachable))
            said.append(
                gateway(
                    running,
                    "journal",
                    "balance",
                    status=75,
                    GATEWAY__DATABASE__URL="postgresql://gateway@127.0.0.1:9/gateway",
                    GATEWAY__DATABASE__PASSWORD=DATABASE,
                )
            )
            said.append(gateway(running, "check", status=2, GATEWAY__OUTBOUND__TLS="no such"))
        finally:
            running.stop(30)
        said += [running.out, running.err]
    plain = base64.b64encode(f"\0gateway\0{SMARTHOST}".encode()).decode()
    secrets = {
        "the smarthost's password": SMARTHOST,
        "the same as AUTH sends it": plain,
        "the provider's secret": CLIENT,
        "the database's password": DATABASE,
        "an agent's password": PASSWORD,
        "a wrong password": WRONG,
        "a one-time password": one_time[0],
        "an API key": key[0],
        "a session": session,
        **{f"signing key {number}": secret for number, secret in enumerate(keys)},
    }
    assert len(keys[0]) >= 64
    told = {name: [text[:300] for text in said if secret in text] for name, secret in secrets.items()}
    assert {name: where for name, where in told.items() if where} == {}
    stored = b"".join(path.read_bytes() for path in running.data_dir.glob("gateway.db*"))
    assert [name for name, secret in secrets.items() if secret.encode() in stored] == [], "in the database"
    assert any("535" in text for text in said), "what went wrong is told all the same"
