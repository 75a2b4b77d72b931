"""What one mail shows about its author: all look-ups of one mail, side by side, under one deadline."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from gateway.mail.address import domain_of
from gateway.trust.arc import ArcChain, oldest_trusted
from gateway.trust.dkim import MOST_SIGNATURES, Signature, SignedMail
from gateway.trust.dmarc import Policy, Walk, aligned, policy_of, walk
from gateway.trust.names import OWN_NETWORKS, is_below, is_host_name, is_within
from gateway.trust.replay import is_old
from gateway.trust.resolver import FAILED, Answer, Resolver
from gateway.trust.results import Claim, Stated, read_results, topmost_of
from gateway.trust.spf import SpfResult, check_spf
from gateway.trust.verdict import Checked, Facts, Vouched

LARGE = 256 * 1024  # octets from which hashing is done in a thread, so that other mails do not wait
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted mail and its envelope."""

    receipt: str
    raw: bytes
    author: str | None  # the address of the one author
    message_id: str | None
    date: datetime | None
    received_at: datetime
    peer: str  # IP address of the client, "" where there was none
    helo: str
    reverse_path: str


@dataclass(frozen=True, slots=True)
class Forwarder:
    """A mail server whose word about a sender is taken: who it is, whose seals and whose results count."""

    name: str
    networks: tuple[str, ...]
    sealers: tuple[str, ...] = ()
    authserv_ids: tuple[str, ...] = ()
    received: int = 1

    def is_peer(self, peer: str) -> bool:
        return is_within(peer, map(ipaddress.ip_network, self.networks))


class Deadline:
    """A resolver whose patience ends at one instant: from then on nobody can tell."""

    def __init__(self, resolver: Resolver, ends: float) -> None:
        """``ends``: by the clock of the running loop."""
        self._resolver = resolver
        self._ends = ends

    async def lookup(self, name: str, kind: str) -> Answer:
        try:
            async with asyncio.timeout_at(self._ends):
                return await self._resolver.lookup(name, kind)
        except TimeoutError:
            return FAILED


async def examine(mail: Mail, resolver: Resolver, forwarders: Sequence[Forwarder]) -> Facts:
    """Everything that the verdict rests on. As soon as a signature proves the author nothing else is waited for."""
    author = domain_of(mail.author) if mail.author is not None else ""
    if not is_host_name(author):
        return Facts(None)
    forwarder = next((it for it in forwarders if it.is_peer(mail.peer)), None)
    inside = not mail.peer or is_within(mail.peer, OWN_NETWORKS)
    facts = Facts(author, forwarder=forwarder.name if forwarder else None, inside=inside)
    signed = await _computed(mail, lambda: SignedMail(mail.raw, mail.received_at))
    chosen, skipped = _chosen(signed.signatures, author)
    async with _ahead() as ahead:
        walking = ahead(walk(resolver, author))
        checking = (
            None
            if forwarder is not None or inside
            else ahead(check_spf(resolver, peer=mail.peer, reverse_path=mail.reverse_path, helo=mail.helo))
        )
        keys = {it.key_name: ahead(_key(resolver, it)) for it in chosen}
        facts = await _signatures(replace(facts, skipped=skipped), mail, signed, chosen, keys, walking, resolver)
        if any(it.result.result == "pass" and it.aligned for it in facts.signatures):
            return facts
        walked = await walking
        policy = await policy_of(resolver, walked)
        facts = replace(facts, policy=policy)
        if checking is not None:
            spf = await checking
            facts = replace(facts, spf=spf, spf_aligned=await _spf_aligned(resolver, spf, walked, policy))
        if forwarder is not None:
            facts = await _forwarded(facts, mail, signed, forwarder, walked, resolver)
    return facts


async def _signatures(
    facts: Facts,
    mail: Mail,
    signed: SignedMail,
    chosen: Iterable[Signature],
    keys: dict[str, asyncio.Task[Answer]],
    walking: asyncio.Task[Walk],
    resolver: Resolver,
) -> Facts:
    """Check signatures until one proves the author."""
    found: list[Checked] = []
    for signature in chosen:
        key = await keys[signature.key_name]
        result = await _computed(mail, lambda it=signature, key=key: signed.verify(it, key))  # type: ignore[misc]
        speaks: bool | None = False
        if result.result in ("pass", "temperror"):
            if signature.domain == facts.author_domain:
                speaks = True
            else:
                walked = await walking
                policy = await policy_of(resolver, walked)
                speaks = await aligned(resolver, signature.domain, walked, strict=policy.strict_dkim)
        found.append(Checked(result, speaks))
        if result.result == "pass" and speaks:
            old = is_old(signature.made, mail.date, mail.received_at)
            return replace(facts, signatures=tuple(found), is_old=old)
    return replace(facts, signatures=tuple(found))


def _chosen(signatures: Sequence[Signature], author: str) -> tuple[list[Signature], int]:
    """The signatures worth checking, those that speak for the author's domain first, and how many are left out."""

    def distance(it: Signature) -> int:
        if it.domain == author:
            return 0
        return 1 if is_below(author, it.domain) or is_below(it.domain, author) else 2

    ordered = sorted(signatures, key=distance)
    return ordered[:MOST_SIGNATURES], max(len(ordered) - MOST_SIGNATURES, 0)


async def _key(resolver: Resolver, signature: Signature) -> Answer:
    if signature.fault is not None:
        return FAILED  # never looked at
    return await resolver.lookup(signature.key_name, "TXT")


async def _spf_aligned(resolver: Resolver, spf: SpfResult, author: Walk, policy: Policy) -> bool | None:
    if spf.result not in ("pass", "fail", "temperror") or not spf.domain:
        return False
    return await aligned(resolver, spf.domain, author, strict=policy.strict_spf)


async def _forwarded(
    facts: Facts, mail: Mail, signed: SignedMail, forwarder: Forwarder, author: Walk, resolver: Resolver
) -> Facts:
    """What the forwarder's seal, else its own field, says about From's domain."""
    vouched: list[Vouched] = []
    notes: list[str] = []
    failed = False
    if forwarder.sealers:
        chain = await _computed(mail, lambda: ArcChain(mail.raw))
        names = chain.key_names
        answers = await asyncio.gather(*(resolver.lookup(name, "TXT") for name in names))
        keys = dict(zip(names, answers, strict=True))
        sealed = await _computed(mail, lambda: chain.verify(keys))
        failed = sealed.result == "temperror"
        trusted = oldest_trusted(sealed, forwarder.sealers)
        if trusted is not None:
            stated = read_results(trusted.results)
            vouched.append(await _vouched(f"ARC seal of {trusted.sealer}", stated, forwarder, facts, author, resolver))
        elif sealed.result == "pass":
            notes.append(f"ARC: sealed last by {sealed.sets[0].sealer}, who is no sealer of {forwarder.name}")
        elif sealed.result != "none":
            notes.append(f"ARC: {sealed.result}, {sealed.reason}")
    if forwarder.authserv_ids and signed.fault is None:
        fields = [(bytes(name), bytes(value)) for name, value in signed.verifier.headers]
        stated = topmost_of(fields, forwarder.authserv_ids, received=forwarder.received)
        if stated is not None:
            how = f"Authentication-Results of {stated.authserv_id}"
            vouched.append(await _vouched(how, stated, forwarder, facts, author, resolver))
    if not any(it.claims for it in vouched):
        said = "says that nothing passed for" if vouched else "says nothing about"
        notes.append(f"the forwarder {forwarder.name} {said} {facts.author_domain}")
    return replace(facts, vouched=tuple(vouched), forwarder_notes=tuple(notes), forwarder_failed=failed)


async def _vouched(
    how: str, stated: Stated | None, forwarder: Forwarder, facts: Facts, author: Walk, resolver: Resolver
) -> Vouched:
    claims: list[Claim] = []
    for claim in stated.claims[:10] if stated is not None else ():
        if claim.method == "dmarc":
            counts = claim.domain == facts.author_domain
        else:
            counts = await aligned(resolver, claim.domain, author, strict=facts.policy.strict_dkim) is True
        if counts:
            claims.append(claim)
    return Vouched(forwarder.name, how, tuple(claims))


async def _computed(mail: Mail, work: Callable[[], _T]) -> _T:
    """``work`` here, or where the mail is large in a thread."""
    if len(mail.raw) <= LARGE:
        return work()
    return await asyncio.to_thread(work)


@asynccontextmanager
async def _ahead() -> AsyncIterator[Callable[[Any], asyncio.Task[Any]]]:
    """Start questions whose answers may be needed; those that were not are dropped at the end."""
    tasks: list[asyncio.Task[Any]] = []

    def start(question: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(question)
        tasks.append(task)
        return task

    try:
        yield start
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
