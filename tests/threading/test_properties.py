"""What holds for every mail and every store: no exception, no order that matters where it must not, no stolen right."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.address import address_key
from gateway.mail.model import Kind, Mailbox
from gateway.threading.model import (
    Known,
    KnownParticipant,
    KnownTicket,
    Outcome,
    SharedAncestor,
    Status,
    TokenState,
    Trust,
)
from tests.support.threads import ANNA, BEN, CARA, KIM, NOW, decided, failed, mail, own_id, shows, token

people = st.sampled_from([ANNA, BEN, CARA, KIM])
numbers = st.integers(min_value=1, max_value=4)
ids = st.sampled_from(["first@a.test", "second@a.test", "new@a.test", "1.1.ack@reply.example.com"])
moments = st.integers(min_value=-400, max_value=400).map(lambda days: NOW + timedelta(days=days))

participants = st.builds(
    KnownParticipant, numbers, people, st.sampled_from(["requester", "cc", "agent"]), st.booleans()
)
tickets = st.builds(
    KnownTicket,
    numbers,
    st.sampled_from(Status),
    st.none() | moments,
    st.lists(participants, max_size=4).map(tuple),
)
shared = st.builds(SharedAncestor, ids, numbers, moments, st.booleans())
known = st.builds(
    Known,
    st.dictionaries(numbers, tickets, max_size=4),
    st.lists(shared, max_size=5).map(tuple),
    st.none() | st.integers(),
    st.none() | numbers,
)
authors = st.none() | people
evidences = authors.flatmap(
    lambda author: st.builds(
        shows,
        st.just(author),
        tokens=st.lists(st.builds(token, numbers, numbers, st.sampled_from(TokenState)), max_size=4).map(tuple),
        own=st.lists(st.builds(own_id, numbers, numbers), max_size=3).map(tuple),
        forged=st.lists(st.text(max_size=200), max_size=2).map(tuple),
        ancestors=st.lists(ids, max_size=3).map(tuple),
        numbers=st.lists(numbers, max_size=3).map(tuple),
        addressed=st.lists(people, max_size=3).map(tuple),
    )
)
kinds = st.sampled_from(Kind)
trusts = st.sampled_from(Trust)


@given(st.data())
def test_every_decision_is_whole(data: st.DataObject) -> None:
    evidence, answer = data.draw(evidences), data.draw(known)
    message = mail(
        evidence.author,
        kind=data.draw(kinds),
        bounce=data.draw(st.sampled_from([None, failed()])),
        from_mailboxes=data.draw(st.sampled_from([None, (Mailbox("", ANNA), Mailbox("", BEN))])),
    )
    trust, is_agent, null = data.draw(trusts), data.draw(st.booleans()), data.draw(st.booleans())
    decision = decided(message, evidence, answer, trust, is_agent=is_agent, null=null)
    again = decided(message, evidence, answer, trust, is_agent=is_agent, null=null)

    assert decision == again
    assert decision.reason
    assert all(step.reason and step.verdict in ("used", "ignored", "hint") for step in decision.steps)
    if decision.outcome in (Outcome.APPEND, Outcome.JOIN_REQUEST, Outcome.FOLLOW_UP):
        assert decision.ticket in {it.number for it in answer.tickets.values()}
    if decision.outcome in (Outcome.OPEN, Outcome.QUARANTINE):
        assert decision.ticket is None
    assert decision.public == (decision.outcome in (Outcome.APPEND, Outcome.FOLLOW_UP, Outcome.OPEN))
    assert (decision.cause is not None) == (decision.outcome is Outcome.QUARANTINE)


@given(evidences, known, trusts, st.booleans())
def test_only_a_verified_participant_ever_writes_in_public(evidence, answer, trust, is_agent) -> None:  # type: ignore[no-untyped-def]
    decision = decided(mail(evidence.author), evidence, answer, trust, is_agent=is_agent)
    if decision.outcome not in (Outcome.APPEND, Outcome.FOLLOW_UP):
        return
    assert trust >= Trust.WEAK
    assert evidence.author is not None
    on_it = [it for it in answer.tickets.values() if it.number == decision.ticket]
    rows = [row for it in on_it for row in it.participants if row.address_key == address_key(evidence.author)]
    assert any(not row.revoked for row in rows)
    if is_agent:
        assert any(reading.state is TokenState.VALID for reading in evidence.tokens)


@given(evidences, known, st.randoms(use_true_random=False), trusts)
def test_the_order_in_which_the_store_answers_does_not_matter(evidence, answer, chance, trust) -> None:  # type: ignore[no-untyped-def]
    """Ancestors come nearest first; the rows of one ancestor, and the tickets, come as the database likes."""
    rows = [
        (number, KnownTicket(number, it.status, it.closed_at, it.participants)) for number, it in answer.tickets.items()
    ]
    places = list(dict.fromkeys(it.ancestor for it in answer.shared))
    shared = list(answer.shared)
    decisions = set()
    for _ in range(2):
        ordered = tuple(sorted(shared, key=lambda it: places.index(it.ancestor)))
        decision = decided(mail(evidence.author), evidence, Known(dict(rows), ordered), trust)
        decisions.add(decision)
        chance.shuffle(rows)
        chance.shuffle(shared)
    assert len(decisions) == 1


@given(evidences, known, trusts)
def test_more_trust_never_takes_a_right_away(evidence, answer, trust) -> None:  # type: ignore[no-untyped-def]
    weaker = decided(mail(evidence.author), evidence, answer, trust)
    stronger = decided(mail(evidence.author), evidence, answer, Trust.STRONG)
    if weaker.outcome in (Outcome.APPEND, Outcome.FOLLOW_UP):
        assert stronger.outcome in (Outcome.APPEND, Outcome.FOLLOW_UP, Outcome.OPEN)
