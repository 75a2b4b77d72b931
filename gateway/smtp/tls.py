"""The server's side of STARTTLS: opportunistic, TLS 1.2 or newer (RFC 8996, 9325)."""

import logging
import ssl

from gateway.config.model import Tls

log = logging.getLogger("gateway.smtp")


def server_context(tls: Tls) -> ssl.SSLContext:
    """OSError or ssl.SSLError where the files cannot be read or do not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.load_cert_chain(tls.certificate, tls.key)
    return context


class Certificates:
    """The context in force. Renewed files are noticed; broken ones leave the last good certificate at work."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        self._seen: object = None

    def context(self, tls: Tls | None) -> ssl.SSLContext | None:
        """None: STARTTLS is not offered. Costs two ``stat`` calls while nothing changed."""
        if tls is None:
            self._context, self._seen = None, None
            return None
        try:
            files = (tls.certificate, tls.key)
            seen = (
                *files,
                *((stat.st_mtime_ns, stat.st_ino, stat.st_size) for stat in (file.stat() for file in files)),
            )
            if seen != self._seen:
                self._seen = seen
                self._context = server_context(tls)
        except OSError as error:  # ssl.SSLError is one
            log.warning("certificate not usable: %s", type(error).__name__, extra={"file": str(tls.certificate)})
        return self._context
