"""SMTP in to ticket, rules and rendered acknowledgement in the outbox, all committed: bare, and with everything on.

The clock starts with the first connection (mails are made and signed before) and stops when the last mail has its fate. Load
generator, DNS server and scanner run on the same cores; what each process costs is told beside the rate.
"""

import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.machinery import cpu_seconds, discarding, gateway, load, nothing_refused, roles, wait_settled
from bench.trust import BITS, DOMAINS, published
from tests.support.gateways import REPOSITORY
from tests.support.scanner_programs import running_scanners
from tests.support.signed_mail import rsa_key

Figures = dict[str, Any]

REFERENCE = 1625
"""Mails a second that plain aiosmtpd discarded on the machine for which the targets were set."""

WARM_UP = 100


def measure_journey(folder: Path, mails: int) -> list[Figures]:
    """Unsigned mail of one domain, verification off; then with the starter for shops: rules, promises, fields, surveys, agents found."""
    yardstick = discarded(mails)
    found = []
    shop = REPOSITORY / "config" / "starters" / "shop" / "gateway.yaml"
    for pipelines, config in ((1, None), (2, None), (2, shop)):
        environ = {"GATEWAY__PROCESSES__PIPELINES": str(pipelines)}
        starter = ", the starter for shops" if config is not None else ""
        run = _run(folder / f"journey-{len(found)}", mails, environ, config=config)
        found.append(
            {
                "what": f"SMTP in -> ticket and ack committed, 2 KB, {pipelines} pipeline process(es){starter}",
                **_beside(run, yardstick),
                "target": ">= 0.3 x discarding, and >= 400/s where discarding does 1625/s",
                "met": _is_met(run, yardstick, 400, ratio=0.3),
            }
        )
    return found


def measure_everything(folder: Path, mails: int) -> list[Figures]:
    """DKIM-signed mail of 200 domains, 2 pipelines: verification off, on, on with silent DNS servers; and everything at once.

    "Everything": the starter for shops (rules, promises, fields, surveys), verification, lists, floods and budgets, and rspamd.
    """
    key = folder / "key.pem"
    key.write_bytes(rsa_key(BITS)[0])
    signed: dict[str, float | Path] = {"domains": DOMAINS, "key": key}
    yardstick = discarded(mails, **signed)
    with published(DOMAINS) as port, _silent_server() as silent, _shop(folder) as shop:
        on = {"GATEWAY__PROCESSES__PIPELINES": "2", "GATEWAY__TRUST__VERIFY": "true"}
        dns = {"GATEWAY__TRUST__DNS": f"127.0.0.1:{port}"}
        ways: tuple[tuple[str, dict[str, str], Path | None], ...] = (
            ("verification off", on | {"GATEWAY__TRUST__VERIFY": "false"}, None),
            ("verification on", on | dns, None),
            ("verification on, DNS servers silent", on | {"GATEWAY__TRUST__DNS": silent}, None),
            ("everything on (shop starter, rspamd)", on | dns | {"GATEWAY__LIMITS__ENABLED": "true"}, shop),
        )
        found = []
        for number, (name, environ, config) in enumerate(ways):
            run = _run(folder / f"everything-{number}", mails, environ, config=config, **signed)
            found.append(
                {
                    "what": f"SMTP in -> ticket and ack committed, DKIM-signed (RSA 2048), 2 KB, {name}",
                    **_beside(run, yardstick),
                    "target": ">= 300/s where discarding does 1625/s",
                    "met": _is_met(run, yardstick, 300, ratio=0),
                }
            )
    return found


def _run(
    folder: Path, mails: int, environ: Mapping[str, str], *, config: Path | None = None, **options: float | Path
) -> Figures:
    with gateway(folder, environ=environ, config=config) as running:
        load(running.smtp_port, mails=WARM_UP, sessions=10, **options)  # everything imported, compiled and cached
        wait_settled(running, WARM_UP)
        processes = roles(running)
        before = {role: cpu_seconds(pid) for role, pid in processes.items()}
        ours = load(running.smtp_port, mails=mails, sessions=20, **options)
        nothing_refused([ours])
        seconds = wait_settled(running, mails + WARM_UP) - ours["began"]
        costs = {role: (cpu_seconds(pid) - before[role]) / mails * 1000 for role, pid in processes.items()}
    return {
        "per_second": mails / seconds,
        "accepted_per_second": ours["per_second"],
        "cpu_ms_a_mail": {role: round(cost, 2) for role, cost in costs.items()}
        | {"load generator": round(ours["client_cpu_ms"], 2)},
    }


def discarded(mails: int, **options: float | Path) -> float:
    """Mails a second that plain aiosmtpd throws away, from 20 sessions: what this machine can do."""
    with discarding() as (port, _pid):
        return float(load(port, mails=mails, sessions=20, **options)["per_second"])


def _beside(run: Figures, yardstick: float) -> Figures:
    ratio = run["per_second"] / yardstick
    return {**run, "discarding_per_second": yardstick, "ratio": ratio, "where_discarding_does_1625": ratio * REFERENCE}


def _is_met(run: Figures, yardstick: float, per_second: float, *, ratio: float) -> bool:
    found = run["per_second"] / yardstick
    return found >= ratio and max(run["per_second"], found * REFERENCE) >= per_second


@contextmanager
def _silent_server() -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def _shop(folder: Path) -> Iterator[Path]:
    """The starter for shops with a scanner: its gateway.yaml."""
    copy = folder / "shop"
    shutil.copytree(REPOSITORY / "config" / "starters" / "shop", copy)
    config = copy / "gateway.yaml"
    programs = folder / "scanners"
    programs.mkdir()
    with running_scanners(programs, "rspamd") as found:
        address = found["rspamd"].address
        config.write_text(
            f"{config.read_text()}\nscanners:\n  - name: rspamd\n    kind: rspamd\n    address: {address}\n"
        )
        yield config
