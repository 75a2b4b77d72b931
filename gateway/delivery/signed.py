"""A mail of ours as it goes out: with a DKIM signature where its brand has a key, else as it is."""

from datetime import datetime

from gateway.config.model import DkimKey


def signed(raw: bytes, key: DkimKey | None, now: datetime) -> bytes:
    """The mail to store and send. Raises ``gateway.delivery.sign.SigningKeyError`` where the key cannot be used."""
    if key is None:
        return raw
    from gateway.delivery.sign import sign  # its libraries take 10 MB, which a gateway without keys need not have

    return sign(raw, key, now)
