"""Mail that a person lets go from quarantine: worked on by today's rules, once, and nobody is answered twice or long after."""

import hashlib
from collections.abc import Callable
from email import message_from_bytes

import pytest
from sqlalchemy import select

from gateway.desk.quarantine import Act, act
from gateway.mail import read as reader
from gateway.pipeline import stages
from gateway.store.quarantine import Selection
from gateway.store.schema import journal, quarantine
from tests.support.accepted import mail
from tests.support.office import TestOffice

NO_AUTHOR = b"Subject: hello\r\n\r\nno author at all\r\n"


def do(office: TestOffice, what: Act, **selection: object) -> int:
    meant = Selection(**selection)  # type: ignore[arg-type]
    done = act(
        office.database,
        what,
        meant,
        actor="kim@example.com",
        now=office.now,
        is_ours=office.office.addresses.is_ours,
    )
    assert office.journal.balance().adds_up
    return len(done.mails)


def fate(office: TestOffice, receipt: str) -> tuple[str | None, str | None]:
    (row,) = office.rows(journal, journal.c.receipt == receipt)
    return row.fate, row.cause


def test_released_mail_is_not_held_again_for_the_same_cause(office: TestOffice) -> None:
    row = office.take(mail(sender="Support <support@example.com>", subject="from ourselves"))
    assert (row.fate, row.cause) == ("quarantined", "own_address")
    assert do(office, Act.RELEASE) == 1
    assert fate(office, row.receipt) == (None, None), "pending"
    office.work()
    assert fate(office, row.receipt) == ("opened", None)
    assert [event.data["reason"] for event in office.events(1, "suppressed")] == ["own_address"], "nobody is answered"
    (event,) = office.events(None, "quarantine_released")
    assert (event.actor, event.data["receipt"], event.data["cause"]) == ("kim@example.com", row.receipt, "own_address")


def test_it_is_still_held_for_any_other_cause(office: TestOffice) -> None:
    office.take(mail())
    (notice,) = office.outbox()
    ours = message_from_bytes(notice.raw)["Message-ID"].strip("<>")
    row = office.take(mail(sender="support@example.com", message_id=ours))
    assert row.cause == "loop"
    do(office, Act.RELEASE)
    office.work()
    assert fate(office, row.receipt) == ("quarantined", "own_address")
    do(office, Act.RELEASE)
    office.work()
    assert fate(office, row.receipt)[0] != "quarantined", "both were let go"
    assert office.rows(journal, journal.c.receipt == row.receipt)[0].fence == 5, "three claims and two releases"


def test_a_mail_without_author_belongs_to_its_envelope(office: TestOffice) -> None:
    row, nobody = office.take(NO_AUTHOR), office.take(b"Subject: other\r\n\r\nanother text\r\n", reverse_path="")
    assert {row.cause, nobody.cause} == {"no_author"}
    assert do(office, Act.RELEASE) == 2
    office.work()
    assert fate(office, row.receipt) == ("opened", None)
    assert office.messages(1)[0].author == "hong@customer.example"
    assert [event.data["reason"] for event in office.events(1, "suppressed")] == ["no_author"]
    assert fate(office, nobody.receipt) == ("quarantined", "no_author"), "there is nobody to whom a ticket could belong"
    assert not office.outbox()


def hold(office: TestOffice, raw: bytes, cause: str = "crashed") -> str:
    """A mail that today's rules would not hold: as an older version held it."""
    row = office.take(NO_AUTHOR)
    with office.database.write() as connection:
        values = {"raw": raw, "digest": hashlib.sha256(raw).hexdigest(), "cause": cause}
        connection.execute(journal.update().where(journal.c.id == row.id).values(values))
    return str(row.receipt)


@pytest.mark.parametrize(("hours", "answered"), [(23, True), (25, False)])
def test_only_fresh_mail_is_acknowledged(office: TestOffice, hours: int, answered: bool) -> None:
    receipt = hold(office, mail())
    office.later(hours=hours)
    do(office, Act.RELEASE)
    office.work()
    assert fate(office, receipt) == ("opened", None)
    assert len(office.outbox("ack")) == answered
    assert [event.data["reason"] for event in office.events(1, "suppressed")] == ([] if answered else ["released_late"])


def test_whoever_was_written_to_since_is_not_acknowledged_again(office: TestOffice) -> None:
    receipt = hold(office, mail("First try."))
    office.later(minutes=20)
    office.take(mail("Second try: nobody answered the first.", subject="Lamp again"))
    assert len(office.outbox("ack")) == 1
    office.later(minutes=20)
    do(office, Act.RELEASE)
    office.work()
    assert fate(office, receipt) == ("opened", None)
    assert len(office.outbox("ack")) == 1
    assert [event.data["reason"] for event in office.events(2, "suppressed")] == ["answered_already"]


def test_the_same_mail_that_came_once_more_stays_one_ticket(office: TestOffice) -> None:
    raw = mail(message_id="one@customer.example")
    receipt = hold(office, raw)
    office.later(minutes=1)
    assert office.take(raw).fate == "opened"
    do(office, Act.RELEASE)
    office.work()
    assert fate(office, receipt) == ("duplicate", None)
    assert (len(office.outbox()), len(office.messages(1))) == (1, 1)


def test_what_crashes_again_after_release_becomes_a_ticket_with_the_raw_mail(
    office: TestOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = crash_on(monkeypatch, b"poison")
    row = office.take(mail("poison"))
    settle(office)
    assert fate(office, row.receipt) == ("quarantined", "crashed")
    assert len(tries) == 3
    do(office, Act.RELEASE, receipts=(row.receipt,))
    settle(office)
    assert len(tries) == 4, "the reader is tried once more: the program may be a newer one"
    assert fate(office, row.receipt) == ("opened", None)
    (message,) = office.messages(1)
    assert message.author == "hong@customer.example"
    assert [file["part"] for file in message.attachments] == ["raw"]
    assert not office.outbox(), "what nobody could read is never answered by itself"


def crash_on(monkeypatch: pytest.MonkeyPatch, poison: bytes) -> list[bytes]:
    tries: list[bytes] = []
    whole: Callable[[bytes], object] = reader.read

    def read(raw: bytes) -> object:
        if poison in raw:
            tries.append(raw)
            raise RuntimeError("no such part")
        return whole(raw)

    monkeypatch.setattr(stages, "read", read)
    return tries


def settle(office: TestOffice) -> None:
    for _ in range(4):
        office.work()
        office.later(seconds=30)


def test_what_is_held_shows_who_wrote_and_what(office: TestOffice) -> None:
    row = office.take(mail("위조된 메일입니다.\n\n두 번째 줄", sender="도움 <Support@example.com>", subject="급합니다"))
    with office.database.read() as connection:
        kept = connection.execute(select(quarantine).where(quarantine.c.journal_id == row.id)).one()
    assert (kept.author, kept.author_key) == ("Support@example.com", "support@example.com")
    assert (kept.subject, kept.preview) == ("급합니다", "위조된 메일입니다. 두 번째 줄")
