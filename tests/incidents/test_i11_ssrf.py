"""I-11, requests that a mail makes the server send: whatever a mail names, nothing is fetched, read or started because of it."""

import re
import smtplib
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.store.agents import create_agent
from gateway.store.database import Database
from gateway.store.sessions import start_session
from tests.support.gateways import Gateway, wait_for
from tests.support.need import need
from tests.support.smarthost import Smarthost
from tests.support.web import Browser

pytestmark = pytest.mark.real

ADDRESSES = (
    "http://127.0.0.1:1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]:1/",
    "http://[::ffff:7f00:1]/",
    "http://localhost.:1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.0.2.77/",
    "https://evil.example/",
    "//evil.example/",
    "ftp://192.0.2.77/x",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ldap://192.0.2.77/",
    "file:///etc/hostname",
    "php://filter/resource=/etc/hostname",
    "jar:http://192.0.2.77!/",
    "dict://127.0.0.1:11211/",
    "\\\\192.0.2.77\\share",
)  # fmt: skip


def hostile(number: int, address: str) -> bytes:
    """A mail that names an address in every place where a program has once followed one."""
    fields = {
        "Content-Location": address,
        "Content-Base": address,
        "List-Unsubscribe": f"<{address}>",
        "X-Face-URL": address,
        "X-Image-URL": address,
        "Disposition-Notification-To": f"<{address}>",
        "Return-Receipt-To": address,
        "Archived-At": f"<{address}>",
        "OpenPGP": f"url={address}",
        "Autocrypt": f"addr=x@y.test; keydata={address}",
        "BIMI-Location": f"l={address}",
    }
    html = (
        f"<img src='{address}'><link rel=stylesheet href='{address}'><iframe src='{address}'></iframe><base href='{address}'>"
        f"<object data='{address}'></object><a href='{address}'>x</a><style>@import '{address}'</style>"
    )
    nothing = "Content-Type: text/plain\r\n\r\n\r\n"
    parts = {
        "text/html": html,
        f'message/external-body; access-type=URL; URL="{address}"': nothing,
        'message/external-body; access-type=local-file; name="/etc/hostname"': nothing,
        "text/calendar": f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH:{address}\r\nURL:{address}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "image/svg+xml": f"<svg><image href='{address}'/></svg>",
        "text/xml": f"<!DOCTYPE x [<!ENTITY e SYSTEM '{address}'>]><x>&e;</x>",
        "application/pdf; name=x.pdf": f"%PDF-1.7 /URI ({address})",
    }
    head = {
        "From": f"customer{number}@example.net",
        "To": "support@example.com",
        "Subject": address,
        "Message-ID": f"<ssrf-{number}@example.net>",
        "MIME-Version": "1.0",
        "Content-Type": "multipart/mixed; boundary=b",
    }
    lines = [f"{name}: {value}" for name, value in {**fields, **head}.items()]
    bodies = [f"--b\r\nContent-Type: {kind}\r\n\r\n{content}\r\n" for kind, content in parts.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + "".join(bodies) + "--b--\r\n").encode()


def session(data_dir: Path) -> str:
    database = Database(f"sqlite:///{data_dir / 'gateway.db'}")
    now = datetime.now(UTC)
    with database.write() as connection:
        agent = create_agent(connection, address="lee@example.com", name="", role="admin", language="en", now=now)
        start_session(connection, agent.id, token="t" * 43, csrf="c" * 32, now=now, peer="", user_agent="")
    database.dispose()
    return "t" * 43


@pytest.mark.timeout(240)
def test_no_connection_but_to_the_smarthost(tmp_path: Path) -> None:
    """Every process of a whole gateway, watched by the system, while such mails are taken, read, shown, exported and answered."""
    calls = tmp_path / "calls.txt"
    watch = (str(need("strace")), "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,execve", "-o", str(calls))
    with Smarthost() as sink:
        running = Gateway(
            tmp_path / "gateway",
            command=(*watch, sys.executable, "-m", "gateway"),
            environ={
                "GATEWAY__OUTBOUND__SMARTHOST": sink.address,
                "GATEWAY__OUTBOUND__TLS": "none",
                "GATEWAY__LIMITS__ENABLED": "false",
            },
        )
        try:
            running.up()
            begun = len(calls.read_text().splitlines())
            receipts = [take(running, hostile(number, address)) for number, address in enumerate(ADDRESSES)]
            for receipt in receipts:
                assert running.fate(receipt) in ("opened", "quarantined"), receipt
            browser = Browser(int(running.web_url.rpartition(":")[2]), cookies={"gateway": session(running.data_dir)})
            for number in range(1, len(ADDRESSES) + 1):
                assert browser.get(f"/tickets/{number}").status == 200
                for part in (
                    "html",
                    "raw",
                    "raw?download=1",
                    "trace",
                    "attachments/2",
                    "attachments/5",
                    "attachments/7",
                ):
                    assert browser.get(f"/messages/{number}/{part}").status in (200, 404), part
            answer = browser.post(
                "/tickets/1/reply", {"csrf": "c" * 32, "text": ADDRESSES[0], "newest": newest(browser)}
            )
            assert answer.status == 303, answer.text
            wait_for(lambda: sink.count > 0, 60, "nothing was sent: the watch saw no way out")
            seen = calls.read_text().splitlines()[begun:]
        finally:
            running.kill()
    smarthost = sink.address.rpartition(":")[2]
    outward = [line for line in seen if "connect(" in line and "AF_UNIX" not in line]
    assert [line for line in outward if f"htons({smarthost})" not in line or "127.0.0.1" not in line] == []
    assert outward, "the watch sees connections: those to the smarthost"
    assert [line for line in seen if "execve(" in line] == [], "and no program was started"


def newest(browser: Browser) -> str:
    found = re.search(r'name="newest" value="(\d+)"', browser.get("/tickets/1").text)
    assert found is not None
    return found[1]


def take(running: Gateway, raw: bytes) -> str:
    with closing(smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=30)) as client:
        client.ehlo("client.example.net")
        client.mail("customer@example.net")
        client.rcpt("support@example.com")
        code, reply = client.data(raw)
    assert code == 250, reply
    return reply.decode().rpartition(" ")[2]
