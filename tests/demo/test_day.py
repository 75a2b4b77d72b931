"""The day against a real door, journal and pipeline: every mail gets the fate that its author meant, and the ledger adds up."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.agent import Stage, Unanswered, knows, mails_of, play
from gateway.demo.build import Addresses, build_day
from gateway.demo.conversations import CONVERSATIONS
from gateway.demo.day import DAY
from gateway.demo.send import Courier, HandedOver, NobodyListens
from gateway.journal import GroupCommit
from gateway.smtp.ports import Settings
from gateway.smtp.server import Door, Listener
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.schema import journal, tickets
from tests.support.office import TestOffice

ADDRESSES = Addresses(
    {"ko": "shop@example.com", "ja": "support@example.com", "en": "support@example.com"}, "help@example.com"
)
FATES = {"opened": 65, "appended": 10, "join_request": 3, "silent": 3, "bounce": 1, "duplicate": 1}


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    return TestOffice(sqlite_database, tmp_path)


@pytest.fixture
async def target(office: TestOffice, tmp_path: Path) -> AsyncIterator[tuple[str, int]]:
    """A door in front of the office's journal."""
    async with door_of(office, tmp_path) as address:
        yield address


@contextlib.asynccontextmanager
async def door_of(office: TestOffice, directory: Path) -> AsyncIterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    commit = GroupCommit(office.journal)
    door = Door(
        [Listener(listener)],
        settings=lambda: Settings(office.office.configuration, office.office.addresses),
        journal=commit,
        pending=office.journal.pending,
        blobs=BlobStore(directory / "blobs"),
        free_space=lambda: 10**12,
    )
    await door.start()
    try:
        yield listener.getsockname()
    finally:
        await door.stop(grace_seconds=0.1)
        commit.close()


def rows_by_name(office: TestOffice, handed: list[HandedOver]) -> dict[str, Any]:
    rows = {row.receipt: row for row in office.rows(journal)}
    return {it.built.mail.name: rows[it.receipt or ""] for it in handed}


def mail_all(office: TestOffice, target: tuple[str, int], *, converse: bool) -> list[HandedOver]:
    """Hand over the day, let the pipeline work, and play the conversations; blocking."""
    built = build_day(DAY, ADDRESSES, now=office.now, run="run")
    with Courier(*target) as courier:
        handed = [courier.hand_over(it) for it in built]
        office.work()
        if converse:
            receipts = {it.built.mail.name: it.receipt or "" for it in handed}
            for conversation in CONVERSATIONS:
                handed += play(stage_of(office, courier), conversation, receipts[conversation.about])
    return handed


def stage_of(office: TestOffice, courier: Courier) -> Stage:
    return Stage(
        office.desk, office.agent, ADDRESSES, lambda: office.now, lambda _: office.work(), courier.hand_over, "run"
    )


async def test_every_mail_gets_its_fate(office: TestOffice, target: tuple[str, int]) -> None:
    handed = await asyncio.to_thread(mail_all, office, target, converse=False)
    assert [it.error for it in handed if it.error] == []
    fates = {name: row.fate for name, row in rows_by_name(office, handed).items()}
    assert fates == {mail.name: mail.fate for mail in DAY}
    assert Counter(fates.values()) == FATES
    balance = office.journal.balance()
    assert balance.adds_up
    assert (balance.accepted, balance.pending) == (len(DAY), 0)
    assert {name: count for name, count in balance.fates.items() if count} == FATES


async def test_threads_end_on_one_ticket_and_strangers_beside_it(office: TestOffice, target: tuple[str, int]) -> None:
    handed = await asyncio.to_thread(mail_all, office, target, converse=False)
    rows = rows_by_name(office, handed)
    for mail in DAY:
        if mail.answers is not None:
            assert rows[mail.name].ticket_id == rows[mail.answers].ticket_id, mail.name
    assert rows["ko-refund-delivered-twice"].ticket_id == rows["ko-refund"].ticket_id
    hinted = office.events(rows["ja-stranger-with-number"].ticket_id, "maybe_belongs_to")
    assert hinted[0].data["tickets"] == [1]
    for name in ("ko-office-api", "ja-two-addresses", "en-two-addresses"):
        assert [it.data["address"] for it in office.events(rows[name].ticket_id, "also_addressed")] == [
            "help@example.com"
        ]


async def test_customers_are_answered_in_their_language_and_machines_not_at_all(
    office: TestOffice, target: tuple[str, int]
) -> None:
    handed = await asyncio.to_thread(mail_all, office, target, converse=False)
    rows = rows_by_name(office, handed)
    language = {row.id: row.language for row in office.rows(tickets)}
    acknowledged = {row.ticket_id for row in office.outbox("ack")}
    for mail in DAY:
        if mail.fate == "opened":
            ticket = rows[mail.name].ticket_id
            assert language[ticket] == mail.language, mail.name
            assert (ticket in acknowledged) == (mail.kind == "human"), mail.name


async def test_whole_conversations(office: TestOffice, target: tuple[str, int]) -> None:
    handed = await asyncio.to_thread(mail_all, office, target, converse=True)
    rows = rows_by_name(office, handed)
    for mail in mails_of():
        assert rows[mail.name].fate == mail.fate, mail.name
    status = {it.about: office.ticket(rows[it.about].ticket_id).status for it in CONVERSATIONS}
    assert status == {
        "ko-lamp-flickers": "solved",
        "ja-cancel-order": "solved",
        "en-damaged": "solved",
        "en-office-rollout": "pending",  # the absence note of its customer changes nothing
        "ko-restock": "open",  # the answer came back
    }
    lamp = office.messages(rows["ko-lamp-flickers"].ticket_id)
    assert [message.direction for message in lamp] == ["in", "in", "in", "note", "out", "in", "out"]
    assert lamp[5].reply_text.startswith("업데이트하고 나니")
    assert "2.3.2로" not in lamp[5].reply_text
    kettle = office.messages(rows["ja-cancel-order"].ticket_id)
    assert "2.3" not in kettle[-2].reply_text
    assert kettle[-2].reply_text.startswith("ご担当者様")
    assert "承りました" not in kettle[-2].reply_text
    assert office.journal.balance().adds_up


async def test_another_store_is_noticed_and_a_conversation_without_a_ticket_ends(
    office: TestOffice, target: tuple[str, int]
) -> None:
    def run() -> None:
        with Courier(*target) as courier:
            stage = stage_of(office, courier)
            assert not knows(stage, "06h000000000000000000")
            built = {it.mail.name: it for it in build_day(DAY, ADDRESSES, now=office.now, run="run")}
            receipt = courier.hand_over(built["en-out-of-office"]).receipt
            assert receipt is not None
            assert knows(stage, receipt)
            with pytest.raises(Unanswered, match="is on no ticket: silent"):
                list(play(stage, CONVERSATIONS[0], receipt))

    await asyncio.to_thread(run)


async def test_a_refused_mail_is_told_and_the_next_one_goes_on(office: TestOffice, target: tuple[str, int]) -> None:
    elsewhere = Addresses(
        {"ko": "nobody@example.com", "ja": "support@example.com", "en": "support@example.com"}, "help@example.com"
    )

    def run() -> list[HandedOver]:
        with Courier(*target) as courier:
            return [courier.hand_over(it) for it in build_day(DAY[:4], elsewhere, now=office.now, run="run")]

    handed = await asyncio.to_thread(run)
    assert [(it.built.mail.language, it.receipt is None) for it in handed] == [
        ("ko", True),
        ("ja", False),
        ("en", False),
        ("ko", True),
    ]
    assert (handed[0].error or "").startswith("550 5.1.1")


async def test_a_door_that_closes_is_told(office: TestOffice, tmp_path: Path) -> None:
    built = build_day(DAY[:3], ADDRESSES, now=office.now, run="run")
    async with door_of(office, tmp_path) as target:
        courier = await asyncio.to_thread(Courier(*target).__enter__)
        assert (await asyncio.to_thread(courier.hand_over, built[0])).error is None
    lost = await asyncio.to_thread(courier.hand_over, built[1])
    assert lost.receipt is None
    assert "connection was lost" in (lost.error or "") or (lost.error or "").startswith("421")
    with pytest.raises(NobodyListens):
        await asyncio.to_thread(courier.hand_over, built[2])
