"""Every recipe of docs/rules.md that is about more than mail that comes in: put into force as it stands, and tried on a case that it is
for and one that it is not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.automation.webhooks import make_calls
from gateway.automation.worker import Automaton
from gateway.rules.changes import Effect
from gateway.rules.engine import Automation, run_event_rules
from gateway.rules.facts import Facts
from gateway.rules.ticket import Actor, Case, Event, EventKind, TicketFacts
from gateway.store.agents import create_agent
from gateway.store.database import Database
from gateway.store.schema import agents, ticket_tags
from gateway.threading.model import Status
from tests.automation.conftest import GATEWAY, House
from tests.automation.test_webhooks import SECRET, Program, program  # noqa: F401 - a fixture
from tests.docs.pages import first_column, section
from tests.docs.recipes import INTAKE, RECIPES
from tests.support.accepted import NOW  # Thursday, 18:00 in Seoul
from tests.support.office import TestOffice

TRIED: dict[str, Callable[..., None]] = {}


def recipe(title: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def register(check: Callable[..., None]) -> Callable[..., None]:
        TRIED[title] = check
        return check

    return register


class Home(House):
    """A house in which one recipe is in force."""

    def try_out(self, title: str) -> None:
        files = dict(RECIPES[title])
        if "gateway" in files:
            files["gateway"] = GATEWAY + files["gateway"]
        self.take_over(**files)

    def tags(self, number: int) -> set[str]:
        with self.office.database.read() as connection:
            return set(connection.execute(select(ticket_tags.c.tag).where(ticket_tags.c.ticket_id == number)).scalars())

    def notes(self, number: int) -> list[str]:
        return [message.text for message in self.office.messages(number) if message.direction == "note"]

    def agent(self, number: int) -> str | None:
        with self.office.database.read() as connection:
            found = select(agents.c.address).where(agents.c.id == self.office.ticket(number).assignee_id)
            return connection.execute(found).scalar_one_or_none()

    def told(self) -> list[str]:
        """Whom mail to our own people goes to."""
        return [mail.recipient for mail in self.office.outbox("agent")]

    def answer(self, number: int, text: str = "Try this.", status: Status = Status.PENDING) -> None:
        self.office.desk.reply(number, self.office.agent, text, status=status)
        self.follow()

    def comes(self, text: str = "The lamp does not light up.", **of_mail: str) -> int:
        number = self.write(text, **of_mail)
        self.follow()
        return number

    def answered_by_customer(self, number: int, text: str = "Still dark.") -> None:
        self.reply(number, text)
        self.follow()

    def wait(self, **span: float) -> None:
        self.office.later(**span)
        self.follow()


@pytest.fixture
def home(sqlite_database: Database, tmp_path: Path) -> Home:
    office = TestOffice(sqlite_database, tmp_path)
    with sqlite_database.write() as connection:
        create_agent(connection, address="lee@example.com", name="Lee", role="agent", language="en", now=NOW)
    return Home(office, Automaton(sqlite_database, lambda: office.office, lambda: office.now), tmp_path)


def test_every_recipe_is_tried() -> None:
    assert set(TRIED) | set(INTAKE) == set(RECIPES)
    assert len(RECIPES) >= 25


@pytest.mark.parametrize("title", [title for title in RECIPES if title not in INTAKE])
def test_recipe(title: str, home: Home, request: pytest.FixtureRequest) -> None:
    check = TRIED[title]
    if check.__annotations__["home"] is Automation:
        home.try_out(title)
        check(home.office.office.automation)
    elif "program" in check.__annotations__:
        check(home, request.getfixturevalue("program"))
    else:
        home.try_out(title)
        check(home)


# --- what happens to tickets ----------------------------------------------------------------------------------------


@recipe("Important customers")
def important_customers(home: Home) -> None:
    ticket = home.office.ticket(home.comes(sender="Kim <kim@bigcustomer.example>"))
    assert (ticket.team, ticket.priority) == ("key-accounts", "high")
    assert home.tags(ticket.id) == {"vip"}
    assert home.office.ticket(home.comes(sender="Kim <kim@customer.example>")).priority == "normal"


@recipe("An order number into a field")
def order_numbers(home: Home) -> None:
    for text, order in (
        ("Where is my order A-1234?", "A-1234"),
        ("주문번호: B-55 입니다. 언제 오나요?", "B-55"),
        ("注文番号はC-777です。", "C-777"),
        ("My order is late.", None),
        ("Model A-12 is broken.", None),
    ):
        assert home.office.ticket(home.comes(text)).fields.get("order") == order
    number = home.comes()
    home.answered_by_customer(number, "It is order D-99.")
    assert home.office.ticket(number).fields == {"order": "D-99"}


@recipe("Reopened tickets first")
def reopened(home: Home) -> None:
    number = home.comes()
    home.answer(number, status=Status.SOLVED)
    home.answered_by_customer(number)
    assert (home.office.ticket(number).priority, home.tags(number)) == ("high", {"reopened"})
    other = home.comes()
    home.answer(other)
    home.answered_by_customer(other)
    assert home.office.ticket(other).priority == "normal"


@recipe("An angry tone")
def angry(home: Home) -> None:
    for text in ("This is unacceptable.", "최악입니다. 소비자원에 신고하겠습니다.", "消費者センターに相談します。"):
        number = home.comes(text)
        assert (home.office.ticket(number).priority, home.tags(number)) == ("high", {"upset"})
        assert home.notes(number) == ["hong@customer.example sounds upset. Consider a telephone call."]
    assert not home.tags(home.comes("감사합니다."))


@recipe("It goes back and forth")
def back_and_forth(home: Home) -> None:
    number = home.comes()
    for _ in range(2):
        home.answer(number)
        home.answered_by_customer(number)
    assert not home.tags(number)
    for _ in range(2):
        home.answer(number)
        home.answered_by_customer(number)
    assert home.tags(number) == {"long"}
    assert len(home.office.events(number, "rules")) == 1
    assert "kim@example.com" in home.told()


@recipe("Another question in the same ticket")
def another_question(home: Home) -> None:
    number = home.comes()
    for count, text in enumerate(
        ("Another question: do you sell bulbs?", "다른 문의가 있습니다.", "別の件ですが。"), 1
    ):
        home.answered_by_customer(number, text)
        assert len(home.office.events_of_kind("split")) >= count
    before = len(home.office.events_of_kind("split"))
    home.answered_by_customer(number, "It is still dark. No question.")
    assert len(home.office.events_of_kind("split")) == before
    assert [message.direction for message in home.office.messages(number)].count("in") == 2


@recipe("Another matter after the ticket was solved")
def another_matter(home: Home) -> None:
    for text in ("May I have an invoice?", "세금계산서 발행 부탁드립니다.", "請求書を送ってください。"):
        number = home.comes()
        home.office.desk.set_status(number, Status.SOLVED, home.office.agent)
        home.answered_by_customer(number, text)
        assert home.office.ticket(number).status == "solved"
        assert home.office.events(number, "follow_up")
    number = home.comes()
    home.office.desk.set_status(number, Status.SOLVED, home.office.agent)
    home.answered_by_customer(number, "It is dark again.")
    assert home.office.ticket(number).status == "open"


@recipe("The customer names the ticket that they mean")
def names_the_ticket(home: Home) -> None:
    first = home.comes(subject="Lamp")
    second = home.comes(f"This belongs to ticket #{first}.", subject="The broken one")
    assert home.office.ticket(second).merged_into == first
    stranger = home.comes(f"ticket {first}", subject="Hello", sender="Eve <eve@elsewhere.example>")
    assert home.office.ticket(stranger).merged_into is None
    (failed,) = home.office.events(stranger, "rule_failed")
    assert f"ticket {first} is no other ticket of this customer" in failed.data["why"]


@recipe("An answer that needs no agent")
def tracking(home: Home) -> None:
    for subject, text, words in (
        ("Where is my parcel?", "I ordered a lamp two weeks ago.", "you can follow your parcel"),
        ("배송조회 부탁드립니다", "지난주에 주문한 램프가 아직 오지 않았습니다.", "배송 조회는"),
        ("荷物はどこですか", "先週注文したランプがまだ届いていません。", "お荷物の状況は"),
    ):
        number = home.comes(text, subject=subject)
        (answer,) = [message for message in home.office.messages(number) if message.direction == "out"]
        assert words in answer.text
        assert (home.office.ticket(number).status, home.tags(number)) == ("pending", {"parcel"})
    number = home.comes(subject="My parcel is broken")
    assert home.office.ticket(number).status == "new"


@recipe("A menu for first questions")
def menu_for_first_questions(home: Home) -> None:
    number, other = home.comes("램프가 아직 오지 않았습니다."), home.comes(sender="Lee <lee@shop.example>")
    home.answered_by_customer(number, "1번")
    assert [row.kind for row in home.office.outbox()] == ["ack", "ack", "answer"]
    assert "parcel" in home.tags(number)
    assert home.office.ticket(number).status == "pending"
    home.answered_by_customer(other, "1 lamp is missing")
    assert not home.tags(other)
    assert len(home.office.outbox("answer")) == 1


@recipe("A word while it takes long")
def word_while_it_takes_long(home: Home) -> None:
    waiting, answered = home.comes(), home.comes(sender="Lee <lee@shop.example>")
    home.answer(answered)
    home.wait(hours=23)
    assert not home.office.outbox("reply")
    home.wait(hours=1)
    home.wait(hours=23)
    (told,) = home.office.outbox("reply")
    assert (told.ticket_id, told.recipient) == (waiting, "hong@customer.example")
    assert "told-to-wait" in home.tags(waiting)
    assert not home.tags(answered)


@recipe("Tell the shop")
def shop_is_told(home: Home, program: Program) -> None:  # noqa: F811 - the fixture
    files = dict(RECIPES["Tell the shop"])
    hooks = files["webhooks"].replace("https://hooks.example.com/", f"http://127.0.0.1:{program.server_port}/")
    hooks = hooks.replace("${SHOP_HOOK_SECRET}", SECRET) + "    allow_private: true\n    words: true\n"
    home.take_over(rules=files["rules"], webhooks=hooks)
    home.comes("Please cancel A-1234.", subject="Where is it?")
    number = home.comes("주문 A-1234 입니다.", subject="주문 취소 부탁드립니다")
    make_calls(home.office.database, home.office.office, home.office.now)
    ((_, body),) = program.calls
    told = json.loads(body)
    assert (told["rule"], told["ticket"]["number"]) == ("Cancellations to the shop", number)
    assert told["ticket"]["fields"] == {"order": "A-1234"}
    documented = first_column(section("docs/rules.md", "Webhooks"))
    assert {*told, *(f"ticket.{name}" for name in told["ticket"])} == documented


@recipe("Tags that end with the work")
def tags_end(home: Home) -> None:
    number, other = home.comes(), home.comes()
    for one in (number, other):
        home.office.desk.tag(one, home.office.agent, add=["waiting-for-parts", "lamp"])
    home.answer(number, status=Status.SOLVED)
    home.answer(other)
    assert home.tags(number) == {"lamp"}
    assert home.tags(other) == {"lamp", "waiting-for-parts"}


@recipe("Handing over to the second line")
def handed_over(home: Home) -> None:
    number, other = home.comes(), home.comes()
    for one, team in ((number, "second-line"), (other, "billing")):
        home.office.desk.assign(one, home.office.agent, home.office.agent)
        home.office.desk.team(one, team, home.office.agent)
    home.follow()
    assert home.agent(number) is None
    assert home.notes(number) == ["Handed over with priority normal. What was tried so far?"]
    assert (home.agent(other), home.notes(other)) == ("kim@example.com", [])


@recipe("After hours")
def after_hours(home: Home) -> None:
    assert home.tags(home.comes()) == {"after-hours"}
    home.wait(hours=15, minutes=30)  # Friday, 9:30
    assert not home.tags(home.comes())


# --- without a store: bounces, ratings, proof -----------------------------------------------------------------------

TICKET = TicketFacts(
    number=42,
    brand="example",
    status="open",
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    status_since=datetime(2026, 3, 1, tzinfo=UTC),
    agent="lee@example.com",
    requester="kim@acme.example",
    requester_domain="acme.example",
)


def asked(rules: Automation, event: Event, body: str = "", **facts: Any) -> tuple[set[str], list[Effect]]:
    """The tags that the ticket has afterwards, and what is left to be done."""
    values: dict[str, Any] = {name: getattr(TICKET, name) for name in TicketFacts.__slots__} | facts
    mail = Facts(recipients=(), author="", author_domain="", subject="", body=body) if body else None
    ran = run_event_rules(rules.events, Case(TicketFacts(**values), NOW, event, mail))
    return set(ran.ticket.tags), list(ran.effects)


CREATED = Event(EventKind.CREATED, Actor.CUSTOMER)


@recipe("Bank details only with proof")
def bank_details(home: Automation) -> None:
    for text in ("Here are our new bank details.", "계좌 변경 부탁드립니다.", "口座を変更しました。"):
        tags, (note,) = asked(home, CREATED, text, trust="weak")
        assert (tags, note.kind) == ({"check-sender"}, "note")
        assert note.value.startswith("Nothing proves that kim@acme.example wrote this.")
        assert asked(home, CREATED, text, trust="strong") == (set(), [])
    assert asked(home, CREATED, "Which bank do you use?", trust="weak") == (set(), [])


@recipe("A wave of similar mails")
def a_wave(home: Home) -> None:
    alone, other = home.comes(), home.comes(sender="Kim <kim@elsewhere.example>")
    for tag in ("surge", "lamp"):
        home.office.desk.tag(alone, home.office.agent, add=[tag])
        home.follow()
    assert [mail.ticket_id for mail in home.office.outbox("reply")] == [alone]
    assert (home.office.ticket(alone).priority, home.office.ticket(other).priority) == ("high", "normal")


@recipe("An answer of ours came back")
def undeliverable(home: Automation) -> None:
    tags, (mail,) = asked(home, Event(EventKind.BOUNCED, Actor.GATEWAY))
    assert (tags, mail.kind, mail.to) == ({"bounced"}, "notify", ("assignee",))
    assert asked(home, Event(EventKind.ANSWERED, Actor.AGENT)) == (set(), [])


@recipe("A bad rating")
def bad_rating(home: Automation) -> None:
    rated = Event(EventKind.RATED, Actor.CUSTOMER)
    tags, (mail,) = asked(home, rated, rating=0.25)
    assert (tags, mail.value) == (
        {"bad-rating"},
        "kim@acme.example was not content with ticket 42, answered by lee@example.com.",
    )
    assert asked(home, rated, rating=0.75) == (set(), [])


@recipe("No question after trouble")
def no_question(home: Automation) -> None:
    solved = Event(EventKind.STATUS, Actor.AGENT, "open", "solved")
    assert [(one.kind, one.value) for one in asked(home, solved, tags=frozenset({"upset"}))[1]] == [("csat", "no")]
    assert asked(home, solved)[1] == []
    reopened_again = Event(EventKind.STATUS, Actor.CUSTOMER, "solved", "open")
    assert asked(home, reopened_again, tags=frozenset({"upset"}))[1] == []


@recipe("Two facts that should agree")
def another_address(home: Automation) -> None:
    field = Event(EventKind.FIELD, Actor.AGENT)
    assert asked(home, field, fields={"email": "eve@elsewhere.example"})[0] == {"other-address"}
    assert asked(home, field, fields={"email": "kim@acme.example"})[0] == set()
    assert asked(home, field)[0] == set()


# --- what time brings -----------------------------------------------------------------------------------------------


@recipe("Unanswered for two working hours")
def unanswered(home: Home) -> None:
    number = home.comes()  # Thursday, 18:00: work is over
    home.wait(hours=16, minutes=59)
    assert home.office.ticket(number).priority == "normal"
    home.wait(minutes=1)  # Friday, 11:00
    assert home.office.ticket(number).priority == "high"
    assert home.told().count("kim@example.com") == 1
    other = home.comes()
    home.wait(hours=1)
    home.answer(other)
    home.wait(hours=5)
    assert home.office.ticket(other).priority == "normal"


@recipe("A ladder")
def ladder(home: Home) -> None:
    number, other = home.comes(), home.comes()
    seen = []
    for _ in range(4):
        home.wait(hours=1)
        if home.office.ticket(other).status == "new":
            home.answer(other)
        seen.append((home.office.ticket(number).priority, home.office.ticket(number).team))
    assert seen == [("normal", None), ("high", None), ("high", None), ("urgent", "second-line")]
    assert home.office.ticket(other).priority == "normal"


@recipe("Nobody took it")
def nobody_took_it(home: Home) -> None:
    number, other = home.comes(), home.comes()
    home.office.desk.assign(other, home.office.agent, home.office.agent)
    home.wait(minutes=30)
    assert len(home.office.events(number, "rules")) == 1
    assert not home.office.events(other, "rules")


@recipe("A note before the customer forgets us")
def silent_customer(home: Home) -> None:
    number, other = home.comes(), home.comes()
    home.answer(number)
    home.answer(other)
    home.wait(days=2)
    home.answered_by_customer(other)
    home.wait(days=1)
    assert home.notes(number) == ["No word from hong@customer.example for three days. Ask once more?"]
    assert home.notes(other) == []


@recipe("Solved by silence")
def solved_by_silence(home: Home) -> None:
    number, other = home.comes(), home.comes()
    home.office.desk.tag(other, home.office.agent, add=["keep-open"])
    home.answer(number)
    home.answer(other)
    home.wait(days=13, hours=23)
    assert home.office.ticket(number).status == "pending"
    home.wait(hours=1)
    assert (home.office.ticket(number).status, home.office.ticket(other).status) == ("solved", "pending")


@recipe("Put aside and forgotten")
def put_aside(home: Home) -> None:
    number, other = home.comes(), home.comes()
    home.office.desk.set_status(number, Status.ON_HOLD, home.office.agent)
    home.follow()
    home.wait(days=7)
    assert (home.office.ticket(number).status, home.office.ticket(other).status) == ("open", "new")
    assert home.notes(number) == ["On hold for a week. What are we waiting for?"]


# --- promises -------------------------------------------------------------------------------------------------------


def due_in(home: Home, number: int) -> timedelta | None:
    due = home.office.ticket(number).due_at
    return None if due is None else due - home.office.now


@recipe("Promises by priority")
def by_priority(home: Home) -> None:
    number = home.comes()
    assert due_in(home, number) == timedelta(hours=8)
    home.office.desk.priority(number, "urgent", home.office.agent)
    home.follow()
    assert due_in(home, number) == timedelta(hours=1)
    home.answer(number)
    assert due_in(home, number) is None


@recipe("Customers with a contract")
def contract(home: Home) -> None:
    assert due_in(home, home.comes(sender="Kim <kim@acme.example>")) == timedelta(hours=1)
    assert due_in(home, home.comes()) == timedelta(hours=24)


@recipe("A Japanese office and its holidays")
def japanese_holidays(home: Home) -> None:
    home.office.now = datetime(2026, 3, 19, 9, tzinfo=UTC)  # Thursday, 18:00 in Tokyo; Friday is the equinox
    assert home.office.ticket(home.comes()).due_at == datetime(2026, 3, 23, 3, tzinfo=UTC)  # Monday, 12:00
    home.office.now = datetime(2026, 3, 24, 3, tzinfo=UTC)
    assert due_in(home, home.comes()) == timedelta(hours=3)


@recipe("A warning before a promise is broken")
def warned(home: Home) -> None:
    number, other = home.comes(), home.comes()
    home.wait(hours=3)
    home.answer(other)
    home.wait(minutes=29)
    assert home.office.ticket(number).priority == "normal"
    home.wait(minutes=1)
    assert (home.office.ticket(number).priority, home.office.ticket(other).priority) == ("urgent", "normal")


@recipe("A broken promise goes to the second line")
def broken(home: Home) -> None:
    number, other = home.comes(), home.comes()
    home.wait(hours=3)
    home.answer(other)
    home.wait(hours=1, minutes=1)
    assert (home.office.ticket(number).team, home.tags(number)) == ("second-line", {"late"})
    assert home.office.ticket(other).team is None
    assert "kim@example.com" in home.told()


@recipe("The last hour before the deadline")
def last_hour(home: Home) -> None:
    number, other = home.comes(), home.comes()
    home.office.desk.assign(other, home.office.agent, home.office.agent)
    home.follow()
    home.wait(hours=6, minutes=59)
    assert not home.tags(number)
    home.wait(minutes=1)
    assert (home.tags(number), home.tags(other)) == ({"last-hour"}, set())


# --- who gets a ticket ----------------------------------------------------------------------------------------------


@recipe("In turn")
def in_turn(home: Home) -> None:
    given = []
    for _ in range(4):
        home.office.later(minutes=1)
        given.append(home.agent(home.comes()))
    assert set(given[:2]) == {"kim@example.com", "lee@example.com"}
    assert given[:2] == given[2:]
    home.office.desk.team(number := home.comes(), None, home.office.agent)
    home.office.desk.assign(number, None, home.office.agent)
    home.follow()
    assert home.agent(number) is None


@recipe("An agent who speaks the customer's language")
def speaks_the_language(home: Home) -> None:
    assert home.agent(home.comes("램프가 켜지지 않습니다. 도와주세요.")) == "kim@example.com"
    assert home.agent(home.comes("ランプがつきません。助けてください。")) == "lee@example.com"


@recipe("At night to the other side of the world")
def at_night(home: Home) -> None:
    assert home.office.ticket(home.comes()).team == "london"  # 18:00 in Seoul, 9:00 in London
    home.wait(hours=16)
    assert home.office.ticket(home.comes()).team == "seoul"


@recipe("When the queue is too long")
def queue_too_long(home: Home) -> None:
    assert [home.office.ticket(home.comes()).team for _ in range(3)] == ["support", "support", "everybody"]
