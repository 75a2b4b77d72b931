"""One mail derived again from its bytes, as if it came in at its time under today's program and configuration."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from gateway.desk.office import Office
from gateway.journal import Entry, Journal
from gateway.mail.address import address_key
from gateway.notify.notices import language_for
from gateway.pipeline.company import first_fields
from gateway.pipeline.opening import title_for
from gateway.pipeline.origin import as_told_by, origin_of
from gateway.pipeline.record import new_message
from gateway.pipeline.scanning import tags_for_its_content
from gateway.pipeline.senders import sender_facts
from gateway.pipeline.stages import Understood, understand
from gateway.replay.model import Field, Values
from gateway.replay.past import Doubtful, Ids, Moment, Past
from gateway.replay.stored import OPENING, Stored
from gateway.rules import Outcome as Ruled
from gateway.rules import evaluate, facts_of
from gateway.rules.facts import Facts
from gateway.rules.facts import Standing as StandingFacts
from gateway.scanners.model import Finding, Report, Scan
from gateway.store.schema import agents
from gateway.store.tickets import attachment_facts, identity_of
from gateway.threading.agent_mail import KnownAgent, judge
from gateway.threading.agent_tokens import agent_tokens
from gateway.threading.decide import decide
from gateway.threading.model import Decision, Proof, Trust
from gateway.trust.verdict import Findings

_KINDS_DECIDED = ("mail", "bounce", "silent", "join_request", "declined", "agent_refused")
_OTHER_DECIDERS = ("address ", "answer ")
"""How the evidence of surveys and of "this was not me" begins: what these addresses mean is not decided by threading."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What is derived today."""

    values: Values
    ids: Ids
    understood: Understood
    decision: Decision | None = None  # None: where it belongs is not asked again
    ruled: Ruled | None = None  # of a mail that opened a ticket


def derive(stored: Stored, entry: Entry, past: Past, journal: Journal, office: Office) -> Derived:
    """Read, thread and judge the mail again. Raises ``gateway.journal.Damaged``, and the disk's errors.

    What was found of the sender's proof, and what scanners said, is taken from the trace: DNS answers otherwise today.
    """
    understood = with_what_was_found(understand(entry, journal, office), stored.trace)
    author = understood.message.author
    by_agent = author is not None and past.is_agent(author.address, stored.row.created_at)
    values, ids = _read(stored, entry, understood, past, office, by_agent=by_agent)
    decision = _decision(stored, entry, understood, past, office, by_agent=by_agent)
    if decision is not None:
        values[Field.THREAD] = {"outcome": decision.outcome.value, "ticket": decision.ticket}
    ruled = None
    if stored.opened:
        ruled = evaluate(office.rules, facts_then(stored, entry, understood))
        values |= _of_ticket(stored, entry, understood, past, office, ruled, by_agent=by_agent)
    return Derived(values, ids, understood, decision, ruled)


def with_what_was_found(understood: Understood, trace: Any) -> Understood:
    """With the sender's proof and the scanners' words as the trace tells them."""
    told = trace.get("trust") if isinstance(trace, dict) else None
    if not isinstance(told, dict):
        return understood
    findings = {name: told[name] for name in ("domain", "dkim", "spf", "dmarc") if name in told}
    reports = tuple(
        Report(it["scanner"], None, it["fault"])
        if "fault" in it
        else Report(it["scanner"], Finding(it.get("score"), tuple(it.get("symbols", ())), it.get("virus") or ""))
        for it in trace.get("scan", ())
    )
    return replace(
        understood,
        trust=Trust[str(told.get("level", "none")).upper()],
        trust_reason=str(told.get("reason", "")),
        proof=Proof(told.get("proof", Proof.UNCHECKED)),
        findings=Findings(**findings),
        scan=Scan(reports),
    )


def facts_then(stored: Stored, entry: Entry, understood: Understood) -> Facts:
    """What rules may ask of the mail, with the standing that its sender had."""
    return facts_of(
        understood.message,
        envelope_recipients=entry.forward_paths,
        brand=stored.row.ticket_brand or "",
        sender=sender_facts(understood),
        standing=standing_then(stored.trace, understood),
    )


def standing_then(trace: Any, understood: Understood) -> StandingFacts:
    known, scan = trace.get("standing") or {}, understood.scan
    return StandingFacts(
        is_vip=bool(known.get("vip")),
        listed="allow" if known.get("listed") else "",  # mail of every other list opens no ticket
        spam_score=scan.score,
        symbols=scan.symbols,
        virus=scan.virus,
        not_scanned=bool(scan.silent),
    )


def _read(
    stored: Stored, entry: Entry, understood: Understood, past: Past, office: Office, *, by_agent: bool
) -> tuple[Values, Ids]:
    row, message = stored.row, understood.message
    new = new_message(entry, understood, row.ticket_id, row.kind, {}, public=row.public, now=row.created_at)
    if stored.row.fate in OPENING:
        colleague = partial(past.is_agent, at=row.created_at)
        new = as_told_by(origin_of(understood, entry, office, by_agent=by_agent, is_colleague=colleague), new)
    ids = Ids(identity_of(message.message_id, message.content_fingerprint), message.content_fingerprint, new.ancestors)
    named = [[header_id, header_id == ids.own] for header_id in dict.fromkeys((ids.own, *ids.ancestors))]
    values: Values = {
        Field.SUBJECT: new.subject,
        Field.TEXT: new.text,
        Field.REPLY: new.reply_text,
        Field.HTML: new.html,
        Field.SENDER: new.author[:320],
        Field.SENDER_NAME: new.author_name[:255],
        Field.RECIPIENTS: {"to": list(new.to), "cc": list(new.cc)},
        Field.ATTACHMENTS: [
            {name: value for name, value in attachment_facts(it).items() if name != "signature"}
            for it in new.attachments
        ],
        Field.IDS: {
            "message_id": message.message_id,
            "fingerprint": message.content_fingerprint,
            "ids": sorted(named),
        },
        Field.LANGUAGE: message.language,
        Field.KIND: {"kind": message.auto.kind.value, "reason": message.auto.reason},
        Field.FINDINGS: {
            "defects": list(message.defects),
            "remote_content": message.remote_content,
            "tracking_pixels": message.tracking_pixels,
            "hidden_text": message.hidden_text,
        },
    }
    return values, ids


def _decision(
    stored: Stored, entry: Entry, understood: Understood, past: Past, office: Office, *, by_agent: bool
) -> Decision | None:
    row, boundary = stored.row, stored.boundary
    steps = stored.trace.get("steps") or ()
    if (
        boundary is None
        or row.kind not in _KINDS_DECIDED
        or row.released_from
        or any(str(step.get("evidence", "")).startswith(_OTHER_DECIDERS) for step in steps)
    ):
        return None
    opened = row.home if row.fate in OPENING else None
    moment = Moment(row.id, boundary, row.created_at, opened)
    message, evidence = understood.message, understood.evidence
    window = timedelta(hours=office.configuration.lifecycle.duplicate_window_hours)
    try:
        known = past.look_up(message, evidence, moment, window)
        decision = decide(
            message,
            evidence,
            known,
            trust=understood.trust,
            now=row.created_at,
            lifecycle=office.lifecycle,
            is_agent=by_agent,
            null_reverse_path=not entry.reverse_path,
        )
        return decision if entry.shadow else _of_agent(entry, understood, decision, past, moment, office, by_agent)
    except Doubtful:
        return None


def _of_agent(
    entry: Entry,
    understood: Understood,
    otherwise: Decision,
    past: Past,
    moment: Moment,
    office: Office,
    by_agent: bool,
) -> Decision:
    """The decision where the mail shows something of an agent's, as ``gateway.pipeline.agent_mail`` asks."""
    configuration = office.configuration
    tokens = agent_tokens(
        understood.message,
        envelope_recipients=entry.forward_paths,
        keyring=office.keyring,
        local=configuration.reply_local,
        domain=configuration.reply_domain,
        today=entry.received_at.date(),
    )
    own_ids = understood.evidence.own_ids
    if not tokens and not by_agent and not own_ids:
        return otherwise
    numbers = {token.ticket for token in tokens} | {own.ticket for own in own_ids}
    rows = past.connection.execute(
        select(agents.c.id, agents.c.address_key).where(agents.c.id.in_({it.agent for it in tokens}))
    )
    mail = judge(
        understood.message,
        understood.evidence,
        tokens,
        tickets={number: ticket.number for number, ticket in past.tickets(numbers, moment).items()},
        agents={row.id: KnownAgent(row.id, row.address_key, is_active=True) for row in rows},
        trust=understood.trust,
        is_agent=by_agent,
        null_reverse_path=not entry.reverse_path,
        otherwise=otherwise,
    )
    return otherwise if mail is None else mail.decision


def _of_ticket(
    stored: Stored,
    entry: Entry,
    understood: Understood,
    past: Past,
    office: Office,
    ruled: Ruled,
    *,
    by_agent: bool,
) -> Values:
    """What the mail gives to the ticket that it opens."""
    row, said = stored.row, ruled.actions
    brand = next((it for it in office.configuration.brands if it.id == row.ticket_brand), None)
    if brand is None:  # it is not configured any more
        return {}
    colleague = partial(past.is_agent, at=row.created_at)
    origin = origin_of(understood, entry, office, by_agent=by_agent, is_colleague=colleague)
    # The contact's language may have been told by this very mail, or by one that came later.
    known = row.requester_language if row.requester_since < row.ticket_created_at else None
    holds = said.drop or said.quarantine
    values: Values = {
        Field.HELD: f"rule {holds!r} {'drops' if said.drop else 'holds'} the mail" if holds else "",
        Field.RULES: sorted(hit.name for hit in ruled.hits if hit.matched),
        Field.TITLE: title_for(understood, origin, row.ticket_language),
        Field.TEAM: said.team or brand.team,
        Field.TYPE: said.type or "",
    }
    if row.released_from:
        del values[Field.HELD]
    if stored.trace.get("language", understood.message.language) != understood.message.language:
        values[Field.TICKET_LANGUAGE] = language_for(brand.language, known, origin.language)
    standing = standing_then(stored.trace, understood)
    vip = office.configuration.vip
    values[Field.PRIORITY] = said.priority or (vip.priority if standing.is_vip else None) or "normal"
    company = office.organizations.of(origin.requester.address)
    tags = {
        *said.tags,
        *(company.tags if company is not None else ()),
        *tags_for_its_content(understood, office, is_allowed=bool(standing.listed)),
        *((vip.tag,) if standing.is_vip and vip.tag is not None else ()),
    }
    ours = {tag for rule in office.rules.rules for tag in rule.actions.tags}
    values[Field.TAGS] = sorted((tags | (stored.tags - ours)) - stored.tags_since)
    given = first_fields(office, dict(said.fields), origin.requester.address, brand, said.team or brand.team)
    names = {name for rule in office.rules.rules for name, _ in rule.actions.fields}
    kept = {name: value for name, value in row.ticket_fields.items() if name not in names}
    values[Field.FIELDS] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in {**kept, **given}.items()
        if name not in stored.fields_since
    }
    return values


def requester_is(stored: Stored, address: str) -> bool:
    return bool(address_key(address) == stored.row.requester_key)
