"""DMARC (RFC 9989): the domain owner's policy and the organizational domain, both by the DNS tree walk; no suffix list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.trust.names import is_below
from gateway.trust.resolver import Resolver, Status

LONGEST_WALK = 8  # RFC 9989 section 4.10: at most 8 names are asked for
LONGEST_RECORD = 4096
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Record:
    """One DMARC record: where it stands, and its tags in lower case."""

    domain: str
    tags: Mapping[str, str] = field(default_factory=dict)

    def policy(self, tag: str) -> str | None:
        value = self.tags.get(tag, "").lower()
        return value if value in _POLICIES else None

    def strict(self, tag: str) -> bool:
        return self.tags.get(tag, "r").lower() == "s"


@dataclass(frozen=True, slots=True)
class Walk:
    """All records from a domain up to its top-level domain, the nearest first. ``failed``: DNS could not tell somewhere."""

    domain: str
    records: tuple[Record, ...] = ()
    failed: bool = False

    @property
    def organization(self) -> str:
        """The organizational domain (RFC 9989 section 4.10.2)."""
        for record in self.records:
            psd = record.tags.get("psd", "u").lower()
            if psd == "n":
                return record.domain
            if psd == "y" and record.domain != self.domain:
                return _one_below(self.domain, record.domain)
        return self.records[-1].domain if self.records else self.domain


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner of From's domain asks for where nothing aligned passes; ``domain`` None where nobody published anything."""

    domain: str | None
    asked: str = "none"  # none, quarantine, reject
    strict_dkim: bool = False
    strict_spf: bool = False
    failed: bool = False  # DNS could not tell


async def walk(resolver: Resolver, domain: str) -> Walk:
    """Ask ``_dmarc.`` of the domain and of those above it, down to the top-level domain (RFC 9989 section 4.10)."""
    found: list[Record] = []
    for name in _names(domain):
        answer = await resolver.lookup(f"_dmarc.{name}", "TXT")
        if answer.failed:
            return Walk(domain, tuple(found), failed=True)
        record = read_record(name, answer.values)
        if record is not None:
            found.append(record)
            if record.tags.get("psd", "u").lower() in ("y", "n"):
                break
    return Walk(domain, tuple(found))


async def policy_of(resolver: Resolver, walked: Walk) -> Policy:
    """The policy for mail From this walk's domain (RFC 9989 sections 4.10.1 and 5)."""
    organization = walked.organization
    record = next((it for it in walked.records if it.domain == walked.domain), None)
    record = record or next((it for it in walked.records if it.domain == organization), None)
    record = record or next((it for it in walked.records if it.tags.get("psd", "").lower() == "y"), None)
    if record is None:
        return Policy(None, failed=walked.failed)
    asked = record.policy("p") or "none"
    failed = walked.failed
    if record.domain != walked.domain:
        asked = record.policy("sp") or asked
        below = record.policy("np")
        if below is not None and below != asked:
            exists, unknown = await _exists(resolver, walked.domain)
            failed |= unknown
            asked = asked if exists else below
    if record.tags.get("t", "n").lower() == "y":  # test mode: one step milder (RFC 9989 section 4.7)
        asked = _POLICIES[max(_POLICIES.index(asked) - 1, 0)]
    return Policy(record.domain, asked, record.strict("adkim"), record.strict("aspf"), failed)


async def aligned(resolver: Resolver, identity: str, author: Walk, *, strict: bool) -> bool | None:
    """Whether an authenticated domain speaks for From's (RFC 9989 section 4.4); None where DNS could not tell."""
    if identity == author.domain:
        return True
    if strict:
        return False
    if author.failed:
        return None if _could_align(identity, author.domain) else False
    if not is_below(identity, author.organization):
        return False
    if identity == author.organization:
        return True
    theirs = await walk(resolver, identity)
    if theirs.failed:
        return None
    return theirs.organization == author.organization


def read_record(domain: str, texts: Sequence[bytes]) -> Record | None:
    """The one valid record among a name's texts; None where there is none, or more than one (RFC 9989 section 4.10)."""
    found = [tags for text in texts if (tags := _tags(text)) is not None]
    return Record(domain, found[0]) if len(found) == 1 else None


def _tags(text: bytes) -> dict[str, str] | None:
    """Tags and values of a record that begins with v=DMARC1 and says something usable, else None."""
    if len(text) > LONGEST_RECORD or not text.isascii():
        return None
    first, *rest = text.decode("ascii").split(";")
    name, _, version = first.partition("=")
    if name.strip().lower() != "v" or version.strip() != "DMARC1":
        return None
    tags: dict[str, str] = {}
    for item in rest:
        key, equals, value = item.partition("=")
        if equals:
            tags.setdefault(key.strip().lower(), value.strip())
    return tags


def _names(domain: str) -> list[str]:
    labels = domain.split(".")
    names = [domain]
    rest = labels[-(LONGEST_WALK - 1) :] if len(labels) > LONGEST_WALK - 1 else labels[1:]
    while rest:
        names.append(".".join(rest))
        rest = rest[1:]
    return names


def _one_below(domain: str, parent: str) -> str:
    """The ancestor of ``domain`` that stands directly below ``parent``."""
    label = domain[: -len(parent) - 1].rpartition(".")[2]
    return f"{label}.{parent}"


def _could_align(one: str, other: str) -> bool:
    """Two names under one second-level domain; all others differ whatever DNS says."""
    return one.split(".")[-2:] == other.split(".")[-2:]


async def _exists(resolver: Resolver, domain: str) -> tuple[bool, bool]:
    """Whether a domain has any A, AAAA or MX record, and whether DNS could not tell (then it is taken to exist)."""
    unknown = False
    for kind in ("A", "MX", "AAAA"):
        answer = await resolver.lookup(domain, kind)
        if answer.status is Status.FOUND:
            return True, False
        unknown |= answer.failed
    return unknown, unknown
