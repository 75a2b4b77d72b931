"""Hand mails over to a gateway by SMTP, one connection for all."""

import contextlib
import re
import smtplib
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gateway.demo.build import Built

SECONDS = 30.0  # for the greeting and for each reply
_ACCEPTED = re.compile(r"Accepted as (\S+)")


class NobodyListens(Exception):
    """Nothing answers at the target, or it does not speak SMTP. The text says what happened."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What the gateway said to one mail: the receipt of its 250, or why it did not take the mail."""

    built: Built
    receipt: str | None
    error: str | None = None


class Courier:
    """A connection to the gateway, opened when first needed and opened again when it was lost."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._client: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """NobodyListens where there is no gateway."""
        self._connected()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.quit()

    def hand_over(self, built: Built) -> HandedOver:
        """Never raises for one mail's sake; NobodyListens where the gateway went away."""
        client = self._connected()
        try:
            options = [] if built.raw.isascii() else ["BODY=8BITMIME"]
            _expect(client.mail(built.reverse_path, options))
            for path in built.forward_paths:
                _expect(client.rcpt(path))
            reply = _expect(client.data(built.raw))
        except smtplib.SMTPResponseException as error:
            self._recover(client, error.smtp_code)
            return HandedOver(built, None, f"{error.smtp_code} {_text(error.smtp_error)}")
        except OSError as error:  # also smtplib's own, which are OSErrors
            self._client = None
            return HandedOver(built, None, f"the connection was lost: {error}")
        found = _ACCEPTED.search(reply)
        return HandedOver(built, found[1] if found else reply)

    def _recover(self, client: smtplib.SMTP, code: int) -> None:
        """Make the connection ready for the next mail, or forget it: 421 is the gateway's goodbye (RFC 5321 section 3.8)."""
        if code == 421:
            client.close()
            self._client = None
            return
        with contextlib.suppress(OSError):
            client.rset()

    def _connected(self) -> smtplib.SMTP:
        if self._client is None:
            client = smtplib.SMTP(timeout=SECONDS)
            try:
                code, greeting = client.connect(*self._target)
                if code != 220:
                    raise NobodyListens(f"it answers {code} {_text(greeting)}")
                client.ehlo("demo.example")
            except OSError as error:
                client.close()
                raise NobodyListens(str(error)) from error
            self._client = client
        return self._client


def _expect(reply: tuple[int, bytes]) -> str:
    """The text of a good reply; SMTPResponseException for any other."""
    code, text = reply
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, text)
    return _text(text)


def _text(reply: bytes | str) -> str:
    return reply if isinstance(reply, str) else reply.decode("utf-8", "replace")
