"""Time and held mail: a weekly digest, a last call, deletion that waits for it, and bytes that end; once, whoever looks."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from gateway.desk.quarantine import Act, act
from gateway.desk.quarantine_calls import delete_announced, end_deleted, latest_turn, send_digest, send_last_call
from gateway.journal import Damaged, checked_bytes
from gateway.roles.upkeep import remove_files
from gateway.store.agents import create_agent
from gateway.store.quarantine import Selection
from gateway.store.schema import journal, outbox, quarantine
from tests.support.accepted import NOW, accepted, mail
from tests.support.office import TestOffice

SEOUL = ZoneInfo("Asia/Seoul")
OFFICE = {
    "outbound": {"smarthost": "127.0.0.1:2526"},
    "web": {"base_url": "https://desk.example.com"},
    "quarantine": {"time_zone": "Asia/Seoul"},
}


@pytest.fixture
def office(database: Any, tmp_path: Any) -> TestOffice:
    office = TestOffice(database, tmp_path, **OFFICE)
    look(office)  # whoever looks for the first time begins to count
    return office


def hold(office: TestOffice, count: int = 1) -> list[int]:
    rows = [
        office.take(f"Subject: held {n}\r\n\r\nno author\r\n".encode(), reverse_path="x@shop.example")
        for n in range(count)
    ]
    assert {row.cause for row in rows} == {"no_author"}
    return [row.id for row in rows]


def look(office: TestOffice) -> tuple[int, int, int, int]:
    """Everything that time brings, as a node does it at this moment."""
    given = (office.database, office.office, office.now)
    return send_digest(*given), send_last_call(*given), delete_announced(*given), end_deleted(*given)


def fates(office: TestOffice) -> list[str | None]:
    return [row.fate for row in office.rows(journal)]


def deliver(office: TestOffice) -> None:
    with office.database.write() as connection:
        connection.execute(
            outbox.update().where(outbox.c.state == "queued").values(state="sent", finished_at=office.now)
        )


def calls(office: TestOffice, name: str = "last-call") -> list[EmailMessage]:
    return [
        message_from_bytes(row.raw, policy=default)  # type: ignore[arg-type]
        for row in office.rows(outbox, outbox.c.once_key.contains(f"quarantine-{name}:"))
    ]


@pytest.mark.parametrize(
    ("moment", "weekday", "expected"),
    [
        ("2026-03-09 09:00", 0, "2026-03-09"),  # Monday, on the hour
        ("2026-03-09 08:59", 0, "2026-03-02"),
        ("2026-03-15 23:59", 0, "2026-03-09"),
        ("2026-03-09 08:59", None, "2026-03-08"),
        ("2026-03-09 09:01", None, "2026-03-09"),
    ],
)
def test_whose_turn_it_is(moment: str, weekday: int | None, expected: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=SEOUL).astimezone(UTC)
    assert latest_turn(now, SEOUL, 9, weekday) == date.fromisoformat(expected)


def test_a_turn_that_the_clock_leaps_over_still_comes() -> None:
    berlin = ZoneInfo("Europe/Berlin")  # on 29 March 2026 02:00 becomes 03:00
    assert latest_turn(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), berlin, 2) == date(2026, 3, 28)
    assert latest_turn(datetime(2026, 3, 29, 1, 1, tzinfo=UTC), berlin, 2) == date(2026, 3, 29)


def test_one_digest_a_week_while_mail_is_held(office: TestOffice) -> None:
    office.later(days=7)
    assert look(office)[0] == 0, "nothing is held"
    hold(office, 3)
    assert look(office)[0] == 0, "this week's turn has passed"
    digests = []
    for _ in range(15 * 8):
        office.later(hours=3)
        if look(office)[0]:
            digests.append(office.now.astimezone(SEOUL))
    assert [(it.strftime("%A"), it.hour) for it in digests] == [("Monday", 9), ("Monday", 9)]
    (first, _) = calls(office, "digest")
    assert first["To"] == "kim@example.com"
    assert first["Auto-Submitted"] == "auto-generated"
    text = first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "no author: 3, the oldest since 2026-03-12." in text
    assert "https://desk.example.com/quarantine" in text
    assert "2026-04-11: x@shop.example, “held 0” (no author)" in text


def test_a_month_of_downtime_catches_up_with_one_digest(office: TestOffice) -> None:
    hold(office)
    office.later(days=27)
    assert look(office)[0] == 1
    assert look(office)[0] == 0


def test_the_last_call_comes_three_days_before_and_deletion_after_it(office: TestOffice) -> None:
    hold(office, 2)
    said: datetime | None = None
    office.later(days=25)
    assert look(office)[1:3] == (0, 0)
    while office.now < NOW + timedelta(days=40):
        office.later(hours=2)
        _, called, deleted, _ = look(office)
        deliver(office)
        if called:
            assert said is None, "once is enough"
            said = office.now
        if deleted:
            break
    assert said is not None
    assert timedelta(days=26) <= said - NOW < timedelta(days=27, hours=1)
    assert office.now - said >= timedelta(days=3)
    assert timedelta(days=30) <= office.now - NOW < timedelta(days=30, hours=3)
    assert fates(office) == ["deleted", "deleted"]
    assert {row.actor for row in office.events(None, "quarantine_deleted")} == {"gateway"}
    assert office.journal.balance().adds_up
    (letter,) = calls(office)
    assert "2026-04-04" in letter["Subject"]


def test_nothing_is_deleted_while_its_announcement_waits(office: TestOffice) -> None:
    hold(office)
    office.later(days=45)
    assert look(office)[1] == 1, "announced late: the gateway was off"
    office.later(days=20)
    assert look(office)[2] == 0, "still in the outbox"
    deliver(office)
    office.later(days=2, hours=23)
    assert look(office)[2] == 0, "three days since it was sent"
    office.later(hours=2)
    assert look(office)[2] == 1


def test_an_announcement_that_reached_nobody_is_made_again(office: TestOffice) -> None:
    hold(office)
    office.later(days=28)
    assert look(office)[1] == 1
    with office.database.write() as connection:
        connection.execute(outbox.update().values(state="failed", finished_at=office.now))
    office.later(days=10)
    assert look(office)[1:3] == (1, 0)
    assert len(calls(office)) == 2


def test_without_anybody_to_tell_nothing_is_deleted_and_that_is_an_alarm(office: TestOffice) -> None:
    hold(office)
    with office.database.write() as connection:
        connection.exec_driver_sql("UPDATE agents SET role = 'agent'")
    for _ in range(8):
        office.later(days=6)
        assert look(office) == (0, 0, 0, 0)
    assert fates(office) == ["quarantined"]
    assert {row.data["reason"] for row in office.events(None, "alarm")} == {"quarantine_unheard"}


def test_two_nodes_write_one_mail(office: TestOffice) -> None:
    """Both look while neither has committed: one waits for the other."""
    with office.database.write() as connection:
        create_agent(connection, address="sato@example.com", name="", role="admin", language="ja", now=office.now)
    hold(office, 2)
    office.later(days=28)
    with ThreadPoolExecutor(8) as nodes:
        done = [node.result() for node in [nodes.submit(look, office) for _ in range(16)]]
    assert sum(it[0] for it in done) == 2, "one digest to each of two admins"
    assert sum(it[1] for it in done) == 2
    assert sorted(letter["Content-Language"] for letter in calls(office)) == ["en", "ja"]


def test_a_released_mail_that_is_held_again_has_its_days_anew(office: TestOffice) -> None:
    (number,) = hold(office)
    office.later(days=28)
    look(office)
    deliver(office)
    with office.database.write() as connection:
        connection.execute(journal.update().values(reverse_path=""))  # then nobody can be its author
    act_on(office, Act.RELEASE)
    office.work()
    assert fates(office) == ["quarantined"]
    office.later(days=5)
    assert look(office)[2] == 0
    assert kept(office, number).last_call is None


def act_on(office: TestOffice, what: Act) -> int:
    is_ours = office.office.addresses.is_ours
    done = act(office.database, what, Selection(), actor="kim@example.com", now=office.now, is_ours=is_ours)
    return len(done.mails)


def kept(office: TestOffice, number: int) -> Any:
    with office.database.read() as connection:
        return connection.execute(select(quarantine).where(quarantine.c.journal_id == number)).one()


def test_deleted_bytes_can_be_taken_back_for_a_week_and_then_end(office: TestOffice) -> None:
    (number,) = hold(office)
    act_on(office, Act.DELETE)
    office.later(days=6)
    look(office)
    assert act_on(office, Act.RESTORE) == 1
    assert fates(office) == ["quarantined"]
    act_on(office, Act.DELETE)
    office.later(days=7)
    assert look(office)[3] == 1
    (row,) = office.rows(journal)
    assert (row.raw, row.fate, row.cause) == (None, "deleted", "no_author")
    left = kept(office, number)
    assert (left.author, left.subject, left.preview, left.deleted_by) == ("", "", "", "kim@example.com")
    assert act_on(office, Act.RESTORE) == 0, "the bytes are gone"
    assert office.journal.balance().adds_up


def test_a_file_goes_when_nobody_needs_it_any_more(office: TestOffice) -> None:
    blobs = office.journal.blobs
    raw = b"Subject: large\r\n\r\n" + b"no author\r\n" * 1000
    digest = blobs.put(raw)
    records = [accepted(raw, in_blob=True, at=office.now, reverse_path="x@shop.example") for _ in range(2)]
    office.journal.append(records)
    office.work()
    assert sorted(str(it) for it in fates(office)) == ["quarantined", "quarantined"]
    first, second = (row.id for row in office.rows(journal))
    files_age(office, digest, days=30)

    def go(number: int) -> None:
        given = Selection(ids=(number,))
        is_ours = office.office.addresses.is_ours
        act(office.database, Act.DELETE, given, actor="kim", now=office.now, is_ours=is_ours)
        office.later(days=8)
        assert look(office)[3] == 1

    go(first)
    assert remove_files(office.database, blobs, office.now) == 0
    assert blobs.exists(digest), "the second mail has the same bytes"
    assert kept(office, first).blob is None, "it is the other's now"
    go(second)
    blobs.put(raw)  # the same mail comes once more at this very moment: its row is not there yet
    files_age(office, digest, days=0)
    assert remove_files(office.database, blobs, office.now) == 0
    assert kept(office, second).blob == digest
    office.later(days=2)
    assert remove_files(office.database, blobs, office.now) == 1
    assert not blobs.exists(digest)
    with pytest.raises(Damaged):
        checked_bytes(blobs, None, digest)


def files_age(office: TestOffice, digest: str, *, days: int) -> None:
    moment = (office.now - timedelta(days=days)).timestamp()
    os.utime(office.journal.blobs.path(digest), (moment, moment))


def test_half_received_files_go_after_a_day(office: TestOffice) -> None:
    blobs = office.journal.blobs
    dead, live = blobs.writer(), blobs.writer()
    dead.write(b"half of a mail")
    live.write(b"still coming")
    old, *_ = (path for path in (blobs.directory / "incoming").iterdir() if path.read_bytes() == b"half of a mail")
    moment = office.now.timestamp()
    for path in (blobs.directory / "incoming").iterdir():
        os.utime(path, (moment, moment))
    os.utime(old, (moment - 90_000, moment - 90_000))
    assert blobs.sweep_incoming(now=moment) == 1
    assert [path.read_bytes() for path in (blobs.directory / "incoming").iterdir()] == [b"still coming"]
    with pytest.raises(FileNotFoundError):
        dead.commit()
    assert blobs.read(live.commit()) == b"still coming"


def test_mail_of_a_customer_is_not_touched(office: TestOffice) -> None:
    office.take(mail())
    office.later(days=400)
    look(office)
    assert fates(office) == ["opened"]
