"""``#undo`` after ``#merge``: the mail is answered from where the conversation went, and takes it back."""

from gateway.store.schema import tickets
from tests.agents.test_orders import BULB, report
from tests.support.agent_work import KIM, Mailboxes


def test_undo_takes_a_merge_back(mailboxes: Mailboxes) -> None:
    one, two = mailboxes.opened("First.", "One"), mailboxes.opened("Second.", "Two")
    told = mailboxes.assigned(two)
    before = mailboxes.ticket(two)
    mailboxes.reply(told, f"#priority urgent\n#merge {one}\n{BULB}")
    assert mailboxes.ticket(two).merged_into == one
    mailboxes.later(seconds=30)
    mailboxes.reply(mailboxes.told(KIM)[-1], "#undo")
    assert f"The merge is undone: #{two} is a ticket of its own again" in report(mailboxes)
    after = mailboxes.ticket(two)
    for name in ("status", "priority", "merged_into", "waiting_since", "closed_at"):
        assert getattr(after, name) == getattr(before, name), name
    assert [message.kind for message in mailboxes.messages(two)] == ["mail", "note"], "the answer had not left"
    assert [message.kind for message in mailboxes.messages(one)] == ["mail"]
    assert mailboxes.to_customers() == []
    mailboxes.reply(mailboxes.told(KIM)[-1], "#undo")
    assert "nothing of yours" in report(mailboxes)


def test_a_merge_that_cannot_be_undone_is_said_and_nothing_else_is_done(mailboxes: Mailboxes) -> None:
    one, two = mailboxes.opened("First.", "One"), mailboxes.opened("Second.", "Two")
    mailboxes.reply(mailboxes.assigned(two), f"#priority urgent\n#merge {one}")
    with mailboxes.database.write() as connection:
        connection.execute(tickets.update().where(tickets.c.id == one).values(status="closed"))
    mailboxes.reply(mailboxes.told(KIM)[-1], "#undo")
    assert f"ticket {one} is closed; reopen it first" in report(mailboxes)
    assert mailboxes.ticket(two).priority == "urgent"
