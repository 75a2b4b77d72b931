"""What is known of a mail's sender before the mail itself counts: lists, floods, importance. In the caller's transaction."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.config.senders import Floods
from gateway.desk.office import Office
from gateway.journal import Entry
from gateway.mail.address import address_key, domain_of
from gateway.notify.policy import Suppression
from gateway.pipeline.scanning import tags_for_its_content
from gateway.pipeline.stages import Understood
from gateway.rules import Actions
from gateway.rules import facts as rule_facts
from gateway.rules.floods import Rung, author_key, door_key
from gateway.rules.networks import ip_address
from gateway.rules.sender_lists import Action, Listed, Sender
from gateway.store.floods import Mute, count_mail, mute, muted, within
from gateway.store.quarantine import was_released
from gateway.store.tickets import GATEWAY, Happened, add_events
from gateway.threading.causes import Cause
from gateway.threading.model import Decision, Outcome, Step, Trust

log = logging.getLogger("gateway.pipeline")

DOOR_MINUTES = 10
"""How long the door refuses a sender; then one mail is let in, and says whether it goes on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One mail's sender."""

    listed: Listed | None = None
    is_vip: bool = False
    rung: Rung = Rung.NONE
    flood: str = ""  # how many mails put them on that rung, for people
    muted: Mute | None = None  # after a loop
    muted_now: str = ""  # the key that a loop in this very mail mutes; "" nobody
    events: tuple[Happened, ...] = ()  # of the whole system

    @property
    def is_allowed(self) -> bool:
        return self.listed is not None and self.listed.action is Action.ALLOW

    @property
    def dropped_by(self) -> str | None:
        """The name of the list entry that drops the mail."""
        reject = self.listed is not None and self.listed.action is Action.REJECT
        return self.listed.hit.entry.name if reject and self.listed is not None else None

    @property
    def silence(self) -> Suppression | None:
        """Why no acknowledgement may go out because of how much they send."""
        return Suppression("flood", self.flood) if self.rung >= Rung.SILENT else None

    def holds(self) -> Iterator[Decision]:
        """Every reason to hold the mail for what its sender is."""
        if self.listed is not None and not self.is_allowed:
            entry = self.listed.hit.entry
            cause = Cause.SUSPENDED_SENDER if self.listed.action is Action.SUSPEND else Cause.BLOCKED_SENDER
            yield _held(cause, entry.name, self.listed.sentence)
        if self.muted is not None:
            until = f"all mail of this sender is held until {self.muted.until:%Y-%m-%d %H:%M} UTC"
            yield _held(Cause.MUTED, "the sender", f"{self.muted.why}; {until}")
        if self.rung >= Rung.HOLD:
            yield _held(Cause.FLOOD, "the sender", self.flood)

    def told(self) -> dict[str, Any]:
        """What the trace says of it; nothing of a sender like any other."""
        known = {
            "listed": self.listed.sentence if self.listed is not None else "",
            "vip": "an important customer" if self.is_vip else "",
            "flood": self.flood,
        }
        return {"standing": {name: words for name, words in known.items() if words}} if any(known.values()) else {}


def _held(cause: Cause, evidence: str, reason: str) -> Decision:
    return Decision(Outcome.QUARANTINE, None, False, reason, (Step(evidence, "used", reason),), cause=cause)


def keys_of(entry: Entry, understood: Understood) -> tuple[str, ...]:
    """By what this mail is counted, if it is: its author, and its envelope's sender where it came by the network."""
    author = understood.message.author
    if author is None:
        return ()
    keys = [author_key(author.address, understood.trust.name.lower(), entry.peer)]
    if entry.reverse_path and entry.peer:
        keys.append(door_key(entry.reverse_path, entry.peer))
    return tuple(keys)


def stand(
    connection: Connection, entry: Entry, understood: Understood, office: Office, *, by_agent: bool, now: datetime
) -> Standing:
    """Ask the lists and count the mail. ``by_agent``: From names an agent, which alone proves nothing."""
    author = understood.message.author
    proven = understood.trust >= Trust.WEAK
    sender = Sender(author.address if author is not None else "", proven, entry.reverse_path, entry.peer)
    listed = office.sender_lists.read(connection, now=now).find(sender, now=now)
    is_vip = office.vips.find(Sender(sender.author, proven), now=now) is not None
    plain = Standing(listed, is_vip)
    if author is None or not office.configuration.limits.enabled:
        return plain
    if plain.is_allowed or _is_exempt(connection, entry, understood, office, sender, by_agent=by_agent, now=now):
        return plain
    return _counted(connection, entry, understood, office, plain, now)


def _is_exempt(
    connection: Connection,
    entry: Entry,
    understood: Understood,
    office: Office,
    sender: Sender,
    *,
    by_agent: bool,
    now: datetime,
) -> bool:
    """Whom floods are never held against: our own people and programs, delivery reports, contact forms, monitors."""
    message = understood.message
    ours = entry.protocol == "inject" or bool(entry.authenticated_as) or (by_agent and understood.trust is Trust.STRONG)
    if ours or entry.shadow or message.bounce is not None:
        return True
    if entry.fence > 1 and was_released(connection, entry.id):  # a person has judged it, after it was counted
        return True
    if office.exempt_senders.find(sender, now=now) is not None:
        return True
    return any(form.sender in (address_key(sender.author), domain_of(sender.author)) for form in office.forms)


def _counted(
    connection: Connection, entry: Entry, understood: Understood, office: Office, plain: Standing, now: datetime
) -> Standing:
    floods = office.configuration.floods
    keys = keys_of(entry, understood)
    reach = max(floods.silent[1], floods.hold[1], floods.refuse[1])
    counts = count_mail(connection, keys, now=now, minutes=reach)
    of_author = counts[keys[0]]
    found = muted(connection, keys[0], now=now)
    rung, why, events = Rung.NONE, "", list[Happened]()
    for higher, (most, minutes) in ((Rung.SILENT, floods.silent), (Rung.HOLD, floods.hold)):
        mails = within(of_author, minutes, now)
        if mails > most:
            rung, why = higher, f"{mails} mails of this sender came within {minutes} minutes"
            if mails == most + 1:
                events.append(_event(higher, keys[0], why))
    if len(keys) > 1 and not _is_trusted_client(entry.peer, office):
        events += _refuse_at_the_door(connection, keys[1], counts[keys[1]], floods, now)
    return Standing(plain.listed, plain.is_vip, rung, why, found, keys[0], tuple(events))


def _refuse_at_the_door(
    connection: Connection, key: str, mails: dict[int, int], floods: Floods, now: datetime
) -> Iterator[Happened]:
    most, minutes = floods.refuse
    count = within(mails, minutes, now)
    if count <= most:
        return
    why = f"{count} mails of this envelope sender came from this network within {minutes} minutes"
    until = now + timedelta(minutes=min(DOOR_MINUTES, minutes))
    mute(connection, key, Mute(until, "flood", why))
    yield _event(Rung.REFUSE, key, why)


def _is_trusted_client(peer: str, office: Office) -> bool:
    """One of our forwarders or monitors: it only passes on what others wrote, and would keep it all in its own queue."""
    address = ip_address(peer)
    return address is None or any(address in network for network in office.trusted_networks)


def _event(rung: Rung, key: str, why: str) -> Happened:
    return "flood", GATEWAY, {"sender": " ".join(key.split()), "rung": rung.name.lower(), "why": why}


def note_standing(
    connection: Connection, standing: Standing, decision: Decision, office: Office, *, now: datetime
) -> None:
    """Write what the count led to; mute the sender of a loop for a while."""
    add_events(connection, None, now, *standing.events)
    for _, _, data in standing.events:
        log.warning("flood", extra={"sender": data["sender"], "rung": data["rung"], "why": data["why"]})
    minutes = office.configuration.floods.loop_minutes
    if decision.cause is not Cause.LOOP or not standing.muted_now or not minutes:
        return
    why = "a mail of ours came back from this sender"
    mute(connection, standing.muted_now, Mute(now + timedelta(minutes=minutes), "loop", why))
    sender = " ".join(standing.muted_now.split())
    add_events(connection, None, now, ("flood", GATEWAY, {"sender": sender, "rung": "loop", "why": why}))


def marked(actions: Actions, standing: Standing, understood: Understood, office: Office) -> Actions:
    """What rules said, and the marks of important customers and of what scanners found. A rule's priority stands."""
    vip = office.configuration.vip
    tags = [*actions.tags, *tags_for_its_content(understood, office, is_allowed=standing.is_allowed)]
    if standing.is_vip and vip.tag is not None:
        tags.append(vip.tag)
    priority = actions.priority or (vip.priority if standing.is_vip else None)
    return replace(actions, tags=tuple(dict.fromkeys(tags)), priority=priority)


def facts_about(standing: Standing, understood: Understood) -> rule_facts.Standing:
    """What rules may ask of it."""
    scan = understood.scan
    return rule_facts.Standing(
        is_vip=standing.is_vip,
        listed=standing.listed.action.value if standing.listed is not None else "",
        spam_score=scan.score,
        symbols=scan.symbols,
        virus=scan.virus,
        not_scanned=bool(scan.silent),
    )
