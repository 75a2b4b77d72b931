"""SPF (RFC 7208) by pyspf, which never asks DNS itself: it is started over each time an answer was missing.

Look-ups are limited by RFC 7208 section 4.6.4 (10 that a record causes, 2 that find nothing); explanations are not fetched.
"""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import spf

from gateway.mail.address import domain_key
from gateway.trust.names import is_host_name
from gateway.trust.resolver import Answer, Resolver, Status

MOST_LOOKUPS = 130  # 10 mechanisms with 10 hosts each, and the names of their own
LONGEST_RECORD = 4096  # octets of all records of one name
_KINDS = frozenset({"A", "AAAA", "MX", "PTR", "TXT"})
_NAMED = re.compile(rb"(?i)(?:^|\s)[+~?-]?(?:include:|redirect=)([a-z0-9._-]{1,253})(?=\s|$)")

Asked = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SpfResult:
    """``result`` in RFC 7208's words; ``domain`` is whose record was asked, "" where there was nothing to ask."""

    result: str  # none, neutral, pass, fail, softfail, temperror, permerror
    domain: str = ""
    reason: str = ""


async def check_spf(resolver: Resolver, *, peer: str, reverse_path: str, helo: str) -> SpfResult:
    """May ``peer`` (an IP address) send for the reverse-path's domain? For the null reverse-path: for the EHLO name. Never raises."""
    local, _, domain = reverse_path.rpartition("@") if reverse_path else ("postmaster", "", helo)
    domain = domain_key(domain)
    if not peer:
        return SpfResult("none", domain, "the mail came without a network")
    if not is_host_name(domain):
        return SpfResult("none", "", "the envelope names no domain")
    known: dict[Asked, Answer] = {}
    try:
        while True:
            try:
                result, _, why = _Query(known, peer, f"{local or 'postmaster'}@{domain}", domain_key(helo)).check()
            except _Missing as missing:
                if len(known) >= MOST_LOOKUPS:
                    return SpfResult("permerror", domain, "the record needs too many look-ups")
                await _fetch(resolver, missing.asked, known, "AAAA" if ":" in peer else "A")
            else:
                return SpfResult(str(result), domain, str(why)[:200])
    except Exception as error:  # pyspf trips over odd records in ways of its own
        return SpfResult("permerror", domain, f"the record cannot be evaluated ({type(error).__name__})")


async def _fetch(resolver: Resolver, asked: Asked, known: dict[Asked, Answer], addresses: str) -> None:
    """Ask for one name, and at once for those that its answer is going to need."""
    known[asked] = answer = await resolver.lookup(*asked)
    wanted: Iterable[Asked] = ()
    if asked[1] == "MX":
        wanted = ((host.lower(), addresses) for _, host in answer.values[:10])
    elif asked[1] == "TXT":
        records = [text for text in answer.values if text[:6].lower() == b"v=spf1"]
        names = [name for text in records for name in _NAMED.findall(text[:LONGEST_RECORD])]
        wanted = ((name.decode("ascii").lower().rstrip("."), "TXT") for name in names[:10])
    await asyncio.gather(*(resolver.lookup(*one) for one in set(wanted) - known.keys()))


class _Missing(Exception):
    """An answer that pyspf needs and that is not at hand."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self.asked = asked


class _Query(spf.query):  # type: ignore[misc]
    """pyspf with the answers at hand as its only DNS."""

    def __init__(self, known: dict[Asked, Answer], peer: str, sender: str, helo: str) -> None:
        super().__init__(i=peer, s=sender, h=helo)
        self._known = known

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:  # noqa: ARG002
        name = str(name).rstrip(".").lower()
        if qtype not in _KINDS or not name or len(name) > 253 or not all(0 < len(it) < 64 for it in name.split(".")):
            return []
        answer = self._known.get((name, qtype))
        if answer is None:
            raise _Missing((name, qtype))
        if answer.status is Status.FAILED:
            raise spf.TempError(f"DNS has no answer for {name}")
        if answer.status is not Status.FOUND:
            self._count_void(ignore_void)
            return []
        if qtype == "TXT":
            if sum(map(len, answer.values)) > LONGEST_RECORD and any(
                it[:6].lower() == b"v=spf1" for it in answer.values
            ):
                raise spf.PermError(f"the records of {name} are too long")
            return [(text,) for text in answer.values]
        return list(answer.values)

    def _count_void(self, ignored: bool) -> None:
        if not ignored:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError(f"more than {spf.MAX_VOID_LOOKUPS} look-ups found nothing")

    def get_explanation(self, spec: str) -> None:
        """A stranger's text about a refusal is of no use here, and would cost a look-up."""
