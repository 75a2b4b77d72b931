"""What follows from a merge that is undone: promises run again for the ticket that is one of its own again."""

from collections.abc import Callable

from gateway.store.schema import promises
from tests.automation.conftest import House

SLA = "policies: [{id: standard, targets: {any: {first_reply: 4h, resolution: 24h}}}]"


def test_promises_run_again(ruled: Callable[..., House]) -> None:
    house = ruled(sla=SLA)
    first, second = house.write(), house.write("The bulb, too.", sender="Lee <lee@customer.example>")
    house.follow()
    due = house.office.ticket(second).due_at
    assert due is not None
    house.office.desk.merge(second, first, house.office.agent)
    house.follow()
    assert house.office.ticket(second).due_at is None
    house.office.later(hours=1)
    house.office.desk.unmerge(second, house.office.agent)
    house.follow()
    assert house.office.ticket(second).due_at == due, "counted from the customer's first word"
    with house.office.database.read() as connection:
        running = connection.execute(promises.select().where(promises.c.ticket_id == second)).all()
    assert {row.metric for row in running} == {"first_reply", "resolution"}
    assert len(house.office.outbox("merged")) == 1, "Lee was told of the merge, and hears nothing of its end"
