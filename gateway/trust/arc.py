"""ARC chains (RFC 8617). A valid seal says nothing about who sealed: only sealers that the admin named are listened to."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import dkim as dkimpy
from dkim.util import get_default_logger, parse_tag_value

from gateway.mail.address import domain_key
from gateway.trust.canonical import relaxed_body
from gateway.trust.dkim import LONGEST_FIELD, MOST_NAMES, KeyFault, key_record
from gateway.trust.resolver import Answer, Status

MOST_SETS = 10
_FIELDS = (b"arc-seal", b"arc-message-signature", b"arc-authentication-results")
_INSTANCE = re.compile(rb"\A\s*i\s*=\s*\d+\s*;")
_LONG_BLANKS = re.compile(rb"\s{80}")


@dataclass(frozen=True, slots=True)
class ArcSet:
    instance: int
    sealer: str  # d= of the seal
    results: str  # ARC-Authentication-Results without its i=


@dataclass(frozen=True, slots=True)
class ArcResult:
    """``sets`` newest first; only those of a chain that holds."""

    result: str  # none, pass, fail, temperror
    sets: tuple[ArcSet, ...] = ()
    reason: str = ""


class ArcChain:
    """The chain of one mail. ``key_names``: what DNS must be asked before ``verify``."""

    def __init__(self, raw: bytes) -> None:
        self.key_names: tuple[str, ...] = ()
        self.fault: str | None = None
        try:
            self._verifier = _Verifier(raw, logger=get_default_logger())
        except Exception:
            self.fault = "the header is malformed"
            return
        fields = [(name.lower(), value) for name, value in self._verifier.headers if name.lower() in _FIELDS]
        self.present = bool(fields)
        if len(fields) > 3 * MOST_SETS:
            self.fault = f"the chain has more than {MOST_SETS} sets"
        elif any(len(value) > LONGEST_FIELD or _LONG_BLANKS.search(value) for _, value in fields):
            self.fault = "the chain is malformed"
        else:
            self.key_names = tuple(dict.fromkeys(_key_names(fields)))

    def verify(self, keys: Mapping[str, Answer]) -> ArcResult:
        """Blocking: takes time in proportion to the body. Never raises."""
        if self.fault is not None:
            return ArcResult("fail", reason=self.fault)
        if not self.present:
            return ArcResult("none")
        self._verifier.keys = keys
        self._verifier.body = relaxed_body(self._verifier.body)
        try:
            verdict, found, why = self._verifier.verify()
            if verdict == dkimpy.CV_Pass and not self._verifier.newest_signs_from(len(found)):
                return ArcResult("fail", reason="the newest set does not sign From")
            sets = tuple(
                ArcSet(it["instance"], domain_key(it["as-domain"].decode("ascii")), _results_of(it["aar-value"]))
                for it in found
            )
        except Exception as error:  # dkimpy trips over odd fields in ways of its own
            return ArcResult("fail", reason=f"the chain cannot be evaluated ({type(error).__name__})")
        if verdict == dkimpy.CV_Pass:
            return ArcResult("pass", sets)
        failed = any(answer.status is Status.FAILED for answer in keys.values())
        return ArcResult("temperror" if failed else "fail", reason=str(why)[:200])


def oldest_trusted(chain: ArcResult, sealers: Iterable[str]) -> ArcSet | None:
    """The oldest set that an unbroken row of named sealers, from the newest on, vouches for; None where the newest is not named."""
    named = frozenset(sealers)
    oldest = None
    for it in chain.sets if chain.result == "pass" else ():
        if it.sealer not in named:
            break
        oldest = it
    return oldest


def _results_of(value: bytes) -> str:
    return _INSTANCE.sub(b"", value).decode("utf-8", "replace").strip()


def _key_names(fields: Iterable[tuple[bytes, bytes]]) -> Iterable[str]:
    for name, value in fields:
        if name == b"arc-authentication-results":
            continue
        with suppress(Exception):  # the chain fails later, with its reason
            yield _key_name(parse_tag_value(value))


def _key_name(tags: Mapping[bytes, bytes]) -> str:
    return f"{tags[b's'].decode('ascii').lower()}._domainkey.{domain_key(tags[b'd'].decode('ascii'))}"


class _Verifier(dkimpy.ARC):  # type: ignore[misc]
    """dkimpy's chain walk with keys that were asked for before, and our rules for keys."""

    keys: Mapping[str, Answer] = {}

    def newest_signs_from(self, instance: int) -> bool:
        for name, value in self.headers:
            if name.lower() != b"arc-message-signature":
                continue
            tags = parse_tag_value(value)
            if tags.get(b"i") == b"%d" % instance:
                return b"from" in {it.strip().lower() for it in tags[b"h"].split(b":")}
        return False

    def verify_sig(
        self,
        sig: dict[bytes, bytes],
        include_headers: list[bytes],
        sig_header: tuple[bytes, bytes],
        dnsfunc: Callable[..., Any] | None,
    ) -> bool:
        key = key_record(self.keys.get(_key_name(sig), Answer(Status.FAILED)))
        if isinstance(key, KeyFault) or key.kind != "rsa" or b"l" in sig or len(include_headers) > MOST_NAMES:
            return False
        self.pk, self.keysize, self.ktag, self.seqtlsrpt = key.public, key.bits, b"rsa", False
        return bool(self.verify_sig_process(sig, include_headers, sig_header, dnsfunc))
