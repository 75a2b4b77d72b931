"""A mail as a test of the rules: pasted as it is printed, it passes; the customer stays out of it where the rules let."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from gateway.cli.rules import rules as command
from gateway.config.load import ConfigurationError, load_all
from gateway.demo.build import Addresses, build_day
from gateway.demo.day import DAY
from gateway.report.mail_as_test import NoSuchMail, mail_as_test
from gateway.store.schema import journal, messages
from tests.automation.conftest import GATEWAY, House

Ruled = Callable[..., House]
RULES = r"""
rules:
  - {name: Held, when: {subject: fraud}, then: {quarantine: true}}
  - {name: Away, when: {kind: auto-reply}, then: {drop: true}}
  - {name: Shop, when: {has_header: X-Shop, author_domain: '*.example'}, then: {team: shop, tags: shop, type: question}}
  - {name: Korean, when: {language: ko}, then: {team: seoul, acknowledge: false}}
  - {name: Hong, when: {author: hong@customer.example, body: lamp}, then: {tags: hong}}
  - {name: Robots, when: {kind: auto-generated}, then: {tags: robot}}
  - {name: Footer, when: {body: unsubscribe}, then: {tags: mass}}
events:
  - name: Orders
    on: [created, replied]
    when: {mail: {body: 'order (?P<order>\d+)'}}
    then: {fields: {order: '{match.order}'}, priority: high}
  - {name: Note it, on: created, when: {team: seoul}, then: {note: 'From {requester.address}', status: waiting}}
  - {name: Again, on: replied, when: {team: seoul}, then: {tags: back}}
"""
FILES = {
    "rules": RULES,
    "fields": "statuses: [{id: waiting, category: on_hold}]\nfields: [{id: order, type: text}]\n",
    "teams": "teams:\n  - {id: shop}\n  - {id: seoul}\n",
    "gateway": f"{GATEWAY}vip: {{senders: [vip@customer.example]}}\n",
}


def made(house: House, message: int) -> str:
    with house.office.database.read() as connection:
        return mail_as_test(connection, house.office.journal.blobs, house.office.office, message).yaml


def pasted(house: House, *tests: str) -> None:
    """Load the rules with these below ``tests:``; ConfigurationError where one of them fails."""
    (house.folder / "rules.yaml").write_text(f"{RULES}tests:\n{''.join(tests)}", "utf-8")
    loaded = load_all(house.folder / "gateway.yaml", {"GATEWAY__DATA_DIR": str(house.folder)}, tested=True)
    assert len(loaded.written.rules.tests) == len(tests)


def test_what_is_printed_passes_as_it_is(ruled: Ruled) -> None:
    """Every kind of mail that reaches a ticket, with the letters and line ends that strangers use."""
    house = ruled(**FILES)
    bodies = (
        "The lamp does not light up.",
        "전등이 꺼졌습니다. 주문 order 17\n\n  감사합니다.  \n- 김\n",
        "key: value\n- item\n# no comment\n'quoted' \"twice\" {braces} [list] & *star !tag | > % @ `tick`",
        "order 4711 \t tab\u200b\u202e turned \x0b vertical",
        "yes",
        "x " * 900 + "unsubscribe",
        "\n\n",
    )
    for number, body in enumerate(bodies):
        headers = (("X-Shop", "1: yes"),) if number % 2 else ()
        house.write(body, subject=f"Subject: {number} #'{body[:9]!r}", headers=headers)  # type: ignore[arg-type]
    robot = house.write("Backup done", headers=(("Auto-Submitted", "auto-generated"),))  # type: ignore[arg-type]
    house.write("Important", sender="Vip <vip@customer.example>")
    house.follow()
    house.office.later(hours=1)
    house.reply(2, "And order 18?")
    house.follow()
    found = house.office.rows(messages, messages.c.direction == "in")
    tests = [made(house, row.id) for row in found]
    assert len(tests) == len(bodies) + 3
    assert "kind: auto-generated\n" in tests[robot - 1]
    assert "- robot\n" in tests[robot - 1]
    pasted(house, *tests)
    assert "status: waiting" in tests[1]
    assert "{order: '17'}" in tests[1] or "order: '17'" in tests[1]
    assert "kind: replied" in tests[-1]
    assert "rules:\n      - Orders\n      - Again\n" in tests[-1]
    with pytest.raises(ConfigurationError, match="is 'seoul', not 'shop'"):
        pasted(house, tests[1].replace("team: seoul", "team: shop"))


def test_a_day_of_mail_passes(ruled: Ruled) -> None:
    house = ruled(**FILES)
    addresses = Addresses(dict.fromkeys(("ko", "ja", "en"), "support@example.com"), "support@example.com")
    for one in build_day(DAY, addresses, now=house.office.now, run="x")[:45]:
        house.office.take(one.raw, reverse_path=one.reverse_path)
    house.follow()
    rows = house.office.rows(messages, messages.c.direction == "in", messages.c.kind == "mail")
    assert len(rows) > 25
    pasted(house, *(made(house, row.id) for row in rows))


def test_the_customer_stays_out_of_it_where_the_rules_let(ruled: Ruled) -> None:
    house = ruled(**FILES)
    card = "My card is 4111 1111 1111 1111. "
    house.write(card + "Where is it? " * 200, sender="Lee Kim <lee.kim@customer.example>")
    house.write("The lamp is dark.")
    house.write("x " * 900 + "unsubscribe", sender="lee.kim@customer.example")
    plain, named, long = (made(house, number) for number in (1, 2, 3))
    assert "customer@customer.example" in plain
    assert "lee" not in plain.lower()
    assert "4111 11** **** 1111" in plain
    assert len(plain) < 1800
    assert "from: hong@customer.example" in named, "a rule asks for this very address"
    assert "unsubscribe" in long
    pasted(house, plain, named, long)


def test_the_command_finds_mail_by_ticket_message_id_and_receipt(
    ruled: Ruled, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = ruled(**FILES)
    number = house.write("The lamp is dark.", message_id="lamp@customer.example")
    monkeypatch.setenv("GATEWAY__DATABASE__URL", database_url)
    monkeypatch.setattr("gateway.store.migrate.prepare", lambda _: None)  # its tables are there
    monkeypatch.setenv("GATEWAY__DATA_DIR", str(house.folder))
    monkeypatch.setattr("gateway.config.keys.load_keyring", lambda *_, **__: house.office.office.keyring)

    def run(*arguments: str, status: int = 0) -> str:
        done = CliRunner().invoke(command, ["test-from", *arguments, "-c", str(house.folder / "gateway.yaml")])
        assert done.exit_code == status, done.output
        return done.output

    printed = run(f"#{number}")
    pasted(house, printed)
    (house.folder / "rules.yaml").write_text(RULES, "utf-8")
    assert run("<lamp@customer.example>") == printed
    told = json.loads(run(house.office.messages(number)[0].trace["receipt"], "--json"))
    assert told == {"name": f"Ticket {number}, message 1", "message": 1, "ticket": number, "yaml": printed}
    assert "there is no customer's mail for '99'" in run("99", status=1)
    note = house.office.desk.note(number, house.office.agent, "Seen.")
    with pytest.raises(NoSuchMail), house.office.database.read() as connection:
        mail_as_test(connection, house.office.journal.blobs, house.office.office, note)


def test_bytes_that_are_gone_are_not_needed(ruled: Ruled) -> None:
    house = ruled(**FILES)
    house.write("The lamp is dark.", headers=(("X-Shop", "1"),))  # type: ignore[arg-type]
    assert "X-Shop: '1'" in made(house, 1)
    with house.office.database.write() as connection:
        connection.execute(update(journal).values(raw=None, digest="0" * 64))
    assert "X-Shop" not in made(house, 1)
