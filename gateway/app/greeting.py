"""What a person reads when the gateway is up: where it listens, how to get in, and how to send the first mail."""

import shlex
from collections.abc import Sequence

from gateway import __version__
from gateway.app.sockets import Listener
from gateway.config.model import Configuration
from gateway.config.section import Endpoint

_KINDS = {
    "smtp": "mail in (SMTP)",
    "lmtp": "mail in (LMTP)",
    "proxy": "mail in, proxy",
    "submission": "submission",
    "submissions": "submission TLS",
    "web": "web view",
}


def greeting(
    configuration: Configuration,
    listeners: Sequence[Listener],
    *,
    roles: Sequence[str],
    one_time_password: str | None,
    show_first_steps: bool,
) -> str:
    """The text. ``one_time_password``: of the first admin who was made just now; it is shown this once and stored nowhere."""
    rows = [(_KINDS[it.kind], _web_url(configuration, it.shown) if it.kind == "web" else it.shown) for it in listeners]
    out = configuration.outbound.smarthost or "held in the outbox, until `outbound.smarthost` is set"
    rows += [("mail out", out), ("data", str(configuration.data_dir.absolute())), ("processes", ", ".join(roles))]
    parts = [f"support-gateway {__version__} is up", _table(rows)]
    if one_time_password is not None:
        parts.append(
            _table(
                [
                    ("first admin", configuration.admin),
                    ("password", f"{one_time_password}  (for the first login; shown once)"),
                ]
            )
        )
    smtp = next((it for it in listeners if it.kind == "smtp"), None)
    if show_first_steps and smtp is not None and not smtp.shown.startswith("unix:"):
        parts.append(_first_mail(Endpoint.parse(smtp.shown), configuration.brands[0].addresses[0]))
    if not configuration.limits.enabled:
        parts.append(
            "WARNING: limits.enabled is false. Rates, counts and budgets are off: never let the world in like this."
        )
    return "\n\n".join(parts) + "\n"


def _first_mail(door: Endpoint, support: str) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(door.host, door.host)  # noqa: S104 - a comparison
    server = f"[{host}]:{door.port}" if ":" in host else f"{host}:{door.port}"
    author = "customer@example.net"
    swaks = ["swaks", "--server", server, "--from", author, "--to", support]
    swaks += ["--header", "Subject: Hello", "--body", "I need help."]
    text = f"From: {author}\\nTo: {support}\\nSubject: Hello\\n\\nI need help.\\n"
    program = f'import smtplib; smtplib.SMTP("{host}", {door.port}).sendmail("{author}", ["{support}"], "{text}")'
    return f"Send the first mail:\n  {shlex.join(swaks)}\nor\n  python3 -c {shlex.quote(program)}"


def _web_url(configuration: Configuration, shown: str) -> str:
    return configuration.web.base_url or f"http://{shown}/"


def _table(rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"  {name:<16}{value}" for name, value in rows)
