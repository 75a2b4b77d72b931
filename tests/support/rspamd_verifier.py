"""Debian's rspamd as a second opinion about senders: SPF, DKIM, DMARC and ARC alone, on a Unix socket, with a test's own DNS."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.support.need import need
from tests.support.waiting import wait_until

_CONFIGURATION = """\
options {{
  pidfile = "{folder}/rspamd.pid"; tempdir = "{folder}"; disable_hyperscan = true; filters = "dkim";
  url_tld = "/usr/share/rspamd/effective_tld_names.dat"; local_addrs = ["127.0.0.2/32"];
  dns {{ nameserver = "127.0.0.1:{port}"; timeout = 5s; retransmits = 3; }}
}}
modules {{
  path = "/usr/share/rspamd/plugins/spf.lua"; path = "/usr/share/rspamd/plugins/dmarc.lua"; path = "/usr/share/rspamd/plugins/arc.lua";
}}
spf {{ }} dkim {{ }} dmarc {{ }} arc {{ }}
actions {{ reject = 1000; }}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; level = "warning"; }}
worker "normal" {{ bind_socket = "{folder}/rspamd.sock mode=0666"; count = 1; enabled = true; }}
"""


@dataclass(frozen=True)
class Verifier:
    path: Path

    def is_ready(self) -> bool:
        """Whether the worker answers; its socket is there long before."""
        try:
            connection = self._connected(2)
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def symbols(self, raw: bytes, *, peer: str, reverse_path: str, helo: str) -> frozenset[str]:
        """What rspamd calls the mail, such as R_DKIM_ALLOW."""
        connection = self._connected(30)
        envelope = {"IP": peer, "Helo": helo, "From": reverse_path, "Rcpt": "support@example.com"}
        connection.request("POST", "/checkv2", raw, envelope)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return frozenset(answer["symbols"])

    def _connected(self, seconds: float) -> HTTPConnection:
        connection = HTTPConnection("localhost", timeout=seconds)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(seconds)
        connection.sock.connect(str(self.path))
        return connection


@contextmanager
def rspamd_verifier(folder: Path, dns_port: int) -> Iterator[Verifier]:
    program = need("rspamd")
    folder.chmod(0o777)  # where root starts it, it goes on as somebody else
    (folder / "rspamd.conf").write_text(_CONFIGURATION.format(folder=folder, port=dns_port))
    places = [f"--var={name}={folder}" for name in ("LOCAL_CONFDIR", "RUNDIR", "DBDIR", "LOGDIR")]
    command = (str(program), "-f", "-i", "-c", str(folder / "rspamd.conf"), *places)
    verifier = Verifier(folder / "rspamd.sock")
    with (folder / "out").open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as running:
        try:
            wait_until(verifier.is_ready, timeout=60, pause=0.1)
            yield verifier
        finally:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
