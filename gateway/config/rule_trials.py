"""Run the ``tests:`` of ``rules.yaml``. A configuration whose tests fail is not taken into use."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from gateway.config.addresses import AddressBook
from gateway.config.calendars import compile_calendars
from gateway.config.fields import compile_fields, compile_statuses
from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.model import Configuration
from gateway.config.organizations import compile_organizations
from gateway.config.side_files import SideFiles
from gateway.config.source import Node
from gateway.config.teams import compile_teams
from gateway.config.validate import place_of
from gateway.mail.address import domain_key
from gateway.mail.read import read
from gateway.rules.calendar import ALWAYS, Calendar
from gateway.rules.engine import Automation
from gateway.rules.facts import Facts, SenderFacts, Standing, facts_of
from gateway.rules.file import RulesFile
from gateway.rules.model import RuleHit, Ruleset
from gateway.rules.simulation import Marks, Rules, Simulated, blank_ticket, happen, open_ticket, pass_time, untold
from gateway.rules.ticket import TicketFacts
from gateway.rules.trial_verdict import Difference, differences
from gateway.rules.trials import Trial, TrialMail, end_of, event_of, ticket_of

BUDGET_SECONDS = 20.0
"""All tests together: a reload waits for them."""

MAX_MAIL = 4 * 1024 * 1024
CUSTOMER = "customer@customer.example"
_NAMES = ("rules", "not_rules")


@dataclass(frozen=True, slots=True)
class TrialResult:
    """How one test went. No differences: as expected."""

    name: str
    differences: tuple[Difference, ...]
    seconds: float


def rules_of(configuration: Configuration, ruleset: Ruleset, automation: Automation, side: SideFiles) -> Rules:
    """All that is needed to simulate this configuration."""
    teams = compile_teams(side.teams, compile_calendars(side.calendars))

    def calendar(ticket: TicketFacts) -> Calendar:
        return teams[ticket.team].calendar if ticket.team in teams else ALWAYS

    brands = {brand.id: brand.team or "" for brand in configuration.brands}
    vip = configuration.vip
    return Rules(
        ruleset,
        automation,
        brands,
        calendar,
        compile_statuses(side.fields).fixed,
        compile_organizations(side.organizations),
        compile_fields(side.fields),
        Marks(vip.tag, vip.priority),
    )


def run_trials(
    trials: Sequence[Trial], configuration: Configuration, rules: Rules, base: Path
) -> Iterator[TrialResult]:
    """Run them in order. ``base``: where their mails stand. Those for which no time is left fail."""
    book = AddressBook(configuration)
    begin = time.monotonic()
    for trial in trials:
        started = time.monotonic()
        if started - begin > BUDGET_SECONDS:
            found: tuple[Difference, ...] = (((), f"not run: the tests above took {BUDGET_SECONDS:.0f} s already"),)
        else:
            try:
                found = tuple(_run(trial, configuration, book, rules, base))
            except (OSError, ValueError) as error:
                found = ((("mail",), str(getattr(error, "strerror", None) or error).lower()),)
        yield TrialResult(trial.name, found, time.monotonic() - started)


def failed_trials(
    written: RulesFile, tree: Node, configuration: Configuration, rules: Rules, base: Path
) -> Iterator[Mistake]:
    """A mistake for everything that is not as expected."""
    known = [rule.name for kind in (written.rules, written.events, written.timers) for rule in kind]
    for index, (trial, result) in enumerate(
        zip(written.tests, run_trials(written.tests, configuration, rules, base), strict=True)
    ):
        for path, message in result.differences:
            own = path if path in ((), ("mail",)) else ("expect", *path)
            place = place_of(tree, "tests", index, *own, *(() if own else ("name",)))
            hint = _unknown_rule(trial, path, known)
            yield Mistake.at(place, f"test {trial.name!r} fails: {hint or message}")


def _unknown_rule(trial: Trial, path: tuple[str | int, ...], known: Sequence[str]) -> str:
    if len(path) != 2 or path[0] not in _NAMES:
        return ""
    name = getattr(trial.expect, str(path[0]))[path[1]]
    return "" if name in known else f"there is no rule {name!r}.{did_you_mean(name, known)}"


def _run(
    trial: Trial, configuration: Configuration, book: AddressBook, rules: Rules, base: Path
) -> Iterator[Difference]:
    yield from differences(trial.expect, *simulate(trial, configuration, book, rules, base))


def simulate(
    trial: Trial, configuration: Configuration, book: AddressBook, rules: Rules, base: Path
) -> tuple[Simulated, tuple[RuleHit, ...]]:
    """What comes of a test's mail or ticket, and what each rule that was asked said. Raises the disk's errors, and ValueError."""
    now, end = trial.now, end_of(trial)
    mail = trial_facts(trial.mail, configuration, book, base) if trial.mail is not None else None
    if trial.ticket is None:
        assert mail is not None
        state = open_ticket(rules, mail, blank_ticket(rules, 1, mail, now), now)
    else:
        brand = configuration.brands[0].id
        state = Simulated(ticket_of(trial.ticket, brand, rules.statuses, rules.organizations, now))
        if trial.event is not None:
            state = happen(rules, state, event_of(trial.event, rules.statuses), mail, now)
    state = pass_time(rules, state, now, end)
    return state, (*state.hits, *(untold(rules, state, end) if trial.after is not None else ()))


def trial_facts(written: TrialMail, configuration: Configuration, book: AddressBook, base: Path) -> Facts:
    """The facts of the mail, as the gateway's own reader finds them. Raises the disk's errors, and ValueError."""
    recipients = tuple(written.to or (configuration.brands[0].addresses[0],))
    raw = _raw(written, recipients, base)
    message = read(raw)
    if written.to is None and written.file is not None:
        named = [mailbox.address for mailbox in (*message.to, *message.cc)]
        recipients = tuple(one for one in named if book.verdict(one).brand is not None) or recipients
    brand = next((found.id for one in recipients if (found := book.verdict(one).brand) is not None), "")
    sender = SenderFacts(
        written.trust, written.proof, domain_key(written.verified_domain), written.dkim, written.spf, written.dmarc
    )
    standing = Standing(
        written.vip,
        written.listed or "",
        written.spam_score,
        written.spam_symbols or (),
        written.virus,
        written.not_scanned,
    )
    facts = facts_of(
        message,
        envelope_recipients=recipients,
        brand=written.brand or brand or configuration.brands[0].id,
        sender=sender,
        standing=standing,
    )
    return replace(facts, language=written.language or facts.language, kind=written.kind or facts.kind)


def _raw(written: TrialMail, recipients: Sequence[str], base: Path) -> bytes:
    if written.file is not None:
        path = base / written.file
        if not path.is_file():
            raise ValueError(f"there is no file {path}")
        with path.open("rb") as file:
            raw = file.read(MAX_MAIL)
        fields = {"From": written.author, "Subject": written.subject, **(written.headers or {})}
        given = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
        return given.encode("utf-8", "replace") + raw
    mail = EmailMessage(policy=SMTP)
    mail["From"] = written.author or CUSTOMER
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = written.subject or ""
    mail["Message-ID"] = "<test@customer.example>"
    for name, value in (written.headers or {}).items():
        del mail[name]
        mail[name] = value
    mail.set_content(written.body or "")
    return mail.as_bytes()
