"""Authentication-Results (RFC 8601): what a forwarder of ours says it found. A name in a field proves nothing; its place does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import authres

from gateway.mail.address import domain_key

LONGEST_FIELD = 4096


@dataclass(frozen=True, slots=True)
class Claim:
    """One method that passed, and for which domain."""

    method: str  # dmarc, dkim
    domain: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A field's author, and all that it says has passed."""

    authserv_id: str
    claims: tuple[Claim, ...]


def topmost_of(fields: Sequence[tuple[bytes, bytes]], ids: Iterable[str], *, received: int) -> Stated | None:
    """The topmost field of one of those authserv-ids that stands above the last Received which the forwarder itself wrote.

    ``fields``: name and value, from the top, as the forwarder handed them over. ``received``: how many Received fields its own
    servers write. Whatever stands below them was there before the forwarder saw the mail, so anybody may have written it.
    """
    wanted = {it.lower() for it in ids}
    seen = 0
    for name, value in fields:
        key = name.strip().lower()
        if key == b"received":
            seen += 1
            if seen >= received:
                return None
        elif key == b"authentication-results":
            stated = read_results(value.decode("utf-8", "replace"))
            if stated is not None and stated.authserv_id in wanted:
                return stated
    return None


def read_results(value: str) -> Stated | None:
    """A field's value; None where it is none that can be read (or is longer than 4 KB)."""
    if len(value) > LONGEST_FIELD:
        return None
    try:
        parsed = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {' '.join(value.split())}")
        claims = tuple(_claims(parsed.results))
    except (Exception, RecursionError):  # authres recurses into nested comments
        return None
    return Stated(str(parsed.authserv_id).lower(), claims)


def _claims(results: Iterable[object]) -> Iterable[Claim]:
    for it in results:
        method, result = str(getattr(it, "method", "")), str(getattr(it, "result", ""))
        if result.lower() != "pass" or method.lower() not in ("dmarc", "dkim"):
            continue
        said = {
            (str(part.type).lower(), str(part.name).lower()): str(part.value) for part in getattr(it, "properties", ())
        }
        if method.lower() == "dmarc":
            domain = said.get(("header", "from"), "")
        else:
            domain = said.get(("header", "d")) or said.get(("header", "i"), "")
        domain = domain_key(domain.rpartition("@")[2])
        if domain:
            yield Claim(method.lower(), domain)
