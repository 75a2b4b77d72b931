"""A mail that says "this was not me": to the address that an automatic mail gave for it, or in so many words to its reply address."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, exists, select

from gateway.desk.denial import deny, find_denied
from gateway.desk.office import Office
from gateway.journal import Entry
from gateway.notify.not_me import says_not_me
from gateway.pipeline.stages import Understood
from gateway.store.schema import messages
from gateway.threading.model import Decision, Outcome, Step, TokenState
from gateway.threading.not_me import Denial, read_not_me, token_in


@dataclass(frozen=True, slots=True)
class _Said:
    denial: Denial
    to: str  # the address of ours that was written to


def kept_apart(connection: Connection, entry: Entry, office: Office) -> Decision | None:
    """A mail to the address that exists for this alone is kept on its ticket, silently, whatever it says and whoever sent it."""
    said = _to_its_address(entry, office)
    if said is None or find_denied(connection, said.denial) is None:
        return None
    step = Step(f"address {said.to}", "used", "it was given to this person to say that they did not write to us")
    reason = f"somebody says that they did not write ticket {said.denial.ticket}"
    return Decision(
        Outcome.SILENT_EVENT, said.denial.ticket, False, reason, (step,), participant=said.denial.participant
    )


def take_denial(connection: Connection, entry: Entry, understood: Understood, office: Office, now: datetime) -> None:
    """Carry out what the mail says, if it says so; any other mail is left alone."""
    said = _to_its_address(entry, office) or _in_words(connection, understood)
    if said is not None:
        deny(connection, office, said.denial, how="reply", now=now)


def _to_its_address(entry: Entry, office: Office) -> _Said | None:
    configuration = office.configuration
    today = entry.received_at.astimezone(UTC).date()
    for address in entry.forward_paths:
        token = token_in(address, local=configuration.reply_local, domain=configuration.reply_domain)
        denial = read_not_me(office.keyring, token, today=today) if token else None
        if denial is not None:
            return _Said(denial, address)
    return None


def _in_words(connection: Connection, understood: Understood) -> _Said | None:
    """Only to a reply address that holds, by no machine, and while none of our people has answered: then it can mean us alone."""
    message = understood.message
    good = next((it for it in understood.evidence.tokens if it.state is TokenState.VALID), None)
    if good is None or good.ticket is None or good.participant is None or message.auto.is_auto:
        return None
    if not says_not_me(message.reply_text):
        return None
    answered = select(exists().where(messages.c.ticket_id == good.ticket, messages.c.kind == "answer"))
    if connection.execute(answered).scalar():
        return None
    return _Said(Denial(good.ticket, good.participant), good.address)
