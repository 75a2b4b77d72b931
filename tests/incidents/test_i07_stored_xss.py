"""I-7, stored XSS: hundreds of hostile texts in every field of a mail, in a real browser. Nothing runs, nothing asks another place.

``tests/web/xss_vectors.txt`` has them. A ticket page shows fifty messages at once, and frames are shown side by side: a vector a page would
take minutes. That the vectors are alive is shown by the same browser with the sanitiser and the policies switched off.
"""

from collections.abc import Iterator

import pytest

from gateway.store.database import Database
from gateway.store.schema import contacts, events, journal, messages, outbox, ticket_tags, tickets
from gateway.web.guard import FRAME_POLICY
from tests.mail.test_tnef import tnef
from tests.support.accepted import accepted
from tests.support.databases import SqliteFiles
from tests.support.hostile_mail import mail_of_one_part, vectors, whole_mail
from tests.support.office import TestOffice
from tests.support.watched_browser import Watched, watched_browser
from tests.support.web import logged_in, running, services
from tests.web.conftest import Web, hire

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("xss")]

VECTORS = vectors("xss_vectors.txt")
GROUP = 20  # vectors of which all messages stand on one ticket
FRAMES = 80  # shown at one time


def take_in(office: TestOffice) -> None:
    """Every vector through the real pipeline: in all fields of one mail, as text/enriched, and as the letter in a winmail.dat."""
    raws: list[bytes] = []
    for number, vector in enumerate(VECTORS):
        octets = vector.encode("utf-8", "replace")
        letter = tnef((0x102, 0x1013, octets))
        raws.append(whole_mail(vector, number, office.now))
        if number % 3:
            continue  # the other two end at the same sanitiser: a third of the vectors shows that they do
        raws.append(mail_of_one_part("text/enriched; charset=utf-8", octets, number, office.now))
        raws.append(mail_of_one_part("application/ms-tnef; name=winmail.dat", letter, number, office.now))
    office.journal.append([accepted(raw, at=office.now) for raw in raws])
    office.work()


def gather(office: TestOffice) -> dict[int, list[str]]:
    """The messages of twenty vectors onto one ticket, answered and noted with those vectors; the vectors by ticket."""
    pages: dict[int, int] = {}
    with office.database.write() as connection:
        for row in connection.execute(
            messages.select().where(messages.c.direction == "in").order_by(messages.c.id)
        ).all():
            number = int(row.author.partition("@")[0].removeprefix("hong"))
            ticket = pages.setdefault(number // GROUP, row.ticket_id)
            vector = VECTORS[number]
            step = {"evidence": vector, "verdict": vector, "reason": vector}
            connection.execute(
                messages.update()
                .where(messages.c.id == row.id)
                .values(
                    ticket_id=ticket,
                    author=f"{vector[:150]}@x.example",
                    author_name=vector[:255],
                    message_id=f"{vector}@x.example",
                    recipients={"to": [vector], "cc": [vector, vector]},
                    trace={"reason": vector, "outcome": vector, "steps": [step], vector: vector},
                )
            )
    found = {ticket: VECTORS[group * GROUP : (group + 1) * GROUP] for group, ticket in pages.items()}
    for ticket, here in found.items():
        office.desk.reply(ticket, office.agent, "\n".join(here))
        office.desk.note(ticket, office.agent, "\n".join(here))
    return found


def poison_the_rest(office: TestOffice, pages: dict[int, list[str]]) -> None:
    """What the pipeline would not let through, straight into the rows."""
    with office.database.write() as connection:
        for ticket, here in pages.items():
            together = " ".join(here)
            values = {"subject": together, "team": here[0][:64], "brand": here[-1][:40]}
            connection.execute(tickets.update().where(tickets.c.id == ticket).values(values))
            tags = dict.fromkeys(vector[:60] for vector in here)
            connection.execute(ticket_tags.insert(), [{"ticket_id": ticket, "tag": tag} for tag in tags])
            told = {"why": together, "reason": together, "tag": together, "to": together}
            for kind in ("note", "tagged", "suppressed", "something_new"):
                values = {"ticket_id": ticket, "at": office.now, "kind": kind, "actor": together[:320], "data": told}
                connection.execute(events.insert().values(values))
        for number, row in enumerate(connection.execute(contacts.select()).all()):
            name = VECTORS[number % len(VECTORS)][:255]
            connection.execute(contacts.update().where(contacts.c.id == row.id).values(name=name))
        held = {
            "fate": "quarantined",
            "cause": "crashed",
            "last_error": VECTORS[0],
            "helo": VECTORS[1],
            "reverse_path": VECTORS[2],
        }
        connection.execute(journal.update().where(journal.c.id <= 100).values(held))
        connection.execute(outbox.update().values(subject=VECTORS[3], last_reply=VECTORS[4], recipient=VECTORS[5]))


@pytest.fixture(scope="module")
def poisoned(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, list[int]]]:
    directory = tmp_path_factory.mktemp("xss")
    database = Database(sqlite_files.create(directory))
    office = TestOffice(database, directory, limits={"enabled": False})
    agent, newcomer = hire(office)
    take_in(office)
    pages = gather(office)
    poison_the_rest(office, pages)
    with running(services(office)) as port:
        yield Web(office, port, agent, newcomer, 1), list(pages)
    database.dispose()


def once_each(web: Web, paths: list[str]) -> list[str]:
    """One path for each document among these: what is the same to the octet, under the same policy, is shown once."""
    browser, _ = web.browser()
    documents: dict[bytes, str] = {}
    for path in paths:
        answer = browser.get(path)
        assert (answer.status, answer.headers["content-security-policy"]) == (200, FRAME_POLICY), path
        documents.setdefault(answer.body, path)
    return list(documents.values())


def look(web: Web, watched: Watched) -> None:
    browser, _ = logged_in(web.office, web.port, web.office.agent)
    watched.context.add_cookies([{"name": "gateway", "value": browser.cookies["gateway"], "url": watched.home}])


@pytest.mark.timeout(400)
def test_nothing_runs_and_nothing_is_asked(poisoned: tuple[Web, list[int]]) -> None:
    web, tickets_with_messages = poisoned
    shown = [row.id for row in web.office.rows(messages) if row.html is not None]
    sent = [row.id for row in web.office.rows(outbox) if row.kind == "answer"]
    frames = [f"/messages/{number}/html" for number in shown] + [f"/outbox/{number}/html" for number in sent]
    assert len(VECTORS) >= 300
    assert len(shown) >= len(VECTORS) * 1.3, "the bodies of the mails themselves, and those out of winmail.dat"
    different = once_each(web, frames)
    assert len(different) > 100, "much is left of what is no harm"
    with watched_browser(web.port) as watched:
        look(web, watched)
        for number in tickets_with_messages:
            watched.open(f"/tickets/{number}")
            count = watched.page.locator(".message").count()
            assert count >= GROUP, f"/tickets/{number} shows {count} messages"
            assert watched.page.url == f"{watched.home}/tickets/{number}", "nobody was led away"
        path, pages = "/tickets?view=all", 0
        while path and pages < 40:
            watched.open(path)
            following = watched.page.locator("a[rel=next]")
            path, pages = (following.get_attribute("href") or "" if following.count() else ""), pages + 1
        assert pages > 5
        traces = [f"/messages/{number}/trace" for number in shown[:: len(shown) // 10]]
        for path in (*traces, "/outbox", "/quarantine", "/quarantine/1", "/health", "/account", f"/outbox/{sent[0]}"):
            watched.open(path)
        for start in range(0, len(different), FRAMES):
            here = different[start : start + FRAMES]
            assert watched.open_frames(here) == len(here)
        watched.page.wait_for_timeout(300)  # whatever was started late
        assert watched.harm == {}
    shown_once = f"{len(frames)} frames ({len(different)} different)"
    print(
        f"{len(VECTORS)} vectors, {shown_once}, {len(tickets_with_messages)} tickets: 0 executions, 0 requests elsewhere"
    )


def show_raw(web: Web, monkeypatch: pytest.MonkeyPatch, watched: Watched, numbers: list[int]) -> None:
    """The vectors themselves, as if there were no sanitiser."""
    monkeypatch.setattr("gateway.web.pages.mail.message_html", lambda _, number: VECTORS[number])
    look(web, watched)
    for start in range(0, len(numbers), FRAMES):
        watched.open_frames([f"/messages/{number}/html" for number in numbers[start : start + FRAMES]], settle=0.4)


def test_the_same_vectors_run_where_nothing_stops_them(
    poisoned: tuple[Web, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch itself: without the sanitiser and the frame's policy, the same browser sees them run and ask."""
    web, _ = poisoned
    monkeypatch.setattr("gateway.web.pages.mail.FRAME_POLICY", "img-src *")
    numbers = list(range(0, len(VECTORS), 6))
    with watched_browser(web.port) as watched:
        show_raw(web, monkeypatch, watched, numbers)
        ran = {line.rpartition("/messages/")[2] for line in watched.ran if "/messages/" in line}
        asked = [line for line in watched.proxied if "evil.example" in line]
    assert len(ran) > len(numbers) / 5, len(ran)
    assert len(asked) > 5, asked
    print(f"unprotected: {len(ran)} of {len(numbers)} vectors ran, {len(asked)} requests to evil.example")


def test_the_policies_hold_where_the_sanitiser_does_not(
    poisoned: tuple[Web, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall alone: raw vectors in the frame, under its own policy. They are refused loudly; nothing runs or loads.

    But for ``preconnect``: no policy of a document covers it. That link never passes the sanitiser.
    """
    web, _ = poisoned
    numbers = [number for number in range(1, len(VECTORS), 3) if "preconnect" not in VECTORS[number]]
    with watched_browser(web.port) as watched:
        show_raw(web, monkeypatch, watched, numbers)
        assert watched.ran == []
        assert watched.dialogs == []
        assert [line for line in watched.proxied if "evil.example" in line] == []
        assert watched.refused, "and the browser said so"
