"""From what a mail shows to how far its author is believed. Pure: no look-up, no clock."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.threading.model import Proof, Trust
from gateway.trust.dkim import SignatureResult
from gateway.trust.dmarc import Policy
from gateway.trust.results import Claim
from gateway.trust.spf import SpfResult

_BEST_FIRST = ("pass", "temperror", "fail", "permerror")


@dataclass(frozen=True, slots=True)
class Checked:
    """A signature's result and whether its domain speaks for From's; ``aligned`` None where DNS could not tell."""

    result: SignatureResult
    aligned: bool | None


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a configured forwarder says: by ARC, or by a field of its own. ``claims`` are those aligned with From alone."""

    forwarder: str
    how: str  # "ARC seal of example.net", "Authentication-Results of mx.example.net"
    claims: tuple[Claim, ...]


_NO_SPF = SpfResult("none")
_NO_POLICY = Policy(None)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the decision rests on."""

    author_domain: str | None  # None: the mail has no single author
    signatures: tuple[Checked, ...] = ()
    skipped: int = 0  # signatures beyond the limit
    spf: SpfResult = _NO_SPF
    spf_aligned: bool | None = False
    policy: Policy = _NO_POLICY
    forwarder: str | None = None  # the peer is this forwarder
    inside: bool = (
        False  # the mail came by a server of our own network, or by none: where it came from before, nobody says
    )
    vouched: tuple[Vouched, ...] = ()
    forwarder_notes: tuple[str, ...] = ()  # why its word was not taken
    forwarder_failed: bool = False  # DNS could not tell about its seal
    is_old: bool = False  # it was signed long ago: somebody may be sending it again


@dataclass(frozen=True, slots=True)
class Findings:
    """The single results, in the words of RFC 8601, for rules and pages. "none" also where it was not looked at: a signature
    that proves the author makes the rest needless."""

    domain: str | None = None  # the domain that proves the author, as signer, by its servers or by a forwarder's word
    dkim: str = "none"  # the best signature's result
    spf: str = "none"
    dmarc: str = "none"  # pass where an aligned signature or path passed; fail where the owner published a record and neither did


NO_FINDINGS = Findings()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the author is believed, and why, in words for people: the first reason decides, the others explain."""

    level: Trust
    proof: Proof
    reasons: tuple[str, ...]
    refused: str | None = (
        None  # what the owner of From's domain asks for such mail: "quarantine", "reject"; None: nothing
    )
    findings: Findings = NO_FINDINGS
    signature: str | None = None  # the value (b=) of the signature that proves the author

    @property
    def sentence(self) -> str:
        return "; ".join(self.reasons)[:600]


def decide(facts: Facts) -> Verdict:
    """The level (docs/security.md): a sound aligned signature, else an aligned path, else a forwarder's word, else nothing."""
    if facts.author_domain is None:
        return Verdict(Trust.NONE, Proof.FAILED, ("not verified: From does not name one author beyond doubt",))
    good = [it for it in facts.signatures if it.result.result == "pass" and it.aligned]
    if good:
        domain = good[0].result.signature.domain
        findings = _findings(facts, "pass", domain)
        signature = good[0].result.signature.digest
        if facts.is_old:
            why = f"verified in part: DKIM {domain}, but it was signed more than a week ago"
            return Verdict(Trust.WEAK, Proof.PASSED, (why,), findings=findings, signature=signature)
        said = f"verified: DKIM {domain}"
        return Verdict(Trust.STRONG, Proof.PASSED, (said,), findings=findings, signature=signature)
    if facts.spf.result == "pass" and facts.spf_aligned:
        reasons = (f"verified in part: SPF {facts.spf.domain}", *_explain(facts))
        return Verdict(Trust.WEAK, Proof.PASSED, reasons, findings=_findings(facts, "pass", facts.spf.domain))
    for it in facts.vouched:
        if it.claims:
            claim = it.claims[0]
            said = f"verified: {it.forwarder} found {claim.method.upper()} {claim.domain} ({it.how})"
            findings = _findings(facts, "none", claim.domain)
            return Verdict(Trust.FORWARDED, Proof.PASSED, (said, *_explain(facts)), findings=findings)
    why_not = tuple(_explain(facts))
    if _unknown(facts):
        reasons = ("not verified: DNS could not tell", *why_not)
        return Verdict(Trust.TEMPERROR, Proof.UNKNOWN, reasons, findings=_findings(facts, "temperror"))
    # A server in between breaks what the owner relies on, so the owner's wish says nothing about forwarded mail.
    direct = facts.forwarder is None and not facts.inside
    refused = facts.policy.asked if facts.policy.asked != "none" and direct else None
    asks = (f"{facts.policy.domain} asks to {refused} such mail",) if refused else ()
    return Verdict(
        Trust.NONE,
        Proof.FAILED if _failed(facts) else Proof.UNPROVEN,
        (f"not verified: nothing proves {facts.author_domain}", *asks, *why_not),
        refused,
        _findings(facts, "none" if facts.policy.domain is None else "fail"),
    )


def _failed(facts: Facts) -> bool:
    """Whether the owner of From's domain says how its mail is known, and this mail, which nothing proves, should have been.

    What a server of ours broke on the way is no sign of forgery; that it looked itself and found nothing is one.
    """
    if facts.forwarder is not None or facts.inside:
        return facts.policy.domain is not None and bool(facts.vouched)
    return facts.policy.domain is not None or (facts.spf.result == "fail" and facts.spf_aligned is True)


def _findings(facts: Facts, dmarc: str, domain: str | None = None) -> Findings:
    results = {it.result.result for it in facts.signatures}
    dkim = next((it for it in _BEST_FIRST if it in results), "none")
    return Findings(domain, dkim, facts.spf.result, dmarc)


def _unknown(facts: Facts) -> bool:
    """Whether an answer that DNS did not give could have proven the author, or told what the owner asks for."""
    signatures = any(
        it.aligned is not False
        and (it.result.result == "temperror" or (it.result.result == "pass" and it.aligned is None))
        for it in facts.signatures
    )
    path = facts.spf.result in ("pass", "temperror") and facts.spf_aligned is not False
    return signatures or path or facts.forwarder_failed or facts.policy.failed


def _explain(facts: Facts) -> Iterator[str]:
    """Why each thing that was tried did not decide."""
    if not facts.signatures and not facts.skipped:
        yield "no DKIM signature"
    for it in facts.signatures:
        result, domain = it.result, it.result.signature.domain or "?"
        if result.result != "pass":
            yield f"DKIM {domain}: {result.result}, {result.reason}"
        elif it.aligned is None:
            yield f"DKIM {domain}: pass, but DNS could not tell whether it speaks for {facts.author_domain}"
        else:
            yield f"DKIM {domain}: pass, but it does not speak for {facts.author_domain}"
    if facts.skipped:
        yield f"{facts.skipped} more signatures were not looked at"
    if facts.forwarder is None and facts.inside:
        yield "SPF was not looked at: the mail came by a server of our own network that `trust.forwarders` does not name"
    elif facts.forwarder is None:
        other = (
            ""
            if facts.spf_aligned or facts.spf.result != "pass"
            else f", but it does not speak for {facts.author_domain}"
        )
        reason = f" ({facts.spf.reason})" if facts.spf.reason and facts.spf.result != "pass" else ""
        yield f"SPF {facts.spf.domain or 'of the envelope'}: {facts.spf.result}{other}{reason}"
    yield from facts.forwarder_notes
