"""Mail that asks whoever reads our addresses for a code or a click goes to admins alone: to no ticket, no requester, no agent."""

from collections.abc import Iterator

from gateway.desk.office import Office
from gateway.journal import Entry
from gateway.mail.address import address_key, domain_of
from gateway.mail.verification import ServiceKind, verification_of
from gateway.pipeline.stages import Understood
from gateway.threading.causes import Cause
from gateway.threading.model import Decision, Outcome, Step

_CAUSES = {
    ServiceKind.VERIFICATION: Cause.VERIFICATION_MAIL,
    ServiceKind.FORWARDING: Cause.FORWARDING_CONFIRMATION,
}


def held_for_admins(entry: Entry, understood: Understood, office: Office) -> Iterator[Decision]:
    """The decision to hold such a mail, whoever it says it is from and whichever address of ours it came to.

    The reason names the service and never the code: reasons stand in the log.
    """
    settings = office.configuration.verification
    author = understood.message.author
    if not settings.hold or entry.authenticated_as or understood.unreadable:
        return
    if author is not None:
        never = {*settings.allow, *(form.sender for form in office.configuration.forms)}
        if address_key(author.address) in never or domain_of(author.address) in never:
            return
    asked = verification_of(understood.message, office.verifying_services)
    if asked is None:
        return
    what = (
        "confirms that mail is forwarded to us"
        if asked.kind is ServiceKind.FORWARDING
        else "asks for a code or a click"
    )
    reason = f"the mail {what} ({asked.service}): whoever reads it could act in our name, so it is for admins alone"
    step = Step(f"looks like mail of {asked.service}", "used", what)
    yield Decision(Outcome.QUARANTINE, None, False, reason, (step,), cause=_CAUSES[asked.kind])
