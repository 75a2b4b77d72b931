"""What operators see of a running process: one JSON object a line on standard error, one line an event.

    {"time":"2026-11-22T12:00:00.123Z","level":"info","role":"pipeline","logger":"gateway.pipeline","event":"opened","receipt":"…"}

Whatever a stranger wrote may stand in a value, so control characters and characters that change how a line is shown (such as
U+202E) are escaped, and secrets that we know are blotted out: passwords of the configuration, reply tokens, passwords in URLs.
"""

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from gateway.config.model import Configuration

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
MAX_TEXT = 8000  # characters of one value

_BLOT = "[secret]"
_SECRET_NAMES = frozenset({"password", "secret", "token", "cookie", "authorization", "csrf", "key"})
_TOKEN = re.compile(r"\+[a-z2-7]{40}(?![a-z2-7])", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^/\s:@]{0,64}:)[^/\s@]{1,128}@")
# C0 is escaped by JSON already. These are C1, soft hyphen, zero width, line separators, bidirectional marks, tags, surrogates.
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_USUAL = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}
_QUIET = {
    "mail.log": logging.WARNING,  # aiosmtpd: a line a command
    "mailparser": logging.ERROR,
    "apscheduler": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "uvicorn": logging.WARNING,
    "uvicorn.access": logging.ERROR,
    "charset_normalizer": logging.ERROR,
}


class JsonFormatter(logging.Formatter):
    """One record, one line. Values given as ``extra`` become fields; ``receipt`` stands in front where it is known."""

    def __init__(self, role: str, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._role = role
        # The longest first: a secret may hold another one.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "role": self._role,
            "pid": record.process,
            "logger": record.name,
            "event": self._text(record.getMessage()),
        }
        extra = {name: value for name, value in vars(record).items() if name not in _USUAL}
        if "receipt" in extra:
            line["receipt"] = self._value("receipt", extra.pop("receipt"))
        line |= {name: self._value(name, value) for name, value in extra.items() if name not in line}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = self._text(self.formatException(record.exc_info), keep_end=True)
        return _UNSEEN.sub(_escape, json.dumps(line, ensure_ascii=False, separators=(",", ":")))

    def _value(self, name: str, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if not _SECRET_NAMES.isdisjoint(name.lower().split("_")):
            return _BLOT
        if isinstance(value, Mapping):
            return {str(key): self._value(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(name, item) for item in value]
        return self._text(str(value))

    def _text(self, text: str, *, keep_end: bool = False) -> str:
        if len(text) > MAX_TEXT:
            text = "…" + text[-MAX_TEXT:] if keep_end else text[:MAX_TEXT] + "…"
        for secret in self._secrets:
            text = text.replace(secret, _BLOT)
        return _URL_PASSWORD.sub(rf"\1{_BLOT}@", _TOKEN.sub(f"+{_BLOT}", text))


def _escape(match: re.Match[str]) -> str:
    """As JSON escapes it: characters above U+FFFF as two surrogates."""
    return json.dumps(match[0]).strip('"')


def secrets_of(configuration: Configuration) -> list[str]:
    """Everything in a configuration that must never be shown."""
    oidc = configuration.web.oidc
    hidden = (configuration.outbound.password, configuration.database.password, oidc.client_secret if oidc else None)
    return [secret.get_secret_value() for secret in hidden if secret is not None]


class OneWrite(logging.Handler):
    """Writes each line by one system call, since several processes share the file: no line is ever torn by another."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.write(self._descriptor, self.format(record).encode("utf-8", "backslashreplace") + b"\n")
        except Exception:
            self.handleError(record)  # silent: a full disk under the log must not stop the mail


def start_logging(role: str, configuration: Configuration | None = None, descriptor: int = 2) -> None:
    """Send every log record, warning and uncaught exception of this process to standard error, as JSON.

    May be called again when the configuration was reloaded.
    """
    handler = OneWrite(descriptor)
    handler.setFormatter(JsonFormatter(role, secrets_of(configuration) if configuration else ()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[configuration.logging.level] if configuration else logging.INFO)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("gateway").critical("the process ends by a fault of its own", exc_info=(kind, error, trace))


def _uncaught_in_thread(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_value is None or fault.exc_type is SystemExit:
        return
    where = fault.thread.name if fault.thread else "?"
    trace = (fault.exc_type, fault.exc_value, fault.exc_traceback)
    logging.getLogger("gateway").critical(
        "the thread %s of process %d ended by a fault", where, os.getpid(), exc_info=trace
    )
