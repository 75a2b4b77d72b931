"""We write first: one ticket each, and what is answered arrives there."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import gateway
from gateway.config.keys import load_keyring
from gateway.desk.actions import DeskError
from gateway.desk.proactive import Addressed, BadList, begin, recipients_of
from gateway.store.agents import create_agent
from gateway.store.schema import tickets
from tests.behaviours.conftest import House, Web
from tests.support.notices import assert_clean, body, parsed

KIM = Addressed("kim@customer.example", "Kim Minji", "ko")
TEXT = "{{ customer }} 님, 안녕하세요.\n\n내일 새벽 점검이 있습니다. ({{ reference }})"


def test_a_mail_begins_a_ticket_and_its_answer_arrives_there(house: House) -> None:
    house.take_over(rules="events: [{name: Ours, on: created, when: {by: agent}, then: {tags: [ours]}}]")
    opened = begin(house.desk, KIM, "점검 안내", TEXT, house.agent)
    house.follow()
    row = house.ticket(opened.ticket)
    assert (row.status, row.language, row.assignee_id, row.waiting_since) == ("pending", "ko", house.agent, None)
    (sent,) = house.outbox()
    assert_clean(sent.raw)
    mail = parsed(sent.raw)
    assert (str(mail["Subject"]), mail["In-Reply-To"], mail["Auto-Submitted"]) == ("점검 안내", None, None)
    assert body(sent.raw, "plain").startswith("Kim Minji 님, 안녕하세요.\n\n내일 새벽 점검이 있습니다. ([#1])")
    customer = {"sender": "Kim Minji <kim@customer.example>", "subject": "Re: 점검 안내"}
    assert house.say(opened.ticket, "알겠습니다. 몇 시까지인가요?", **customer) == opened.ticket
    assert house.ticket(opened.ticket).status == "open"
    house.desk.reply(opened.ticket, house.agent, "여섯 시까지입니다.")
    assert str(parsed(house.outbox("answer")[-1].raw)["Subject"]) == "Re: 점검 안내"
    assert not house.outbox("ack"), "who answers us has nothing to be acknowledged"
    assert [event.data["added"] for event in house.events(opened.ticket, "tags")] == [["ours"]]


def test_an_answer_to_a_mail_without_message_id_is_an_answer_all_the_same(house: House) -> None:
    house.take_over(brand="acknowledge: false")
    number = house.write(message_id="")
    house.desk.reply(number, house.agent, "Turn it on.")
    assert str(parsed(house.outbox("answer")[0].raw)["Subject"]) == "Re: Lamp"


@pytest.mark.parametrize(
    ("address", "subject", "why"),
    [
        ("support@example.com", "Hello", "one of our own addresses"),
        ("lee@example.com", "Hello", "is an agent's"),
        ("nobody", "Hello", "no mail can go to"),
        ("kim@customer.example", " \n", "needs a subject"),
    ],
)
def test_whom_we_cannot_write_to(house: House, address: str, subject: str, why: str) -> None:
    with pytest.raises(DeskError, match=why):
        begin(house.desk, Addressed(address), subject, "Hello.", house.agent)
    with pytest.raises(DeskError, match="the text is empty"):
        begin(house.desk, KIM, "Hello", "  ", house.agent)
    assert not house.outbox()
    assert not house.rows(tickets), "nothing is left of what could not be done"


def test_nobody_gets_two_tickets_of_one_campaign(house: House) -> None:
    first = begin(house.desk, KIM, "점검", TEXT, house.agent, campaign="outage-7")
    again = begin(house.desk, KIM, "점검", TEXT, house.agent, campaign="outage-7")
    other = begin(house.desk, KIM, "점검", TEXT, house.agent, campaign="outage-8")
    assert (first.ticket, again.ticket, other.ticket) == (1, 0, 2)
    assert len(house.outbox()) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("kim@customer.example\n", "line 1: the first line names the columns"),
        ("address,name\n", "line 2: there is nobody"),
        ("address\nkim@customer.example\nnobody\n", "line 3: 'nobody' is no address"),
        ("address,language\nkim@customer.example,kr\n", "line 2: the language is one of ko, ja, en, not 'kr'"),
        ("address\nKim@Customer.example\nkim@customer.example\n", "line 3: kim@customer.example stands in line 2"),
    ],
)
def test_a_list_that_cannot_be_used_says_the_line(text: str, why: str) -> None:
    with pytest.raises(BadList, match=why):
        recipients_of(text)


def test_a_list_from_a_spreadsheet() -> None:
    text = "\ufeffname,address,language\r\n김민지,kim@customer.example,ko\r\n,sato@customer.example,\r\n"
    assert recipients_of(text) == [
        Addressed("kim@customer.example", "김민지", "ko"),
        Addressed("sato@customer.example"),
    ]


def run(folder: Path, *words: str, given: str) -> Result:
    environ = {"GATEWAY_CONFIG": str(folder / "gateway.yaml"), "GATEWAY__DATA_DIR": str(folder)}
    return CliRunner().invoke(gateway, ["tickets", "new", *words], env=environ, input=given)


def test_the_command_writes_to_a_list_and_goes_on_after_a_break(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.migrate.prepare", lambda _: None)  # its tables are there
    load_keyring(house.office.configuration, may_create=True)
    with house.database.write() as connection:
        create_agent(connection, address="admin@example.com", name="Admin", role="admin", language="en", now=house.now)
    people = house.folder / "people.csv"
    people.write_text("address,name\nkim@customer.example,Kim\nsupport@example.com,\nsato@customer.example,Sato\n")
    asked = ("--to-list", str(people), "--subject", "Outage", "--campaign", "outage-7", "--json")
    told = run(house.folder, *asked, given="Hello {{ customer }},\n\nit is over.\n")
    assert told.exit_code == 1, "one of them is our own address"
    rows = [json.loads(line) for line in told.output.splitlines()]
    assert [(row["address"], row["ticket"]) for row in rows] == [
        ("kim@customer.example", 1), ("support@example.com", None), ("sato@customer.example", 2),
    ]  # fmt: skip
    told = run(house.folder, *asked, given="Hello.\n")
    assert [json.loads(line)["ticket"] for line in told.output.splitlines()] == [None, None, None]
    assert [row.recipient for row in house.outbox()] == ["kim@customer.example", "sato@customer.example"]
    for words, why in ((("--subject", "x"), "give an ADDRESS"), (asked[:4], "a list needs --campaign")):
        refused = run(house.folder, *words, given="x")
        assert (refused.exit_code, why in refused.output) == (2, True), refused.output


def test_a_ticket_that_we_began_is_explained_as_such(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.migrate.prepare", lambda _: None)
    begin(house.desk, KIM, "점검", TEXT, house.agent)
    environ = {"GATEWAY_CONFIG": str(house.folder / "gateway.yaml"), "GATEWAY__DATA_DIR": str(house.folder)}
    told = CliRunner().invoke(gateway, ["explain", "1"], env=environ)
    assert (told.exit_code, "it was begun by one of us" in told.output) == (1, True)


def test_in_the_web_view(web: Web) -> None:
    kim = web.visitor()
    assert 'href="/new"' in kim.get("/tickets").text
    fields = {"address": "hong@customer.example", "subject": "Your <lamp>", "text": "It is ready.", "language": "en"}
    refused = kim.post("/new", **{**fields, "address": "support@example.com"})
    assert refused.status == 400
    assert "one of our own addresses" in refused.text
    assert "Your &lt;lamp&gt;" in refused.text, "what was typed is kept"
    made = kim.post("/new", **fields)
    assert made.headers["location"] == "/tickets/1?done=reply"
    page = kim.get("/tickets/1")
    assert page.status == 200
    assert "It is ready." in page.text
    assert [row.recipient for row in web.house.outbox()] == ["hong@customer.example"]
