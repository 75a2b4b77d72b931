"""What sender authentication costs a mail: every domain new to the cache, and all of them known."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from gateway.mail.read import read
from gateway.threading.model import Trust
from gateway.trust.authenticator import DEADLINE_SECONDS, Authenticator
from gateway.trust.examine import Mail
from tests.support.dns_server import DnsServer
from tests.support.signed_mail import publish, rsa_key, sign

BATCH = 32
DOMAINS = 200
BITS = 2048
PEER = "192.0.2.10"


def _serve(domains: int, pipe: Connection) -> None:
    """A DNS server in a process of its own, so that its cost is not counted as ours."""
    with DnsServer() as dns:
        for number in range(domains):
            domain = f"d{number}.test"
            publish(dns, domain, bits=BITS)
            dns.txt(domain, f"v=spf1 include:spf.{domain} -all")
            dns.txt(f"spf.{domain}", f"v=spf1 ip4:{PEER} -all")
            dns.txt(f"_dmarc.{domain}", "v=DMARC1; p=none")
        pipe.send(dns.port)
        pipe.recv()


@contextmanager
def published(domains: int) -> Iterator[int]:
    context = multiprocessing.get_context("fork")  # the child signs for the same keys
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(domains, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join(10)


def _mail(number: int, *, signed: bool) -> Mail:
    domain = f"d{number}.test"
    raw = (
        f"From: A <a@{domain}>\r\nTo: support@example.com\r\nSubject: Question {number}\r\n"
        f"Message-ID: <{number}@{domain}>\r\n\r\n".encode()
        + b"I need help with my order.\r\n" * 70
    )
    if signed:
        raw = sign(raw, domain, bits=BITS, headers=(b"from", b"to", b"subject", b"message-id"))
    message = read(raw)
    assert message.author is not None
    return Mail(
        f"r{number}",
        raw,
        message.author.address,
        message.message_id,
        None,
        datetime.now(UTC),
        PEER,
        domain,
        f"a@{domain}",
    )


def measure_trust(mails: int) -> list[dict[str, Any]]:
    """Milliseconds a mail, one process: wall time and CPU, with a batch of 32 looked up side by side."""
    rsa_key(BITS)
    found = []
    for signed, wanted, what in ((True, Trust.STRONG, "DKIM (RSA 2048)"), (False, Trust.WEAK, "SPF and DMARC")):
        given = [_mail(number, signed=signed) for number in range(mails)]
        with published(mails) as port:
            authenticator = Authenticator()
            figures = {}
            for cache in ("cold", "warm"):
                wall, cpu = time.perf_counter(), time.process_time()
                for start in range(0, mails, BATCH):
                    verdicts = authenticator.verdicts(
                        given[start : start + BATCH],
                        servers=(("127.0.0.1", port),),
                        forwarders=(),
                        patience=2 * DEADLINE_SECONDS,
                    )
                    if any(verdict is None or verdict.level is not wanted for verdict in verdicts):
                        raise SystemExit(f"not {wanted.name.lower()}: {verdicts}")
                figures[f"{cache}_ms"] = (time.perf_counter() - wall) / mails * 1000
                figures[f"{cache}_cpu_ms"] = (time.process_time() - cpu) / mails * 1000
            authenticator.close()
        target = 3.0
        found.append(
            {
                "what": f"authentication of a 2 KB mail by {what}, DNS on loopback",
                **figures,
                "target": f"warm <= {target:.0f} ms of CPU",
                "met": figures["warm_cpu_ms"] <= target,
            }
        )
    return found
