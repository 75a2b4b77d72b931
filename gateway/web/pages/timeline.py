"""What happened on a ticket, in the order in which it happened, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.desk.office import Office
from gateway.desk.undelivered import reason_in_words
from gateway.store.view_model import EventRow, MessageRow, TicketPage
from gateway.web.pages.reasons import because
from gateway.web.pages.satisfaction import describe_rating
from gateway.web.pages.taking_part import describe_people
from gateway.web.pages.ticket_model import describe_model
from gateway.web.render import tidy
from gateway.web.words import WORDS, word

# What a message on the same page tells already.
_TOLD_BY_MESSAGE = frozenset({"created", "answered", "answer_held", "noted", "machine_mail", "join_request", "replied"})


def timeline(page: TicketPage) -> list[tuple[str, MessageRow | EventRow]]:
    """Messages and events, oldest first, each as ``("message" or "event", row)``. Events before the first shown message are left out."""
    start = page.messages[0].created_at if page.has_earlier and page.messages else None
    entries: list[tuple[str, MessageRow | EventRow]] = [("message", message) for message in page.messages]
    entries += [
        ("event", event)
        for event in page.events
        if event.kind not in _TOLD_BY_MESSAGE and (start is None or event.at >= start)
    ]
    return sorted(entries, key=_moment)


def _moment(entry: tuple[str, MessageRow | EventRow]) -> tuple[Any, int, int]:
    kind, row = entry
    if isinstance(row, MessageRow):
        return row.created_at, 0, row.id
    return row.at, 1 if kind == "event" else 0, row.id


def forwarders(page: TicketPage, names: Mapping[str, str]) -> dict[int, str]:
    """The agent who forwarded a mail that is shown as its author's, by the message."""
    found: dict[int, str] = {}
    for event in page.events:
        if event.kind != "forwarded_by" or not isinstance(event.data, Mapping):
            continue
        author, agent = event.data.get("from"), str(event.data.get("agent") or "")
        told = next((row for row in page.messages if row.kind == "mail" and row.author == author and agent), None)
        if told is not None:
            found.setdefault(told.id, tidy(names.get(agent, agent)))
    return found


def rest_of(message: MessageRow) -> str:
    """What the sender did not write this time (quotes, signature): the mail without what is shown of it; "" if nothing."""
    shown, whole = message.reply_text.strip(), message.text.strip()
    if not shown or shown == whole:
        return ""
    return whole.removeprefix(shown).strip() if whole.startswith(shown) else whole


def describe_for(language: str, names: Mapping[str, str], office: Office) -> Callable[[EventRow], str]:
    """A function that puts an event into words; ``names`` are agents' names by address."""

    def person(address: object) -> str:
        if not address:
            return word(language, "nobody")
        return tidy(names.get(str(address), str(address)))

    def describe(event: EventRow) -> str:
        data: Mapping[str, Any] = event.data if isinstance(event.data, Mapping) else {}
        actor = person(event.actor)
        if (told := describe_people(language, event, data, person)) is not None:
            return told
        if (told := describe_model(language, office, event, data, actor)) is not None:
            return told
        match event.kind:
            case "status":
                return word(
                    language,
                    "event_status",
                    actor=actor,
                    before=word(language, f"status_{data.get('from')}"),
                    after=word(language, f"status_{data.get('to')}"),
                )
            case "assigned" | "team":
                told = word(language, f"event_{event.kind}", actor=actor, after=person(data.get("to")))
                return because(language, told, data, person)
            case "not_assigned" | "returned":
                why = because(language, tidy(str(data.get("why", ""))), {**data, "why": ""}, person)
                return word(language, f"event_{event.kind}", before=person(data.get("from")), why=why)
            case "priority":
                return word(language, "event_priority", actor=actor, after=word(language, f"priority_{data.get('to')}"))
            case "tags":
                change = [f"+{tag}" for tag in data.get("added", ())] + [f"−{tag}" for tag in data.get("removed", ())]
                return word(language, "event_tags", actor=actor, change=tidy(" ".join(change)))
            case "rules":
                applied = (str(one.get("rule")) for one in data.get("applied", ()))
                return word(language, "event_rules", rules=tidy(", ".join(applied)))
            case "replayed":
                read_again = tidy(", ".join(map(str, data.get("fields", ()))))
                digest = tidy(str(data.get("change_set", "")))
                return word(language, "event_replayed", actor=actor, change_set=digest, fields=read_again)
            case "rule_failed":
                return word(language, "event_rule_failed", why=tidy(str(data.get("why", ""))))
            case "sla_warned" | "sla_breached":
                promise = word(language, f"promise_{data.get('metric')}")
                due = tidy(str(data.get("due_at", ""))[:16].replace("T", " ")) + " UTC"
                return word(language, f"event_{event.kind}", promise=promise, due=due)
            case "promise_summed":
                told = tidy(", ".join(map(str, data.get("agents", ()))))
                return word(language, "event_promise_summed", to=told, due=tidy(str(data.get("due", ""))))
            case "agent_mail":
                done = [*data.get("done", ()), *data.get("held", ()), *data.get("not_done", ())]
                return word(language, "event_agent_mail", actor=actor, done=tidy("; ".join(map(str, done)))[:600])
            case "agent_refused":
                return word(language, "event_agent_refused", actor=actor, why=tidy(str(data.get("why", ""))))
            case "recalled":
                return word(language, "event_recalled", actor=actor, to=tidy(", ".join(map(str, data.get("to", ())))))
            case "surge":
                return word(language, "event_surge", words=tidy(", ".join(map(str, data.get("words", ())))))
            case "sender_checked_again":
                found = f"proof_{data.get('proof')}"
                return word(language, "event_sender_checked_again", found=word(language, found))
            case "not_scanned":
                scanner, why = tidy(str(data.get("scanner"))), tidy(str(data.get("why")))
                return word(language, "event_not_scanned", scanner=scanner, why=why)
            case "undelivered":
                why = reason_in_words(str(data.get("reason")), language)
                return word(language, "event_undelivered", to=tidy(str(data.get("to", ""))), why=why)
            case "reminded":
                return word(language, "event_reminded", step=tidy(str(data.get("step", ""))))
            case "details_unread":
                why = "; ".join(map(str, data.get("fields", {}).values()))
                return word(language, "event_details_unread", actor=actor, why=tidy(why)[:600])
            case "promised":
                until = tidy(str(data.get("until", ""))[:16].replace("T", " ")) + " UTC"
                return word(language, "event_promised", until=until)
            case "menu_offered":
                options = (f"{number}. {label}" for number, label in enumerate(data.get("options", ()), 1))
                return word(language, "event_menu_offered", options=tidy(", ".join(options)))
            case "menu_chosen":
                path = ", ".join(map(str, data.get("path", ())))
                label, menu = tidy(str(data.get("label", ""))), tidy(str(data.get("menu", "")))
                return word(language, "event_menu_chosen", actor=actor, label=label, path=path, menu=menu)
            case "thanked":
                return word(language, "event_thanked", actor=actor)
            case "merged":
                return word(language, "event_merged", actor=actor, source=tidy(str(data.get("from"))))
            case "merged_into":
                return word(language, "event_merged_into", actor=actor, into=tidy(str(data.get("into"))))
            case "notice":
                return word(language, "event_notice", notice=_notice(language, data), to=tidy(str(data.get("to", ""))))
            case "suppressed" | "notice_held":
                why = tidy(str(data.get("why") or data.get("reason") or ""))
                return word(language, "event_suppressed", notice=_notice(language, data), why=why)
            case "forwarded_by" | "maybe_from":
                return word(
                    language,
                    f"event_{event.kind}",
                    actor=person(data.get("agent")),
                    author=tidy(str(data.get("from") or "")),
                    sure=word(language, f"sure_{data.get('confidence')}"),
                )
            case "form_fields":
                fields = data.get("fields")
                shown = (
                    "; ".join(f"{label}: {value}" for label, value in fields.items())
                    if isinstance(fields, dict)
                    else ""
                )
                return word(
                    language, "event_form_fields", form=tidy(str(data.get("form") or "")), fields=tidy(shown)[:1000]
                )
            case "rated" | "no_surveys" | "rating_ignored":
                return describe_rating(language, event.kind, data, actor)
            case "voicemail":
                said = data.get("transcript")
                system = tidy(str(data.get("system") or ""))
                return word(
                    language, "event_voicemail", system=system, said=f"“{tidy(str(said))[:2000]}”" if said else ""
                )
        return word(language, "event_other", kind=event.kind.replace("_", " "), why=_facts(data))

    return describe


def _notice(language: str, data: Mapping[str, Any]) -> str:
    key = f"notice_{data.get('notice') or data.get('kind')}"
    return word(language, key) if key in WORDS else tidy(key.removeprefix("notice_"))


def _facts(data: Mapping[str, Any]) -> str:
    """The event's own sentence, else its values."""
    told = data.get("why") or data.get("reason")
    if told:
        return tidy(str(told))
    return tidy(", ".join(f"{key} {value}" for key, value in data.items() if value not in (None, "", [])))[:300]
