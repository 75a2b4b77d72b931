"""A second implementation of SPF, DKIM, DMARC and ARC, Debian's rspamd, agrees on sound, forged and damaged mail."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.mail.read import read
from gateway.trust.arc import ArcChain
from gateway.trust.examine import Mail, examine
from gateway.trust.resolver import DnsResolver
from gateway.trust.verdict import decide
from tests.support.dns_server import DnsServer
from tests.support.rspamd_verifier import rspamd_verifier
from tests.support.signed_mail import NOW, publish, rsa_key, seal, sign
from tests.trust.conftest import RIGHT, WRONG, mail
from tests.trust.test_opendkim import corpus

SPF = {
    "pass": "R_SPF_ALLOW",
    "fail": "R_SPF_FAIL",
    "softfail": "R_SPF_SOFTFAIL",
    "neutral": "R_SPF_NEUTRAL",
    "none": "R_SPF_NA",
    "permerror": "R_SPF_PERMFAIL",
}
ARC = {"pass": {"ARC_ALLOW"}, "fail": {"ARC_REJECT", "ARC_INVALID"}, "none": {"ARC_NA"}}
# Records with mistakes are not here: rspamd reads on over them, where RFC 7208 (section 4.6) wants "permerror".
RECORDS = {
    "none": "some other text",
    "plain": "v=spf1 ip4:192.0.2.10 -all",
    "network": "v=spf1 ip4:192.0.2.0/24 ~all",
    "neutral": "v=spf1 ?all",
    "included": "v=spf1 include:spf.relay.test -all",
    "included_twice": "v=spf1 include:relay.test -all",
    "redirected": "v=spf1 redirect=relay.test",
    "address": "v=spf1 a -all",
    "mail_servers": "v=spf1 mx ~all",
    "excluded": "v=spf1 -ip4:192.0.2.10 ip4:198.51.100.0/24 -all",
    "exists": "v=spf1 exists:%{i}.list.relay.test -all",
    "macro": "v=spf1 include:%{l}.users.relay.test -all",
    "capital_letters": "V=SPF1 IP4:192.0.2.10 -ALL",
}


@dataclass(frozen=True)
class Case:
    raw: bytes
    peer: str = WRONG
    reverse_path: str = "alice@victim.test"


def _has_blank_end(raw: bytes) -> bool:
    """Lines of blanks alone at the end: OpenDKIM and we drop them in relaxed form (RFC 6376 section 3.4.4), rspamd does not."""
    return raw.endswith((b"\r\n \t\r\n", b"\r\n\t\r\n", b"\r\n \r\n"))


def cases() -> Iterator[tuple[str, Case]]:
    for number, (name, raw) in enumerate(corpus().items()):
        if number % 4 == 0 and not _has_blank_end(raw):
            yield f"dkim {name}", Case(raw)
    for name in RECORDS:
        domain = f"{name.replace('_', '-')}.test"
        for peer in (RIGHT, WRONG):
            yield f"spf {name} {peer}", Case(mail(sender=f"a@{domain}"), peer, f"a@{domain}")
    # Names below a suffix that rspamd's list knows: it has no tree walk. They exist on our own server alone.
    for signer in ("example.com", "sub.example.com", "other.test"):
        for sender in ("example.com", "sub.example.com", "example.net", "sub.example.net"):
            for path in ("example.com", "other.test", "example.net"):
                raw = sign(mail(sender=f"a@{sender}"), signer)
                yield f"dmarc {sender} {signer} {path}", Case(raw, RIGHT, f"a@{path}")
    sealed = seal(sign(mail(), "victim.test"), "forward.test", "dmarc=pass header.from=victim.test")
    again = seal(sealed, "inner.test", "dmarc=fail", arc="pass")
    for name, raw in {
        "one": sealed,
        "two": again,
        "body": sealed + b"Buy here\r\n",
        "results": sealed.replace(b"dmarc=pass", b"dmarc=none"),
        "results_of_the_first": again.replace(b"header.from=victim.test", b"header.from=other.test"),
        "subject": again.replace(b"Subject: A question", b"Subject: An offer"),
        "cv": sealed.replace(b"cv=none", b"cv=fail"),
        "unknown_key": sealed.replace(b"s=arc;", b"s=arx;"),
    }.items():
        yield f"arc {name}", Case(raw)


@pytest.fixture
def published(dns: DnsServer) -> DnsServer:
    dns.txt("s2._domainkey.victim.test", rsa_key(1025)[1])
    for domain in ("example.com", "sub.example.com", "example.net", "sub.example.net"):
        publish(dns, domain)
        dns.txt(domain, f"v=spf1 ip4:{RIGHT} -all")
    dns.txt("_dmarc.victim.test", "v=DMARC1; p=reject")
    dns.txt("_dmarc.example.com", "v=DMARC1; p=reject")
    dns.txt("_dmarc.example.net", "v=DMARC1; p=quarantine; adkim=s; aspf=s")
    for name, record in RECORDS.items():
        domain = f"{name.replace('_', '-')}.test"
        dns.a(domain, RIGHT)
        dns.mx(domain, domain)
        dns.txt(domain, record)
    dns.txt("relay.test", "v=spf1 include:spf.relay.test ?all")
    dns.txt("spf.relay.test", f"v=spf1 ip4:{RIGHT} -all")
    dns.a(f"{RIGHT}.list.relay.test", "127.0.0.2")
    dns.txt("a.users.relay.test", f"v=spf1 ip4:{RIGHT} -all")
    return dns


async def ours(given: dict[str, Case], port: int) -> dict[str, tuple[bool, str, bool, str]]:
    resolver = DnsResolver((("127.0.0.1", port),))
    found = {}
    for name, case in given.items():
        message = read(case.raw)
        assert message.author is not None, name
        asked = Mail(
            name,
            case.raw,
            message.author.address,
            message.message_id,
            None,
            NOW,
            case.peer,
            "mail.victim.test",
            case.reverse_path,
        )
        verdict = decide(await examine(asked, resolver, ()))
        unsigned = replace(asked, raw=b"From: x@" + case.reverse_path.partition("@")[2].encode() + b"\r\n\r\n")
        spf = decide(await examine(unsigned, resolver, ())).findings.spf
        chain = ArcChain(case.raw)
        keys = {it: await resolver.lookup(it, "TXT") for it in chain.key_names}
        found[name] = (
            verdict.findings.dkim == "pass",
            spf,
            verdict.findings.dmarc == "pass",
            chain.verify(keys).result,
        )
    return found


@pytest.mark.real
def test_rspamd_agrees(published: DnsServer, tmp_path: Path) -> None:
    given = dict(cases())
    assert len(given) >= 200
    with rspamd_verifier(tmp_path, published.port) as rspamd:
        theirs = {
            name: rspamd.symbols(it.raw, peer=it.peer, reverse_path=it.reverse_path, helo="mail.victim.test")
            for name, it in given.items()
        }
    differing = []
    for name, (dkim, spf, dmarc, arc) in asyncio.run(ours(given, published.port)).items():
        said = theirs[name]
        if dkim != ("R_DKIM_ALLOW" in said):
            differing.append(f"{name}: DKIM {dkim}, {sorted(said)}")
        if SPF[spf] not in said:
            differing.append(f"{name}: SPF {spf}, {sorted(said)}")
        if "DMARC_NA" not in said and dmarc != ("DMARC_POLICY_ALLOW" in said):
            differing.append(f"{name}: DMARC {dmarc}, {sorted(said)}")
        if not ARC[arc] & said:
            differing.append(f"{name}: ARC {arc}, {sorted(said)}")
    assert differing == []
