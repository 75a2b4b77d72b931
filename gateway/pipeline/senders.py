"""Who really wrote: every mail's sender is checked before the batch is carried out, outside of any transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any

from gateway.desk.office import Office
from gateway.journal import Entry, Journal
from gateway.pipeline.stages import Understood
from gateway.rules.facts import SenderFacts
from gateway.threading.causes import Cause
from gateway.threading.model import Decision, Outcome, Step, Trust
from gateway.trust.authenticator import Authenticator
from gateway.trust.examine import Forwarder, Mail
from gateway.trust.resolver import servers_of
from gateway.trust.verdict import Verdict

PATIENCE_SECONDS = 0.25  # how long a batch waits for DNS; who needs longer is looked at again
LOOK_AGAIN = timedelta(seconds=2)

Read = tuple[Entry, Understood]


@dataclass
class Senders:
    """One pipeline process's sender authentication: its look-ups go on between batches."""

    authenticator: Authenticator = field(default_factory=Authenticator)
    patience: float = PATIENCE_SECONDS

    def judge(self, read: Sequence[Read], journal: Journal, office: Office) -> tuple[list[Read], list[Entry]]:
        """The mails with their trust, and those whose look-ups need longer. Nothing is looked up while ``trust.verify`` is off.

        Raises the disk's errors.
        """
        settings = office.configuration.trust
        if not settings.verify:
            return list(read), []
        judged: list[Read] = [one for one in read if one[1].trust is Trust.STRONG]  # who logged in is known already
        read = [one for one in read if one[1].trust is not Trust.STRONG]
        mails = [_mail(entry, understood, journal) for entry, understood in read]
        forwarders = tuple(
            Forwarder(it.name, it.networks, it.sealers, it.authserv_ids, it.received) for it in settings.forwarders
        )
        verdicts = self.authenticator.verdicts(
            mails, servers=servers_of(settings.dns), forwarders=forwarders, patience=self.patience
        )
        undecided: list[Entry] = []
        for (entry, understood), verdict in zip(read, verdicts, strict=True):
            if verdict is None:
                undecided.append(entry)
            else:
                judged.append((entry, _with(verdict, understood)))
        return judged, undecided


def refused(entry: Entry, understood: Understood, office: Office) -> Decision | None:
    """Hold mail that proves nothing where the owner of From's domain wants it refused, or where that domain is ours.

    Bounces are let through: they come unsigned from everywhere, and count by a signature of ours in them alone.
    """
    settings = office.configuration.trust
    message = understood.message
    if not settings.verify or settings.refused == "accept" or message.author is None or message.bounce is not None:
        return None
    author = message.author.address
    step = Step(f"from {author}", "used", understood.trust_reason)
    if understood.trust is Trust.NONE and entry.peer and office.addresses.verdict(author).kind != "foreign":
        reason = "the mail names one of our own domains and nothing proves it: a forged sender"
        return Decision(Outcome.QUARANTINE, None, False, reason, (step,), cause=Cause.OWN_DOMAIN)
    if understood.refused is not None:
        reason = f"nothing proves the author, and the owner of the domain asks to {understood.refused} such mail"
        return Decision(Outcome.QUARANTINE, None, False, reason, (step,), cause=Cause.REFUSED_BY_OWNER)
    return None


def trust_told(understood: Understood) -> dict[str, Any]:
    """What the trace keeps of the author's proof."""
    return {
        "level": understood.trust.name.lower(),
        "proof": understood.proof.value,
        "reason": understood.trust_reason,
        **asdict(understood.findings),
    }


def sender_facts(understood: Understood) -> SenderFacts:
    """What rules may ask about the author."""
    found = understood.findings
    return SenderFacts(
        understood.trust.name.lower(), understood.proof.value, found.domain or "", found.dkim, found.spf, found.dmarc
    )


def _with(verdict: Verdict, understood: Understood) -> Understood:
    return replace(
        understood,
        trust=verdict.level,
        trust_reason=verdict.sentence,
        refused=verdict.refused,
        proof=verdict.proof,
        findings=verdict.findings,
        signature=verdict.signature,
    )


def _mail(entry: Entry, understood: Understood, journal: Journal) -> Mail:
    message = understood.message
    return Mail(
        receipt=entry.receipt,
        raw=entry.raw if entry.raw is not None else journal.raw(entry),
        author=message.author.address if message.author is not None and not understood.unreadable else None,
        message_id=message.message_id,
        date=message.date,
        received_at=entry.received_at,
        peer=entry.peer,
        helo=entry.helo,
        reverse_path=entry.reverse_path,
    )
