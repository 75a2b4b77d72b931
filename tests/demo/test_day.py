"""The day against a real door, journal and pipeline: every mail gets the fate that its author meant, and the ledger adds up."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.agent import Stage, Unanswered, knows, mails_of, play
from gateway.demo.build import Addresses, build_day
from gateway.demo.conversations import CONVERSATIONS
from gateway.demo.day import DAY
from gateway.demo.send import Courier, HandedOver, NobodyListens
from gateway.group_commit import GroupCommit
from gateway.smtp.ports import Settings
from gateway.smtp.server import Door, Listener
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.store.schema import journal, tickets
from tests.support.databases import SqliteFiles
from tests.support.office import TestOffice

ADDRESSES = Addresses(
    {"ko": "shop@example.com", "ja": "support@example.com", "en": "support@example.com"}, "help@example.com"
)
ALL = (*DAY, *mails_of())
FATES = {"opened": 65, "appended": 13, "join_request": 3, "silent": 4, "bounce": 2, "duplicate": 1}


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


@dataclass(frozen=True)
class Played:
    office: TestOffice
    handed: list[HandedOver]
    rows: dict[str, Any]  # of the journal, by the mail's name


def mail_all(office: TestOffice, target: tuple[str, int]) -> list[HandedOver]:
    """Hand over the day, let the pipeline work, and play the conversations; blocking."""
    with Courier(*target) as courier:
        handed = [courier.hand_over(it) for it in build_day(DAY, ADDRESSES, now=office.now, run="run")]
        office.work()
        receipts = {it.built.mail.name: it.receipt or "" for it in handed}
        for conversation in CONVERSATIONS:
            handed += play(stage_of(office, courier), conversation, receipts[conversation.about])
    return handed


def stage_of(office: TestOffice, courier: Courier) -> Stage:
    return Stage(
        office.desk, office.agent, ADDRESSES, lambda: office.now, lambda _: office.work(), courier.hand_over, "run"
    )


@pytest.fixture(scope="module")
def day(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The whole day with all its conversations, played once for all tests that only look."""
    directory = tmp_path_factory.mktemp("day")
    database = Database(sqlite_files.create(directory))
    office = TestOffice(database, directory)

    async def run() -> list[HandedOver]:
        async with door_of(office, directory) as target:
            return await asyncio.to_thread(mail_all, office, target)

    handed = asyncio.run(run())
    rows = {row.receipt: row for row in office.rows(journal)}
    yield Played(office, handed, {it.built.mail.name: rows[it.receipt or ""] for it in handed})
    database.dispose()


def test_every_mail_gets_its_fate(day: Played) -> None:
    assert [it.error for it in day.handed if it.error] == []
    assert {name: row.fate for name, row in day.rows.items()} == {mail.name: mail.fate for mail in ALL}
    balance = day.office.journal.balance()
    assert balance.adds_up
    assert (balance.accepted, balance.pending) == (len(ALL), 0)
    assert {name: count for name, count in balance.fates.items() if count} == FATES


def test_threads_end_on_one_ticket_and_strangers_beside_it(day: Played) -> None:
    for mail in DAY:
        if mail.answers is not None:
            assert day.rows[mail.name].ticket_id == day.rows[mail.answers].ticket_id, mail.name
    assert day.rows["ko-refund-delivered-twice"].ticket_id == day.rows["ko-refund"].ticket_id
    hinted = day.office.events(day.rows["ja-stranger-with-number"].ticket_id, "maybe_belongs_to")
    assert hinted[0].data["tickets"] == [1]
    for name in ("ko-office-api", "ja-two-addresses", "en-two-addresses"):
        also = day.office.events(day.rows[name].ticket_id, "also_addressed")
        assert [it.data["address"] for it in also] == ["help@example.com"]


def test_customers_are_answered_in_their_language_and_machines_not_at_all(day: Played) -> None:
    language = {row.id: row.language for row in day.office.rows(tickets)}
    acknowledged = {row.ticket_id for row in day.office.outbox("ack")}
    for mail in DAY:
        if mail.fate == "opened":
            ticket = day.rows[mail.name].ticket_id
            assert language[ticket] == mail.language, mail.name
            assert (ticket in acknowledged) == (mail.kind == "human"), mail.name


def test_whole_conversations(day: Played) -> None:
    status = {it.about: day.office.ticket(day.rows[it.about].ticket_id).status for it in CONVERSATIONS}
    assert status == {
        "ko-lamp-flickers": "solved",
        "ja-cancel-order": "solved",
        "en-damaged": "solved",
        "en-office-rollout": "pending",  # the absence note of its customer changes nothing
        "ko-restock": "open",  # the answer came back
    }
    lamp = day.office.messages(day.rows["ko-lamp-flickers"].ticket_id)
    assert [message.direction for message in lamp] == ["in", "in", "in", "note", "out", "in", "out"]


def test_what_is_written_back_goes_to_the_signed_address_of_our_answer(day: Played) -> None:
    for mail in mails_of():
        (path,) = day.rows[mail.name].forward_paths
        assert path.startswith("reply+"), mail.name
        assert path.endswith("@reply.example.com"), mail.name


def test_what_the_customers_reply_is_told_from_our_answer(day: Played) -> None:
    written = {mail.name: mail for mail in mails_of() if mail.kind == "human"}
    assert len(written) == 3
    for name, mail in written.items():
        row = day.rows[name]
        (stored,) = [it for it in day.office.messages(row.ticket_id) if it.journal_id == row.id]
        assert stored.reply_text.strip() == mail.text
        assert len(stored.text) > 2 * len(mail.text), "our answer is quoted below"


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
