"""Loops end: two gateways that answer each other, and a machine that answers every acknowledgement. Over real sockets, both ways."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.accepted import mail
from tests.support.databases import SqliteFiles
from tests.support.gatehouse import Gatehouse
from tests.support.outgoing import sending
from tests.support.smarthost import Smarthost, Taken

pytestmark = pytest.mark.xdist_group("weapon")

QUIET_SECONDS = 0.5  # with no mail under way for so long, the loop has ended
MOST = 20  # mails after which a test gives up


@contextmanager
def gateways(files: SqliteFiles, folder: Path, post: Smarthost, *names: str) -> Iterator[dict[str, Gatehouse]]:
    """A gateway for each domain, all sending through one smarthost."""
    with ExitStack() as stack:
        houses = {}
        for name in names:
            directory = folder / name
            directory.mkdir()
            database = Database(files.create(directory))
            stack.callback(database.dispose)
            house = stack.enter_context(
                Gatehouse(
                    database,
                    directory,
                    reply_domain=f"reply.{name}",
                    admin="admin@elsewhere.test",
                    brands=({"id": "one", "name": f"Support of {name}", "addresses": (f"support@{name}",)},),
                    outbound={"smarthost": post.address, "tls": "none"},
                )
            )
            stack.enter_context(sending(database, house.office.office.configuration))
            houses[name] = house
        yield houses


def carry(
    post: Smarthost,
    houses: dict[str, Gatehouse],
    *,
    people: Callable[[Taken], tuple[str, bytes] | None] = lambda _: None,
    strip: bool = False,
) -> list[Taken]:
    """Bring every mail that is sent to whom it is for, until none is under way; all of them.

    ``people`` answers what is for nobody of ours: (reverse-path, mail) or None. ``strip``: on the way the header loses all that
    says that a machine wrote the mail.
    """
    done, quiet_since = 0, time.monotonic()
    while time.monotonic() - quiet_since < QUIET_SECONDS and done < MOST:
        for house in houses.values():
            house.office.work()
        if done == len(post.taken):
            if any(row.state in ("queued", "sending") for house in houses.values() for row in house.office.outbox()):
                quiet_since = time.monotonic()
            time.sleep(0.02)
            continue
        taken = post.taken[done]
        done, quiet_since = done + 1, time.monotonic()
        (recipient,) = taken.forward_paths
        goal = next((it for name, it in houses.items() if recipient.endswith(name)), None)
        raw, reverse_path = taken.raw, taken.reverse_path
        if goal is None:
            answer = people(taken)
            if answer is None:
                continue
            reverse_path, raw = answer
            recipient = str(message_from_bytes(raw, policy=default)["To"])
            goal = next(it for name, it in houses.items() if recipient.endswith(name))
        if strip:
            marks = (b"auto-submitted:", b"precedence:", b"x-auto-response-suppress:", b"list-")
            head, _, body = raw.partition(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(marks)]
            raw = b"\r\n".join(lines) + b"\r\n\r\n" + body
        with closing(goal.client()) as client:
            client.sendmail(reverse_path, [recipient], raw)
    return post.taken


def acks(taken: list[Taken]) -> Counter[tuple[str, ...]]:
    return Counter(it.forward_paths for it in taken if b"Auto-Submitted: auto-replied" in it.raw)


@pytest.fixture
def post() -> Iterator[Smarthost]:
    with Smarthost() as running:
        yield running


@pytest.mark.parametrize("strip", [False, True], ids=["as sent", "marks taken off on the way"])
def test_two_gateways_that_forward_to_each_other(
    sqlite_files: SqliteFiles, tmp_path: Path, post: Smarthost, strip: bool
) -> None:
    """Somebody writes to the one in the name of the other."""
    with gateways(sqlite_files, tmp_path, post, "one.test", "two.test") as houses:
        first = mail("Hello.", sender="support@two.test", to="support@one.test")
        with closing(houses["one.test"].client()) as client:
            client.sendmail("support@two.test", ["support@one.test"], first)
        taken = carry(post, houses, strip=strip)
        assert 1 + len(taken) <= 5
        assert max(acks(taken).values()) <= (2 if strip else 1)
        assert all(house.office.journal.balance().pending == 0 for house in houses.values())


def answering(to: str) -> Callable[[Taken], tuple[str, bytes]]:
    """A machine that answers every mail at once, with another subject and without any header that tells."""

    def answer(taken: Taken) -> tuple[str, bytes]:
        letter = message_from_bytes(taken.raw, policy=default)
        text = f"Your message matters to us. {taken.message_id}"
        return "kim@person.test", mail(
            text, sender="kim@person.test", to=str(letter[to]).partition("<")[2].rstrip(">") or str(letter[to]),
            subject=f"Case {taken.at}",
        )  # fmt: skip

    return answer


@pytest.mark.parametrize(("to", "most_acks"), [("Reply-To", 1), ("From", 2)])
def test_an_autoresponder_that_answers_every_acknowledgement(
    sqlite_files: SqliteFiles, tmp_path: Path, post: Smarthost, to: str, most_acks: int
) -> None:
    with gateways(sqlite_files, tmp_path, post, "one.test") as houses:
        with closing(houses["one.test"].client()) as client:
            client.sendmail(
                "kim@person.test", ["support@one.test"], mail(sender="kim@person.test", to="support@one.test")
            )
        taken = carry(post, houses, people=answering(to))
        assert sum(acks(taken).values()) == most_acks
        assert 1 + 2 * len(taken) <= 5, "each of ours was answered once"
