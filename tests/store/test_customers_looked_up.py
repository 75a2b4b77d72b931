"""What is looked up about customers and agents' macros, on each engine."""

from pathlib import Path

import pytest

from gateway.config.macros import MacroDefinition
from gateway.desk.people import People
from gateway.store.database import Database
from gateway.store.organization_views import organization_tickets
from gateway.store.other_addresses import other_addresses
from gateway.store.saved_macros import MacroError, add_macro, change_macro, list_macros
from gateway.store.schema import contacts
from tests.support.accepted import mail
from tests.support.office import TestOffice


def test_tickets_and_addresses_of_customers(database: Database, tmp_path: Path) -> None:
    office = TestOffice(database, tmp_path, trust={"unverified": "forwarded"})
    office.take(mail(sender="Gildong Hong <hong@acme.example>"))
    (first,) = office.messages(1)
    headers = (("References", f"<{first.message_id}>"), ("Cc", "hong@acme.example"))
    office.take(mail(sender="Gildong Hong <hong@home.example>", headers=headers), reverse_path="hong@home.example")
    People(office.desk).join(office.messages(1)[-1].id, office.agent)
    office.later(hours=1)
    office.take(mail(sender="Lee <lee@jp.acme.example>"))
    office.take(mail(sender="Lee <lee@mail.acme.example>"))
    office.desk.solve(3, office.agent)
    (lost,) = [row for row in office.rows(contacts) if row.address == "hong@acme.example"]
    with database.read() as connection:
        found = organization_tickets(connection, ["acme.example"], ["jp.acme.example"], limit=10)
        (other,) = other_addresses(connection, lost.id, organization=lambda _: "acme")
    assert [row.number for row in found.rows] == [1, 3]
    assert (found.every, found.unsolved) == (2, 1)
    assert [person.address for person in found.people] == ["lee@mail.acme.example", "hong@acme.example"]
    assert (other.address, other.tie, other.verified_at) == ("hong@home.example", "ticket", first.created_at)


def test_two_own_macros_cannot_be_called_alike(database: Database, tmp_path: Path) -> None:
    office = TestOffice(database, tmp_path)
    with database.write() as connection:
        add_macro(connection, office.agent, MacroDefinition(title="One"), office.now)
        two = add_macro(connection, office.agent, MacroDefinition(title="Two"), office.now)
        with pytest.raises(MacroError, match="'One' already"):
            add_macro(connection, office.agent, MacroDefinition(title="One"), office.now)
        with pytest.raises(MacroError, match="'One' already"):
            change_macro(connection, office.agent, two, MacroDefinition(title="One"))
        assert [macro.definition.title for macro in list_macros(connection, office.agent)] == ["One", "Two"]
