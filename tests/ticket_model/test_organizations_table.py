"""Organisations as a spreadsheet saves them, and what new tickets of theirs have and are promised."""

from pathlib import Path

import pytest

from gateway.config.organizations_table import MOST_OCTETS, organizations_table
from gateway.store.schema import promises
from gateway.store.ticket_history import histories
from tests.ticket_model.conftest import GATEWAY, House

TABLE = """\
\ufeffID;Name;Domains;Tags;Policy;field.segment;field.since;Level
acme;"Acme; Inc.";acme.example, acme.test;gold,vip;contract;enterprise;2026. 3. 5.;gold
# the small ones

beta;Beta;beta.example;;;;;
"""
FIELDS = """\
fields:
  - {id: segment, type: choice, choices: [small, enterprise], required: [intake]}
  - {id: since, type: date}
"""
SLA = """\
policies:
  - {id: standard, targets: {any: {first_reply: 8h}}}
  - {id: contract, targets: {any: {first_reply: 1h}}}
"""
RULES = "rules: [{name: small, when: {subject: small}, then: {fields: {segment: small}}}]\n"


@pytest.fixture
def served(house: House) -> House:
    """With customers from a spreadsheet, their fields, and what their contract promises."""
    table = house.folder / "customers.csv"
    table.write_text(TABLE, "utf-8")
    house.take_over(gateway=f"{GATEWAY}organizations: customers.csv\n", fields=FIELDS, sla=SLA, rules=RULES)
    return house


def test_new_tickets_have_what_the_spreadsheet_says(served: House) -> None:
    theirs, small, others = (
        served.write(sender="kim@sub.acme.test"),
        served.write(sender="kim@acme.example", subject="A small one"),
        served.write(sender="lee@beta.example"),
    )
    served.follow()
    with served.office.database.read() as connection:
        found = histories(connection, [theirs, small, others])
    assert found[theirs].tags == {"gold", "vip"}
    assert found[theirs].row.fields == {"segment": "enterprise", "since": "2026-03-05"}
    assert found[small].row.fields == {"segment": "small", "since": "2026-03-05"}, "rules win"
    assert (found[others].tags, found[others].row.fields) == (frozenset(), {})
    asked = {row.ticket_id: "segment" in row.raw.decode("utf-8", "replace") for row in served.office.outbox("ack")}
    assert asked == {theirs: False, small: False, others: True}, "nobody is asked for what is known"


def test_a_contract_promises_its_own_policy(served: House) -> None:
    theirs, others = served.write(sender="kim@acme.example"), served.write(sender="lee@beta.example")
    served.follow()
    with served.office.database.read() as connection:
        kept = {row.ticket_id: row.policy for row in connection.execute(promises.select())}
    assert kept == {theirs: "contract", others: "standard"}
    due = {number: served.office.ticket(number).due_at - served.office.now for number in (theirs, others)}
    assert [due[number].total_seconds() / 3600 for number in (theirs, others)] == [1, 8]


def test_a_spreadsheet_beside_the_configuration_needs_no_setting(house: House) -> None:
    (house.folder / "organizations.csv").write_text("id,name,domains\nacme,Acme,acme.example\n", "utf-8")
    house.take_over()
    assert [one.id for one in house.office.office.organizations.by_id.values()] == ["acme"]
    (house.folder / "organizations.yaml").write_text("organizations: []\n", "utf-8")
    house.take_over()
    assert not house.office.office.organizations.by_id, "the YAML file comes first"


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"", 1, "the first line must name the columns"),
        (b"id,name,domains\nacme,Acme,\xb8\xed.example\n", 2, "this is not UTF-8 text; save it as"),
        (b'id,name,domains\nacme,"Acme,acme.example\nbeta,Beta,beta.example\n', 3, "this is no CSV text"),
        (b"id,name,domains\nacme,Acme, Inc.,acme.example\n", 2, "this line has 4 columns, and the first one names 3"),
        (b" " * (MOST_OCTETS + 1), 1, "larger than 16 MB"),
    ],
)
def test_what_is_no_table_is_said_with_its_line(tmp_path: Path, content: bytes, line: int, why: str) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(content)
    (mistake, *_) = organizations_table(path).mistakes
    assert (mistake.line, why in mistake.message) == (line, True), mistake


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (mistake,) = organizations_table(tmp_path / "none.csv").mistakes
    assert "no such file" in mistake.message
