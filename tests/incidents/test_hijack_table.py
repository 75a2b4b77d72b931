"""Who may write to a ticket of others, and what they can make us send: every sender with every kind of evidence at every trust level.

Each cell is a mail over a real socket to a ticket of its own, which an agent has solved. What a cell says is read back from the store: on
which ticket the mail is and who may see it, whether the ticket woke up, who takes part, and to whom anything was written.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.store.agents import create_agent
from gateway.threading.tokens import reply_address
from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse
from tests.support.hijack import (
    AGENT,
    ATTACKER,
    FORGED_AGENT,
    OTHER,
    PARTICIPANT,
    REQUESTER,
    STRANGER,
    Scene,
    broken,
    scene,
)
from tests.support.office import KEYRING

pytestmark = pytest.mark.xdist_group("hijack")

LEVELS = ("none", "weak", "forwarded")

# P public on the ticket, which wakes up · I internal on the ticket: asked to join, nothing else happens · X the same on the other
# ticket · H a ticket of its own with "maybe belongs to" · N a ticket of its own. One letter for each level: none, weak, forwarded.
EVIDENCE = (
    "own token",  # the author's; strangers and the forged agent have none and use the requester's
    "token of another ticket",
    "expired token",
    "forged token",
    "references",  # to a mail of ours to the author, else to the requester
    "forged references",
    "subject number",
    "forwarded token",  # another participant's, as it stands in a mail that was forwarded or quoted
    "own token with an attacker in Cc",
)
TABLE = {
    STRANGER: "III XXX HHH NNN III NNN HHH III III",
    REQUESTER: "IPP XXX HHH NNN IIP NNN HHH III IPP",
    PARTICIPANT: "IPP XXX HHH NNN IIP NNN HHH III IPP",
    FORGED_AGENT: "III XXX HHH NNN III NNN HHH III III",
    AGENT: "III XXX HHH NNN III NNN HHH III III",
}


def cells() -> Iterator[tuple[str, str, str, str]]:
    for author, line in TABLE.items():
        for evidence, column in zip(EVIDENCE, line.split(), strict=True):
            for level, expected in zip(LEVELS, column, strict=True):
                yield author, evidence, level, expected


@pytest.fixture(scope="module")
def staff(houses: dict[str, Gatehouse]) -> None:
    for house in houses.values():
        with house.office.database.write() as connection:
            create_agent(connection, address=AGENT, name="Kate", role="agent", language="en", now=house.office.now)


def attempt(stage: Scene, author: str, evidence: str) -> tuple[bytes, str]:
    """The mail, and the address to which it goes."""
    to, subject, headers = "support@example.com", "Door", []
    match evidence:
        case "own token":
            to = stage.token(author)
        case "token of another ticket":
            to = stage.token(OTHER, ticket=stage.other)
        case "expired token":
            to = stage.token(author, days=-1)
        case "forged token":
            to = broken(stage.token(author))
        case "references":
            headers = [("References", f"<{stage.message_id(author)}>")]
        case "forged references":
            headers = [("References", f"<{broken(stage.message_id(author))}>")]
        case "subject number":
            subject = f"Re: [#{stage.ticket}] Door"
        case "forwarded token":
            to = stage.token(PARTICIPANT if author == REQUESTER else REQUESTER)
        case "own token with an attacker in Cc":
            to = stage.token(author)
            headers = [("Cc", f"Mallory <{ATTACKER}>")]
    return mail("Open the door.", sender=author, to=to, subject=subject, headers=tuple(headers)), to


@pytest.mark.parametrize(("author", "evidence", "level", "expected"), list(cells()))
def test_cell(houses: dict[str, Gatehouse], staff: None, author: str, evidence: str, level: str, expected: str) -> None:
    stage = scene(houses[level])
    office = stage.house.office
    people = stage.house.people(stage.ticket), stage.house.people(stage.other)
    before = len(office.outbox())
    raw, to = attempt(stage, author, evidence)

    row = stage.house.send(raw, to=(to,), reverse_path=author)

    fates = {"P": "appended", "I": "join_request", "X": "join_request", "H": "opened", "N": "opened"}
    assert row.fate == fates[expected]
    asked = "agent_refused" if author in (FORGED_AGENT, AGENT) else "join_request"
    where = {"P": stage.ticket, "I": stage.ticket, "X": stage.other}.get(expected)
    if where is None:
        assert row.ticket_id not in (stage.ticket, stage.other)
        hints = office.events(row.ticket_id, "maybe_belongs_to")
        assert [event.data["tickets"] for event in hints] == ([[stage.ticket]] if expected == "H" else [])
    else:
        assert row.ticket_id == where
        last = office.messages(where)[-1]
        assert (last.journal_id, last.public, last.trust) == (row.id, expected == "P", level)
        assert len(office.events(where, asked)) == (expected != "P")
    assert office.ticket(stage.ticket).status == ("open" if expected == "P" else "solved")
    assert office.ticket(stage.other).status == "new"
    assert (stage.house.people(stage.ticket), stage.house.people(stage.other)) == people
    assert [message.journal_id for message in office.messages(stage.ticket)].count(row.id) == (where == stage.ticket)

    sent = [it for it in office.outbox()[before:] if it.kind != "agent"]  # to agents: test_i04_agent_impersonation.py
    answered = expected in "HN" and level != "none"
    assert [(it.kind, it.recipient, it.ticket_id) for it in sent] == (
        [("ack", author, row.ticket_id)] if answered else []
    )
    assert not any(ATTACKER.encode() in it.raw or b"4711" in it.raw for it in sent)
    assert all(it.recipient in (FORGED_AGENT, AGENT) for it in office.outbox()[before:] if it.kind == "agent")
    if expected in "HN" and level == "none":
        assert office.events(row.ticket_id, "unverified_sender")


def test_the_table_is_whole() -> None:
    assert len(list(cells())) == 5 * len(EVIDENCE) * len(LEVELS)


def test_the_door_tells_nobody_which_token_is_good(houses: dict[str, Gatehouse], staff: None) -> None:
    """Good, expired, forged, malformed, of a ticket that is not there: the same words at every step."""
    house = houses["forwarded"]
    stage = scene(house)
    gone = reply_address(
        KEYRING,
        local="reply",
        domain="reply.example.com",
        ticket=999_999,
        participant=1,
        expires=house.office.now.date() + timedelta(days=9),
    )
    good = stage.token(REQUESTER)
    addresses = (good, stage.token(REQUESTER, days=-1), broken(good), "reply+nonsense@reply.example.com", gone)
    dialogs = [house.dialog(mail(sender=STRANGER, to=address), to=(address,)) for address in addresses]
    house.office.work()
    assert len({(dialog.mail, dialog.rcpt, dialog.data) for dialog in dialogs}) == 1
    assert dialogs[0].data[0] == 250
