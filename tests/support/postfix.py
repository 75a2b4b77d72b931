"""A private Debian Postfix: own configuration, queue and data in a folder of its own, on a loopback port, as a company's mail server.

It knows one company address and forwards it to the gateway, by SMTP (a virtual alias) or by LMTP (a transport). Nothing of it leaves
the machine, and the system's own mail server is not touched. Root is needed: Postfix gives its parts different users.
"""

import json
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.support.gateways import wait_for
from tests.support.need import need, need_root

COMPANY_ADDRESS = "help@company.test"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log/mail.log
maillog_file_prefixes = {home}/log
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.company.test
mydestination =
local_transport = error:there are no mailboxes here
local_recipient_maps =
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
virtual_alias_domains = company.test
virtual_alias_maps = inline:{{ {{ {company} = {target} }} }}
transport_maps = inline:{{ {{ {domain} = {transport} }} }}
smtp_dns_support_level = disabled
smtp_host_lookup = native
message_size_limit = 0
mailbox_size_limit = 0
header_size_limit = 1024000
local_header_rewrite_clients =
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
bounce_queue_lifetime = 1h
notify_classes =
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       1       1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
lmtp      unix  -       -       n       -       -       lmtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""


class Postfix:
    """A running instance. ``transport`` is Postfix's: ``smtp:[127.0.0.1]:2525`` or ``lmtp:[127.0.0.1]:2424``."""

    def __init__(self, home: Path, transport: str, *, target: str = "support@example.com") -> None:
        self.home = home
        self.port = free_port()
        for folder in ("etc", "queue", "data", "log"):
            (home / folder).mkdir()
        shutil.chown(home / "data", "postfix")
        values = {
            "home": home,
            "company": COMPANY_ADDRESS,
            "target": target,
            "domain": target.rpartition("@")[2],
            "transport": transport,
        }
        (home / "etc" / "main.cf").write_text(_MAIN.format(**values))
        (home / "etc" / "master.cf").write_text(_MASTER.format(port=self.port))

    def _run(self, program: str, *arguments: str) -> str:
        command = [str(need(program, package="postfix")), "-c", str(self.home / "etc"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        self._run("postfix", "start")
        wait_for(self._answers, why="Postfix does not answer")

    def stop(self) -> None:
        self._run("postfix", "abort")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False

    def send(self, mails: Sequence[tuple[str, bytes]]) -> list[str | None]:
        """Mail in for the company's address, as ``(reverse-path, octets)``; for each None, or the refusal."""
        refusals: list[str | None] = []
        with closing(smtplib.SMTP("127.0.0.1", self.port, timeout=60)) as client:
            client.ehlo("client.example.net")
            for reverse_path, octets in mails:
                client.mail(reverse_path, ["BODY=8BITMIME"])
                client.rcpt(COMPANY_ADDRESS)
                code, reply = client.data(octets)
                refusals.append(None if code == 250 else f"{code} {reply.decode('utf-8', 'replace')}")
                if code != 250:
                    client.rset()
        return refusals

    def queue(self) -> list[dict[str, Any]]:
        """What waits, as ``postqueue -j`` tells it."""
        return [json.loads(line) for line in self._run("postqueue", "-j").splitlines()]

    @property
    def log(self) -> str:
        path = self.home / "log" / "mail.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def deliveries(self, status: str) -> list[str]:
        """The log lines of deliveries that ended so: ``sent``, ``deferred`` or ``bounced``."""
        return re.findall(rf"^.* status={status} .*$", self.log, re.MULTILINE)


@contextmanager
def postfix(transport: str, *, target: str = "support@example.com") -> Iterator[Postfix]:
    """Start one, stop it, and remove everything of it. Skipped (or failed, under CI) where there is no Postfix or no root."""
    need("postfix")
    need_root("Postfix")
    # Not below pytest's folder: Postfix's own user must be able to enter.
    home = Path(tempfile.mkdtemp(prefix="gateway-postfix-"))
    home.chmod(0o755)
    try:
        instance = Postfix(home, transport, target=target)
        try:
            instance.start()
            yield instance
        finally:
            instance.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
