"""Agents' mail on the web: of what they are told, answers that wait for a word, macros."""

from pathlib import Path

import pytest

from gateway.config.load import load_all
from gateway.config.mistakes import ConfigurationError
from gateway.desk.actions import DeskError
from gateway.desk.drafts import send_draft
from gateway.store.notifications import notifications_of
from tests.support.agent_work import Mailboxes, words

BULB = "Please change the bulb."
GATEWAY = """
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: example
    name: Example Support
    addresses: [support@example.com]
"""
MACROS = """
macros:
  - id: bulb
    title: Change the bulb
    text:
      en: "Hello {{ customer }}, please change the bulb. {{ agent }}, {{ brand }} {{ reference }}"
      ko: "{{ customer }} 님, 전구를 교체해 주세요."
    status: solved
    priority: low
    team: lamps
    tags: [bulb]
"""


def test_a_waiting_answer_is_released_by_its_author_alone(mailboxes: Mailboxes) -> None:
    ticket = mailboxes.opened()
    mailboxes.reply(mailboxes.assigned(ticket), f"#ntoe\n{BULB}")
    draft = mailboxes.messages(ticket)[-1]
    with pytest.raises(DeskError, match="only its author"):
        send_draft(mailboxes.desk, ticket, draft.id, mailboxes.lee)
    send_draft(mailboxes.desk, ticket, draft.id, mailboxes.kim)
    (answer,) = mailboxes.to_customers()
    assert BULB in words(answer)
    assert mailboxes.messages(ticket)[-1].journal_id == draft.journal_id
    with pytest.raises(DeskError, match="does not wait"):
        send_draft(mailboxes.desk, ticket, draft.id, mailboxes.kim)


def test_new_agents_are_told_of_their_own_tickets(mailboxes: Mailboxes) -> None:
    with mailboxes.database.read() as connection:
        assert notifications_of(connection, mailboxes.kim) == ("assigned", "reply", "mention", "sla")


def test_a_macro_answers_and_sets(mailboxes: Mailboxes, tmp_path: Path) -> None:
    mailboxes.use_macros(MACROS, tmp_path)
    ticket = mailboxes.opened()
    row = mailboxes.reply(mailboxes.assigned(ticket), "#macro bulb\n\nPS: it is an E27.")
    assert row.fate == "appended"
    (answer,) = mailboxes.to_customers()
    said = words(answer)
    assert said.startswith(
        "PS: it is an E27.\n\nHello Hong Gildong, please change the bulb. Kim Minji, Example Support [#1]"
    )
    after = mailboxes.ticket(ticket)
    assert (after.status, after.priority, after.team) == ("solved", "low", "lamps")


def test_a_customers_name_is_no_placeholder(mailboxes: Mailboxes, tmp_path: Path) -> None:
    mailboxes.use_macros(MACROS, tmp_path)
    ticket = mailboxes.opened()
    with mailboxes.database.write() as connection:
        from gateway.store.schema import contacts

        connection.execute(contacts.update().values(name="{{ agent }}{% x %}"))
    mailboxes.reply(mailboxes.assigned(ticket), "#매크로 change the bulb")
    assert "Hello {{ agent }}{% x %}, please" in words(mailboxes.to_customers()[0])


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (MACROS.replace("{{ brand }}", "{{ brnad }}"), ":6:", "unknown placeholder 'brnad'. Did you mean `brand`?"),
        (MACROS.replace("{{ brand }}", "{{ brand.name }}"), ":6:", "unknown placeholder 'brand.name'"),
        (MACROS.replace("{{ brand }}", "{% if x %}"), ":6:", "unknown placeholder '{% if x %}"),
        (MACROS + "  - id: bulb\n    title: Again\n    tags: [x]\n", ":12:", "another macro has the id `bulb` too"),
        (MACROS + "  - id: empty\n    title: Empty\n", ":12:", "the macro `empty` does nothing"),
        (MACROS.replace("solved", "closed"), ":8:", "closed"),
        (MACROS.replace("status:", "statsu:"), ":8:", "status"),
    ],
)
def test_mistakes_in_macros_are_told_with_their_line(tmp_path: Path, text: str, place: str, message: str) -> None:
    (tmp_path / "gateway.yaml").write_text(GATEWAY)
    (tmp_path / "macros.yaml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_all(tmp_path / "gateway.yaml", {})
    (mistake,) = (str(it) for it in caught.value.mistakes)
    assert place in mistake
    assert message in mistake
