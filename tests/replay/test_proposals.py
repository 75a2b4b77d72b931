"""What an older reader left wrong is proposed, mended as accepted, and nothing else; mail that was read well gives no proposal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from gateway.config.load import load_all
from gateway.desk.office import Office
from gateway.replay.accept import AnotherChangeSet
from gateway.replay.model import Field
from gateway.replay.stored import Wanted
from gateway.store.audit import list_entries, verify
from gateway.store.database import Database
from gateway.store.schema import audit, events, journal, messages, outbox, quarantine, thread_ids, ticket_tags, tickets
from gateway.store.view_model import EventRow
from gateway.web.pages.timeline import describe_for
from tests.automation.conftest import GATEWAY
from tests.replay.conftest import OPERATOR, Replayer
from tests.support.accepted import mail
from tests.support.office import KEYRING, TestOffice

LAMP = "lamp@customer.example"
RULES = r"""
rules:
  - {name: Lamps, when: {body: lamp}, then: {team: light, tags: lamp, priority: high, type: incident}}
  - {name: Orders, when: {body: 'order (?P<order>\d+)'}, then: {fields: {order: '{match.order}'}}}
"""
BOUNCE = (
    b"From: Mail Delivery System <MAILER-DAEMON@mx.customer.example>\r\nTo: support@example.com\r\nSubject: Undelivered Mail\r\n"
    b"Message-ID: <b1@mx.customer.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nIt failed.\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n"
    b"Final-Recipient: rfc822; hong@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
)


def ruled(replayer: Replayer, folder: Path, rules: str = RULES) -> None:
    (folder / "gateway.yaml").write_text(GATEWAY, "utf-8")
    (folder / "rules.yaml").write_text(rules, "utf-8")
    loaded = load_all(folder / "gateway.yaml", {"GATEWAY__DATA_DIR": str(folder)})
    replayer.office.office = Office(loaded, KEYRING, replayer.office.office.entropy)


def a_day(office: TestOffice) -> int:
    """A conversation with all that may happen to one; the number of its ticket."""
    number = int(
        office.take(mail("The lamp of order 17 is dark. 전등이 꺼졌습니다.", message_id=LAMP)).ticket_id  # type: ignore[arg-type]
    )
    office.later(hours=1)
    office.desk.reply(number, office.agent, "Is the cable in?")
    office.later(hours=1)
    address = office.reply_to(number)
    office.take(mail("Yes, it is.", to=address, message_id="yes@customer.example"), to=(address,))
    office.later(hours=1)
    after = (("References", f"<{LAMP}>"),)
    office.take(mail("I know this lamp.", sender="mia@partner.example", headers=after))
    away = ("Auto-Submitted", "auto-replied")
    office.take(mail("I am away.", to=address, headers=(away,)), to=(address,))
    office.take(BOUNCE, reverse_path="")
    office.later(hours=1)
    other = int(office.take(mail("Where is the bill?", subject="Bill")).ticket_id)  # type: ignore[arg-type]
    office.later(hours=1)
    office.desk.merge(other, number, office.agent)
    office.later(hours=1)
    office.desk.solve(number, office.agent)
    office.later(hours=1)
    office.take(mail("It is dark again.", to=address, headers=after), to=(address,))
    return number


def test_mail_that_was_read_well_gives_no_proposal(replayer: Replayer, tmp_path: Path) -> None:
    ruled(replayer, tmp_path)
    a_day(replayer.office)
    found, summed = replayer.look()
    assert [(it.proposal.message, it.proposal.changes) for it in found] == []
    assert (summed.mails, summed.digest, summed.left_out) == (6, "", {})


def set_columns(**values: Any) -> Callable[[Any, int], None]:
    def spoil(connection: Any, message: int) -> None:
        connection.execute(update(messages).where(messages.c.id == message).values(**values))

    return spoil


def set_trace(**values: Any) -> Callable[[Any, int], None]:
    def spoil(connection: Any, message: int) -> None:
        trace = connection.execute(select(messages.c.trace).where(messages.c.id == message)).scalar_one()
        connection.execute(update(messages).where(messages.c.id == message).values(trace={**trace, **values}))

    return spoil


def set_ticket(**values: Any) -> Callable[[Any, int], None]:
    def spoil(connection: Any, _: int) -> None:
        connection.execute(update(tickets).where(tickets.c.id == 1).values(**values))

    return spoil


def other_tags(connection: Any, _: int) -> None:
    connection.execute(delete(ticket_tags).where(ticket_tags.c.ticket_id == 1))
    connection.execute(insert(ticket_tags).values(ticket_id=1, tag="by-hand"))


def no_ids(connection: Any, message: int) -> None:
    connection.execute(delete(thread_ids).where(thread_ids.c.message_row == message))


SPOILT: dict[str, tuple[Callable[[Any, int], None], Any]] = {
    "subject": (set_columns(subject="=?utf-8?B?7KCE?="), "Lamp"),
    "text": (set_columns(text="The lamp"), "The lamp of order 17 is dark. 전등이 꺼졌습니다.\n"),
    "reply": (set_columns(reply_text=""), "The lamp of order 17 is dark. 전등이 꺼졌습니다."),
    "html": (set_columns(html="<p>x</p>"), None),
    "sender": (set_columns(author="hong@customer"), "hong@customer.example"),
    "sender_name": (set_columns(author_name="Hong <"), "Hong"),
    "recipients": (set_columns(recipients={"to": [], "cc": []}), {"to": ["support@example.com"], "cc": []}),
    "attachments": (set_columns(attachments=[{"part": "1", "sha256": "0", "inline": False}]), []),
    "language": (set_trace(language="en"), "ko"),
    "kind": (set_trace(kind={"kind": "list", "reason": "List-Id"}), {"kind": "human", "reason": None}),
    "findings": (
        set_trace(hidden_text=7),
        {"defects": [], "remote_content": 0, "tracking_pixels": 0, "hidden_text": 0},
    ),
    "rules": (set_trace(rules=[]), ["Lamps", "Orders"]),
    "title": (set_ticket(subject="(no subject)"), "Lamp"),
    "team": (set_ticket(team="front"), "light"),
    "priority": (set_ticket(priority="normal"), "high"),
    "type": (set_ticket(type=""), "incident"),
    "fields": (set_ticket(fields={"order": "1", "own": "kept"}), {"order": "17", "own": "kept"}),
    "tags": (other_tags, ["by-hand", "lamp"]),
    "ids": (no_ids, None),
}


def test_what_an_older_reader_left_wrong_is_proposed_and_mended(replayer: Replayer, tmp_path: Path) -> None:
    """The negative control of each field: exactly this is found, and after it was accepted nothing more."""
    ruled(replayer, tmp_path)
    office = replayer.office
    office.take(mail("The lamp of order 17 is dark. 전등이 꺼졌습니다.", message_id=LAMP))

    def whole() -> list[Any]:
        (message,), ids = office.rows(messages), office.rows(thread_ids)
        trace = {name: value for name, value in message.trace.items() if name != "replayed"}
        return [
            {**message._mapping, "trace": trace},
            office.rows(tickets),
            [row[1:] for row in ids],
            office_tags(office),
        ]

    before = whole()
    for name, (spoil, becomes) in SPOILT.items():
        with office.database.write() as connection:
            spoil(connection, 1)
        changes = replayer.changes()
        assert [*changes] == [1], name
        assert [*changes[1]] == [name]
        assert not changes[1][name].refused
        assert name == "ids" or changes[1][name].becomes == becomes
        written = replayer.write()
        assert (written.mails, written.changes, written.overtaken) == (1, 1, 0), name
        assert replayer.changes() == {}, f"{name}: the second run proposes nothing"
        if name == "fields":  # what else was there was kept
            before[1] = office.rows(tickets)
        if name == "tags":
            before[3] = office_tags(office)
            assert {row.tag for row in before[3]} == {"lamp", "by-hand"}
        assert whole() == before, name


def test_each_mend_is_an_event_and_a_row_in_the_audit_log(database: Database, tmp_path: Path) -> None:
    """On each engine: what is written, who wrote it, and that no rule will be asked about it."""
    office = TestOffice(database, tmp_path)
    replayer = Replayer(office)
    office.take(mail("The lamp is dark.", message_id=LAMP))
    office.take(mail("My chair squeaks.", subject="Chair"))
    with database.write() as connection:
        connection.execute(update(messages).values(text="", reply_text=""))
        connection.execute(update(tickets).where(tickets.c.id == 2).values(team="lost"))
        no_ids(connection, 1)
    digest = replayer.look()[1].digest
    assert replayer.write(digest).mails == 2
    told = [office.events(number, "replayed")[0] for number in (1, 2)]
    assert [it.data["fields"] for it in told] == [["text", "reply", "ids"], ["text", "reply", "team"]]
    assert [it.data["changed"] for it in told] == [{}, {"team": {"from": "lost", "to": None}}]
    assert {(it.actor, it.handled, it.data["change_set"]) for it in told} == {(OPERATOR, True, digest)}
    with database.read() as connection:
        rows = [row for row in list_entries(connection) if row.what == "replayed"]
        assert [(row.about, row.actor, row.data["change_set"]) for row in rows] == [
            ("message 2", OPERATOR, digest),
            ("message 1", OPERATOR, digest),
        ]
        assert not verify(connection).why
    assert "dark" not in json.dumps([row.data for row in rows]), "no customer's word: rows of the log are never changed"
    assert replayer.changes() == {}


def test_only_what_was_shown_can_be_accepted(replayer: Replayer) -> None:
    office = replayer.office
    office.take(mail("The lamp is dark.", message_id=LAMP))
    office.take(mail("My chair squeaks."))
    with office.database.write() as connection:
        connection.execute(update(messages).where(messages.c.id == 1).values(text=""))
    shown = replayer.look()[1].digest
    with office.database.write() as connection:
        connection.execute(update(messages).where(messages.c.id == 2).values(text=""))
    now = replayer.look()[1].digest
    with pytest.raises(AnotherChangeSet) as caught:
        replayer.write(shown)
    assert caught.value.digest == now != shown
    assert office.events(1, "replayed") == office.rows(audit) == []
    assert [row.text for row in office.rows(messages)] == ["", ""]

    replayer.only = (Field.SUBJECT,)
    assert replayer.look()[1].digest == ""
    with pytest.raises(AnotherChangeSet):
        replayer.write(now)
    replayer.only = (Field.TEXT,)
    assert replayer.write(now).mails == 2


def test_what_somebody_set_since_is_theirs(replayer: Replayer, tmp_path: Path) -> None:
    """Other rules than those of the day propose other values, but for what a person has set."""
    office = replayer.office
    ruled(replayer, tmp_path, "rules: []")
    for _ in range(2):
        office.take(mail("The lamp of order 17 is dark."))
    office.desk.team(1, "front", office.agent)
    office.desk.priority(1, "low", office.agent)
    office.desk.tag(1, office.agent, add=["lamp"])
    office.desk.tag(1, office.agent, remove=["lamp"])
    ruled(replayer, tmp_path)
    changes = replayer.changes()
    assert set(changes[1]) == {"rules", "type", "fields"}
    assert set(changes[2]) == {"rules", "type", "fields", "team", "priority", "tags"}
    replayer.write()
    assert (office.ticket(1).team, office.ticket(1).priority, office.ticket(1).type) == ("front", "low", "incident")
    assert (office.ticket(2).team, office.ticket(2).fields) == ("light", {"order": "17"})
    assert [(row.ticket_id, row.tag) for row in office_tags(office)] == [(2, "lamp")]
    assert replayer.changes() == {}


def office_tags(office: TestOffice) -> list[Any]:
    with office.database.read() as connection:
        return list(connection.execute(select(ticket_tags)))


def test_a_rule_that_would_drop_the_mail_today_takes_nothing_away(replayer: Replayer, tmp_path: Path) -> None:
    ruled(replayer, tmp_path, "rules: []")
    replayer.office.take(mail("The lamp is dark."))
    ruled(replayer, tmp_path, "rules: [{name: No lamps, when: {body: lamp}, then: {drop: true}}]")
    found = replayer.changes()[1]
    assert found["held"].becomes == "rule 'No lamps' drops the mail"
    assert found["held"].refused
    replayer.write()
    assert set(replayer.changes()[1]) == {"held"}
    assert replayer.look()[1].digest == ""


def test_held_and_dropped_mail_is_told_of_and_left_to_people(replayer: Replayer, tmp_path: Path) -> None:
    held = "rules: [{name: Look, when: {body: lamp}, then: {quarantine: true}}, {name: Away, when: {body: chair}, then: {drop: true}}]"
    ruled(replayer, tmp_path, held)
    entries = [replayer.office.take(mail(text)) for text in ("The lamp.", "A chair.")]
    assert [entry.fate for entry in entries] == ["quarantined", "dropped"]
    assert replayer.look()[0] == []
    ruled(replayer, tmp_path, "rules: []")
    found, summed = replayer.look()
    assert [(it.proposal.receipt, it.proposal.changes[0].was, it.proposal.changes[0].becomes) for it in found] == [
        (entries[0].receipt, "held_by_rule", ""),
        (entries[1].receipt, "dropped by Away", ""),
    ]
    assert f"gateway quarantine release {entries[0].receipt}" in found[0].proposal.changes[0].refused
    assert (summed.refused, summed.digest) == (2, "")
    with replayer.office.database.write() as connection:
        connection.execute(update(quarantine).values(released_from=["held_by_rule"]))
    assert len(replayer.look()[0]) == 1, "what a person has judged since is not told of"


def test_what_was_erased_stays_erased(replayer: Replayer) -> None:
    """Also where another mail with the same bytes keeps the file."""
    office = replayer.office
    for _ in range(3):
        office.take(mail("The lamp is dark."))
    with office.database.write() as connection:
        connection.execute(update(messages).values(text="", reply_text=""))
        connection.execute(insert(quarantine).values(journal_id=1, erased_at=office.now))
        connection.execute(update(messages).where(messages.c.id == 2).values(trace={"reason": "redacted"}))
        connection.execute(update(journal).where(journal.c.id == 3).values(digest="0" * 64))
    found, summed = replayer.look()
    assert found == []
    assert (summed.mails, summed.left_out) == (3, {"their bytes were removed": 2, "their bytes are damaged": 1})


def test_mail_on_which_the_reader_crashed_is_read_again_by_name_alone(replayer: Replayer) -> None:
    entry = replayer.office.take(mail("The lamp is dark."))
    with replayer.office.database.write() as connection:
        connection.execute(update(messages).values(text=""))
        connection.execute(update(journal).values(crashes=2))
    assert replayer.look()[1].left_out == {"the reader crashed on them; name one with --message": 1}
    for name in (entry.receipt, "1"):
        replayer.wanted = Wanted(mail=name)
        assert set(replayer.changes()[1]) == {"text"}


def test_one_mail_of_which_nonsense_is_stored_does_not_stop_the_others(replayer: Replayer) -> None:
    for _ in range(3):
        replayer.office.take(mail("The lamp is dark."))
    with replayer.office.database.write() as connection:
        connection.execute(update(messages).values(text=""))
        set_trace(trust={"level": "enormous"})(connection, 2)
    assert [*replayer.changes()] == [1, 3]
    assert sum(replayer.look()[1].left_out.values()) == 1
    replayer.wanted = Wanted(mail="2")
    with pytest.raises(KeyError, match="ENORMOUS"):
        replayer.look()


def test_nothing_waits_to_be_sent_or_to_be_asked_of_rules(replayer: Replayer, tmp_path: Path) -> None:
    ruled(replayer, tmp_path)
    office = replayer.office
    a_day(office)
    with office.database.write() as connection:
        connection.execute(update(messages).where(messages.c.direction == "in").values(text="", subject=""))
        connection.execute(update(tickets).values(team=None, priority="low", fields={}))
        connection.execute(update(events).values(handled=True))
    before = office.rows(outbox)
    assert replayer.write().mails == 6
    assert office.rows(outbox) == before
    assert office.rows(events, ~events.c.handled) == []
    assert len(office.rows(events, events.c.kind == "replayed")) == 6


def test_the_page_says_who_accepted_what(replayer: Replayer) -> None:
    office = replayer.office
    office.take(mail("The lamp is dark."))
    with office.database.write() as connection:
        connection.execute(update(messages).values(text="", subject=""))
    digest = replayer.look()[1].digest
    replayer.write()
    (row,) = office.events(1, "replayed")
    event = EventRow(row.id, row.at, row.kind, row.actor, row.data)
    said = {language: describe_for(language, {}, office.office)(event) for language in ("en", "ko", "ja")}
    assert all(digest in one and "subject, text" in one and OPERATOR in one for one in said.values()), said
    assert len(set(said.values())) == 3
