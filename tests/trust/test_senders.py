"""Who counts as whom: forged, broken, forwarded and sound mail against a real DNS server."""

import time

import pytest

from gateway.threading.model import Trust
from tests.support.dns_server import DnsServer
from tests.support.signed_mail import SIGNED, publish, rsa_key, seal, sign
from tests.trust.conftest import FORWARDED_BY, FORWARDER, NOW, RIGHT, WRONG, Judge, mail

STRONG, FORWARDED, WEAK, NONE, TEMPERROR = Trust.STRONG, Trust.FORWARDED, Trust.WEAK, Trust.NONE, Trust.TEMPERROR


@pytest.mark.parametrize("peer", [RIGHT, WRONG])
def test_a01_aligned_signature_is_strong_from_anywhere(judge: Judge, peer: str) -> None:
    verdict = judge(sign(mail(), "victim.test"), peer=peer)
    assert verdict.level is STRONG
    assert verdict.reasons == ("verified: DKIM victim.test",)


def test_a02_aligned_spf_alone_is_weak(judge: Judge) -> None:
    verdict = judge(mail(), peer=RIGHT)
    assert verdict.level is WEAK
    assert "SPF victim.test" in verdict.sentence


def test_a03_other_domains_prove_nothing(judge: Judge, dns: DnsServer) -> None:
    publish(dns, "third.test")
    verdict = judge(sign(mail(), "third.test"), peer=WRONG, reverse_path="mallory@other.test")
    assert verdict.level is NONE
    assert "DKIM third.test: pass, but it does not speak for victim.test" in verdict.sentence
    assert "SPF other.test: pass, but it does not speak for victim.test" in verdict.sentence


SPOOFED = {
    "two fields": b"From: m@other.test\r\nFrom: alice@victim.test\r\n",
    "two mailboxes": b"From: alice@victim.test, m@other.test\r\n",
    "address as name": b"From: alice@victim.test <m@other.test>\r\n",
    "group": b"From: alice@victim.test:m@other.test;\r\n",
    "quoted pair": b'From: "alice@victim.test\\" <m@other.test>\r\n',
    "encoded line end": b"From: =?utf-8?q?a=0D=0AFrom:_alice@victim.test?= <m@other.test>\r\n",
    "nul": b"From: alice@victim.test\x00 <m@other.test>\r\n",
    "blank before the colon": b"From : alice@victim.test\r\nFrom: m@other.test\r\n",
    "folded": b"From:\r\n alice@victim.test\r\n <m@other.test>\r\n",
    "none": b"",
}


@pytest.mark.parametrize("name", SPOOFED)
def test_a04_odd_from_never_counts_for_the_victim(judge: Judge, name: str) -> None:
    raw = SPOOFED[name] + mail().partition(b"\r\n")[2]
    try:
        raw = sign(raw, "other.test", headers=(b"from", b"to", b"subject"))
    except Exception:
        raw = b"DKIM-Signature: v=1; a=rsa-sha256; d=other.test; s=s1; h=from; bh=AAAA; b=AAAA\r\n" + raw
    verdict = judge(raw, peer=WRONG, reverse_path="m@other.test")
    if verdict.level is not NONE:
        assert verdict.sentence.startswith(("verified: DKIM other.test", "verified in part: SPF other.test"))
    assert "verified: DKIM victim.test" not in verdict.sentence


def test_a05_signature_with_length_and_an_added_part(judge: Judge) -> None:
    raw = sign(mail(), "victim.test", length=True)
    for text in (raw, raw + b"--b\r\nContent-Type: text/html\r\n\r\nPay here\r\n"):
        verdict = judge(text)
        assert verdict.level is NONE
        assert "l=" in verdict.sentence


@pytest.mark.parametrize(
    "added",
    [b"Subject: Pay here\r\n", b"From: m@other.test\r\n", b"Content-Type: text/html\r\nContent-Type: text/plain\r\n"],
)
def test_a06_added_field_takes_the_proof_away(judge: Judge, added: bytes) -> None:
    verdict = judge(added + sign(mail(), "victim.test"))
    assert verdict.level is NONE


def test_a06_oversigned_mail_fails_by_itself(judge: Judge) -> None:
    assert (
        judge(b"Subject: Pay\r\n" + sign(mail(), "victim.test", headers=(*SIGNED, b"subject", b"from"))).level is NONE
    )


FORGED = (
    b"Authentication-Results: mx.forward.test; dmarc=pass header.from=victim.test; dkim=pass header.d=victim.test\r\n"
    b"Authentication-Results: mx.google.com; dmarc=pass header.from=victim.test\r\n"
)
RECEIVED = b"Received: from x (x [198.51.100.66]) by mx.forward.test with ESMTPS; Thu, 5 Mar 2026 09:00:00 +0000\r\n"


def test_a07_forged_results_of_a_stranger(judge: Judge) -> None:
    assert judge(FORGED + mail(), forwarders=(FORWARDER,)).level is NONE


def test_a07_forged_results_below_the_forwarders_received(judge: Judge) -> None:
    verdict = judge(RECEIVED + FORGED + mail(), peer=FORWARDED_BY, forwarders=(FORWARDER,))
    assert verdict.level is NONE
    assert "our provider says nothing about victim.test" in verdict.sentence


def test_forwarders_own_results_count(judge: Judge) -> None:
    verdict = judge(FORGED + RECEIVED + mail(), peer=FORWARDED_BY, forwarders=(FORWARDER,))
    assert verdict.level is FORWARDED
    assert verdict.reasons[0].startswith("verified: our provider found DMARC victim.test")


def test_forwarders_topmost_field_decides(judge: Judge) -> None:
    own = b"Authentication-Results: mx.forward.test; dmarc=fail header.from=victim.test\r\n"
    verdict = judge(own + FORGED + RECEIVED + mail(), peer=FORWARDED_BY, forwarders=(FORWARDER,))
    assert verdict.level is NONE


def test_results_for_another_domain_do_not_count(judge: Judge) -> None:
    own = (
        b"Authentication-Results: mx.forward.test; dmarc=pass header.from=other.test; dkim=pass header.d=other.test\r\n"
    )
    assert judge(own + RECEIVED + mail(), peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is NONE


GOOD = "dkim=pass header.d=victim.test; dmarc=pass header.from=victim.test"
FOOTER = b"-- \r\nlist footer\r\n"


def forwarded(sealer: str = "forward.test", results: str = GOOD) -> bytes:
    """Signed by the victim, changed by the forwarder, and sealed."""
    return seal(sign(mail(), "victim.test") + FOOTER, sealer, results)


def test_a08_forwarded_with_the_signature_intact(judge: Judge) -> None:
    raw = seal(sign(mail(), "victim.test"), "forward.test", GOOD)
    assert judge(raw, peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is STRONG


def test_a08_changed_and_sealed_by_a_named_sealer(judge: Judge) -> None:
    verdict = judge(forwarded(), peer=FORWARDED_BY, forwarders=(FORWARDER,))
    assert verdict.level is FORWARDED
    assert "ARC seal of forward.test" in verdict.sentence


def test_a08_sealer_says_that_nothing_passed(judge: Judge) -> None:
    raw = forwarded(results="dkim=fail header.d=victim.test; dmarc=fail header.from=victim.test")
    assert judge(raw, peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is NONE


def test_a08_sealed_by_somebody_else(judge: Judge) -> None:
    verdict = judge(forwarded("stranger.test"), peer=FORWARDED_BY, forwarders=(FORWARDER,))
    assert verdict.level is NONE
    assert "stranger.test, who is no sealer of our provider" in verdict.sentence


def test_a08_named_sealer_but_a_strangers_server(judge: Judge) -> None:
    assert judge(forwarded(), peer=WRONG, forwarders=(FORWARDER,)).level is NONE


def test_a08_two_named_sealers_and_a_stranger_below(judge: Judge) -> None:
    twice = seal(forwarded("inner.test"), "forward.test", "dkim=fail header.d=victim.test", arc="pass")
    assert judge(twice, peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is FORWARDED
    stranger = seal(forwarded("stranger.test"), "forward.test", "dkim=fail header.d=victim.test", arc="pass")
    assert judge(stranger, peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is NONE


def test_a08_chain_that_says_it_failed(judge: Judge) -> None:
    failed = seal(forwarded("inner.test"), "forward.test", GOOD, arc="fail")
    assert judge(failed, peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is NONE


def test_a08_altered_results(judge: Judge) -> None:
    raw = forwarded(results="dkim=fail header.d=victim.test").replace(b"dkim=fail", b"dkim=pass")
    assert judge(raw, peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is NONE


def test_a08_missing_set(judge: Judge) -> None:
    twice = seal(forwarded("inner.test"), "forward.test", GOOD, arc="pass")
    thrice = seal(twice, "forward.test", GOOD, arc="pass")
    assert judge(thrice, peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is FORWARDED
    lines = thrice.split(b"\r\nARC-")
    without = b"\r\nARC-".join(it for it in lines if b"i=2;" not in it[:60])
    assert judge(without, peer=FORWARDED_BY, forwarders=(FORWARDER,)).level is NONE


@pytest.mark.parametrize("mode", ["servfail", "silent", "loop"])
def test_a09_dns_that_cannot_tell(judge: Judge, dns: DnsServer, mode: str) -> None:
    dns.modes["victim.test"] = mode  # type: ignore[assignment]
    began = time.monotonic()
    verdict = judge(sign(mail(), "victim.test"), peer=RIGHT, seconds=2)
    assert verdict.level is TEMPERROR
    assert time.monotonic() - began < 10


def test_a09_slow_answer_is_waited_for(judge: Judge, dns: DnsServer) -> None:
    dns.modes["s1._domainkey.victim.test"] = "truncated"
    assert judge(sign(mail(), "victim.test")).level is STRONG
    assert dns.by_tcp["s1._domainkey.victim.test"] == 1


def test_a09_huge_records(judge: Judge, dns: DnsServer) -> None:
    dns.txt("s1._domainkey.victim.test", rsa_key(1024)[1] + "; n=" + "x" * 50_000)
    dns.txt("victim.test", f"v=spf1 ip4:{RIGHT} " + "a:x.victim.test " * 3000 + "-all")
    verdict = judge(sign(mail(), "victim.test"), peer=RIGHT)
    assert verdict.level is NONE
    assert "too long" in verdict.sentence
    assert "SPF victim.test: permerror" in verdict.sentence


def test_a09_eleven_includes_and_three_void_lookups(judge: Judge, dns: DnsServer) -> None:
    for number in range(12):
        dns.txt(f"i{number}.victim.test", f"v=spf1 include:i{number + 1}.victim.test -all")
    dns.txt("i12.victim.test", f"v=spf1 ip4:{RIGHT} -all")
    dns.txt("victim.test", "v=spf1 include:i0.victim.test -all")
    assert "SPF victim.test: permerror" in judge(mail(), peer=RIGHT).sentence
    dns.txt("victim.test", f"v=spf1 a:x.gone.test a:y.gone.test a:z.gone.test ip4:{RIGHT} -all")
    assert "SPF victim.test: permerror" in judge(mail(), peer=RIGHT).sentence
    dns.txt("victim.test", f"v=spf1 a:x.gone.test a:y.gone.test ip4:{RIGHT} -all")
    assert judge(mail(), peer=RIGHT).level is WEAK


def test_a09_withdrawn_key(judge: Judge, dns: DnsServer) -> None:
    dns.txt("s1._domainkey.victim.test", "v=DKIM1; p=")
    assert "its key was withdrawn" in judge(sign(mail(), "victim.test")).sentence


def test_a10_old_signature(judge: Judge) -> None:
    made = int(NOW.timestamp()) - 8 * 86400
    verdict = judge(sign(mail(), "victim.test", tags={b"t": b"%d" % made}))
    assert verdict.level is WEAK
    assert "more than a week ago" in verdict.sentence


def test_a12_two_hundred_signatures(judge: Judge, dns: DnsServer) -> None:
    raw = sign(mail(), "other.test") + b""
    field, _, _ = raw.partition(b"From:")
    flood = b"".join(field.replace(b"other.test", b"o%d.test" % number) for number in range(200))
    began = time.monotonic()
    verdict = judge(flood + mail())
    assert time.monotonic() - began < 10
    assert verdict.level is NONE
    assert "195 more signatures were not looked at" in verdict.sentence
    assert sum(count for (name, _), count in dns.asked.items() if "_domainkey" in name) <= 5
    assert judge(flood + sign(mail(), "victim.test")).level is STRONG  # a flood does not hide the one that counts
