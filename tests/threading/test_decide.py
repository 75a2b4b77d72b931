"""The decision, a line a case. The tables follow docs/threading.md from top to bottom."""

from datetime import timedelta

import pytest

from gateway.mail.model import Kind, Mailbox
from gateway.threading.model import (
    Decision,
    Evidence,
    Known,
    KnownParticipant,
    KnownTicket,
    Outcome,
    Status,
    TokenState,
    Trust,
)
from tests.support.threads import (
    ANNA,
    BEN,
    CARA,
    EVE,
    KIM,
    NOW,
    ancestor,
    decided,
    failed,
    knows,
    mail,
    own_id,
    shows,
    ticket,
    token,
)

APPEND, OPEN, JOIN, FOLLOW_UP = Outcome.APPEND, Outcome.OPEN, Outcome.JOIN_REQUEST, Outcome.FOLLOW_UP
BOUNCE, SILENT, DUPLICATE, QUARANTINE = Outcome.BOUNCE, Outcome.SILENT_EVENT, Outcome.DUPLICATE, Outcome.QUARANTINE
TEMPERROR, NONE, WEAK, FORWARDED, STRONG = Trust.TEMPERROR, Trust.NONE, Trust.WEAK, Trust.FORWARDED, Trust.STRONG
ALL_TRUST = tuple(Trust)


def short(decision: Decision) -> tuple[Outcome, int | None, bool]:
    return decision.outcome, decision.ticket, decision.public


# Who may write where: proof, author, and how sure we are that the author is who From says.
TOKEN, REFERENCE = shows(tokens=(token(),)), shows(own=(own_id(),))


@pytest.mark.parametrize(
    ("proof", "author", "trust", "outcome", "public"),
    [
        # a valid token: From is its participant, and the path at least is proven
        ("token", ANNA, STRONG, APPEND, True),
        ("token", ANNA, FORWARDED, APPEND, True),
        ("token", ANNA, WEAK, APPEND, True),
        ("token", ANNA, NONE, JOIN, False),
        ("token", ANNA, TEMPERROR, JOIN, False),
        ("token", "ANNA@A.TEST", WEAK, APPEND, True),
        ("token", BEN, STRONG, JOIN, False),  # another participant's token
        ("token", EVE, STRONG, JOIN, False),  # a stranger to whom our mail was forwarded
        ("token", EVE, NONE, JOIN, False),
        ("token", "ann\u0430@a.test", STRONG, JOIN, False),  # a Cyrillic letter
        ("revoked token", ANNA, STRONG, JOIN, False),
        ("expired token", ANNA, STRONG, OPEN, True),
        ("forged token", ANNA, STRONG, OPEN, True),
        ("malformed token", ANNA, STRONG, OPEN, True),
        # our Message-ID with its MAC: any participant, but the content must be vouched for
        ("own id", ANNA, STRONG, APPEND, True),
        ("own id", ANNA, FORWARDED, APPEND, True),
        ("own id", ANNA, WEAK, JOIN, False),
        ("own id", ANNA, NONE, JOIN, False),
        ("own id", ANNA, TEMPERROR, JOIN, False),
        ("own id", BEN, FORWARDED, APPEND, True),
        ("own id", EVE, STRONG, JOIN, False),
        ("forged id", ANNA, STRONG, OPEN, True),
        ("forged id", EVE, STRONG, OPEN, True),
        # a customer's own mail in References
        ("stored mail", ANNA, STRONG, APPEND, True),
        ("stored mail", ANNA, FORWARDED, APPEND, True),
        ("stored mail", BEN, FORWARDED, APPEND, True),
        ("stored mail", ANNA, WEAK, OPEN, True),
        ("stored mail", ANNA, NONE, OPEN, True),
        ("stored mail", EVE, STRONG, OPEN, True),
        ("stored mail, Anna addressed", CARA, STRONG, JOIN, False),
        ("stored mail, Anna addressed", CARA, NONE, JOIN, False),
        ("old stored mail, Anna addressed", CARA, STRONG, OPEN, True),
        ("old stored mail", ANNA, FORWARDED, APPEND, True),
        # an ancestor that we never saw ourselves
        ("shared ancestor", ANNA, FORWARDED, APPEND, True),
        ("shared ancestor", ANNA, WEAK, OPEN, True),
        ("shared ancestor", CARA, STRONG, OPEN, True),
        ("shared ancestor, Anna addressed", CARA, STRONG, JOIN, False),
        ("old shared ancestor", ANNA, STRONG, OPEN, True),
        ("old shared ancestor, Anna addressed", CARA, STRONG, OPEN, True),
        # a number alone
        ("number", ANNA, STRONG, OPEN, True),
        ("number", EVE, STRONG, OPEN, True),
        ("nothing", ANNA, STRONG, OPEN, True),
        ("nothing", EVE, NONE, OPEN, True),
    ],
)
def test_who_may_write_where(proof: str, author: str, trust: Trust, outcome: Outcome, public: bool) -> None:
    decision = decided(mail(author), *_proof(proof, author), trust)
    expected = 42 if outcome in (APPEND, JOIN) else None
    assert short(decision) == (outcome, expected, public), decision
    assert (decision.participant is not None) == (outcome is APPEND)


def _proof(proof: str, author: str) -> tuple[Evidence, Known]:
    addressed = (author, ANNA) if "Anna addressed" in proof else (author,)
    known = knows(ticket())
    kind = proof.removesuffix(", Anna addressed")
    match kind:
        case "token":
            return shows(author, tokens=(token(),)), known
        case "revoked token":
            revoked = ticket(42, KnownParticipant(1, ANNA, "requester", revoked=True))
            return shows(author, tokens=(token(),)), knows(revoked)
        case "expired token" | "forged token" | "malformed token":
            return shows(author, tokens=(token(state=TokenState(kind.partition(" ")[0])),)), known
        case "own id":
            return shows(author, own=(own_id(),)), known
        case "forged id":
            # A mail of the attacker's that named the same forged id before does not make it any better.
            named = ancestor("forged@reply.example.com", is_message=False)
            return shows(author, forged=("forged@reply.example.com",)), knows(ticket(), shared=(named,))
        case "stored mail" | "old stored mail" | "shared ancestor" | "old shared ancestor":
            days = 300 if kind.startswith("old") else 1
            found = ancestor("first@a.test", days=days, is_message=kind.endswith("mail"))
            return shows(author, ancestors=("first@a.test",), addressed=addressed), knows(ticket(), shared=(found,))
        case "number":
            return shows(author, numbers=(42,)), known
        case _:
            return shows(author), known


# Agents by mail. Kim is an agent; on ticket 42 she holds an agent's place (3), on ticket 43 she is the requester (4).
AGENTS_TICKET = ticket(42, KnownParticipant(1, ANNA, "requester"), KnownParticipant(3, KIM, "agent"))
KIMS_TICKET = ticket(43, KnownParticipant(4, KIM, "requester"))


@pytest.mark.parametrize("trust", ALL_TRUST)
@pytest.mark.parametrize(
    ("shown", "at_strong", "below"),
    [
        (shows(KIM), OPEN, OPEN),
        (shows(KIM, tokens=(token(42, 1),)), JOIN, JOIN),  # a customer's token
        (shows(KIM, tokens=(token(42, 9),)), JOIN, JOIN),  # another agent's
        (shows(KIM, tokens=(token(42, 3, TokenState.EXPIRED),)), OPEN, OPEN),
        (shows(KIM, tokens=(token(42, 3, TokenState.FORGED),)), OPEN, OPEN),
        (shows(KIM, own=(own_id(42, 3),)), JOIN, JOIN),
        (shows(KIM, own=(own_id(42, 1),)), JOIN, JOIN),
        (shows(KIM, numbers=(42,)), OPEN, OPEN),
        (shows(KIM, tokens=(token(42, 3),)), APPEND, JOIN),  # the only cell with an agent's power
    ],
)
def test_an_agents_address_gives_nothing_without_strong_proof_and_the_own_token(
    shown: Evidence, at_strong: Outcome, below: Outcome, trust: Trust
) -> None:
    decision = decided(mail(KIM), shown, knows(AGENTS_TICKET, KIMS_TICKET), trust, is_agent=True)
    assert decision.outcome is (at_strong if trust is STRONG else below)
    assert decision.participant == (3 if decision.outcome is APPEND else None)
    assert decision.steps[-1].reason == "From alone gives nobody an agent's rights"


@pytest.mark.parametrize(
    ("shown", "trust", "outcome"),
    [
        (shows(KIM, tokens=(token(43, 4),)), FORWARDED, APPEND),  # a customer like any other, by the own token
        (shows(KIM, tokens=(token(43, 4),)), NONE, JOIN),
        (shows(KIM, own=(own_id(43, 4),)), STRONG, JOIN),  # but never by References
    ],
)
def test_an_agent_who_asks_for_help_is_a_customer_there(shown: Evidence, trust: Trust, outcome: Outcome) -> None:
    decision = decided(mail(KIM), shown, knows(KIMS_TICKET), trust, is_agent=True)
    assert (decision.outcome, decision.ticket) == (outcome, 43)


def test_an_agents_token_in_the_hands_of_somebody_who_is_no_agent_any_more() -> None:
    decision = decided(mail(KIM), shows(KIM, tokens=(token(42, 3),)), knows(AGENTS_TICKET), STRONG, is_agent=False)
    assert decision.outcome is JOIN


# Age and status of the ticket.
@pytest.mark.parametrize("shown", [TOKEN, REFERENCE, shows(ancestors=("first@a.test",))])
@pytest.mark.parametrize(
    ("state", "outcome", "number", "hints"),
    [
        (ticket(status=Status.NEW), APPEND, 42, ()),
        (ticket(status=Status.PENDING), APPEND, 42, ()),
        (ticket(status=Status.ON_HOLD), APPEND, 42, ()),
        (ticket(status=Status.SOLVED), APPEND, 42, ()),
        (ticket(status=Status.CLOSED), FOLLOW_UP, 42, ()),  # closed by an older version: when is not known
        (ticket(closed_days_ago=0), FOLLOW_UP, 42, ()),
        (ticket(closed_days_ago=90), FOLLOW_UP, 42, ()),
        (ticket(closed_days_ago=90.1), OPEN, None, (42,)),
    ],
)
def test_a_closed_ticket_gets_a_linked_follow_up_for_a_while(
    shown: Evidence, state: KnownTicket, outcome: Outcome, number: int | None, hints: tuple[int, ...]
) -> None:
    decision = decided(
        mail(), shown, knows(state, shared=(ancestor(),) if shown.ancestors == ("first@a.test",) else ())
    )
    assert (decision.outcome, decision.ticket, decision.hints) == (outcome, number, hints)
    assert decision.public


@pytest.mark.parametrize("shown", [shows(EVE, tokens=(token(),)), shows(EVE, own=(own_id(),))])
@pytest.mark.parametrize("days", [0, 500])
def test_a_strangers_mail_is_not_lost_on_a_closed_ticket(shown: Evidence, days: int) -> None:
    decision = decided(mail(EVE), shown, knows(ticket(closed_days_ago=days)))
    assert (decision.outcome, decision.ticket, decision.hints) == (OPEN, None, (42,))


# Delivery reports.
@pytest.mark.parametrize(
    ("shown", "expected", "participant"),
    [
        (shows(None, tokens=(token(),)), 42, 1),  # to the reverse-path of our mail
        (shows(None, own=(own_id(participant=2),)), 42, 2),  # names our mail, or returns its header
        (shows(None, tokens=(token(state=TokenState.EXPIRED),)), 42, 1),
        (shows(None, forged=("forged@reply.example.com",)), None, None),
        (shows(None, tokens=(token(state=TokenState.FORGED),)), None, None),
        (shows(None, numbers=(42,)), None, None),
        (shows(None, ancestors=("first@a.test",)), None, None),  # a mail that we never sent
        (shows(None), None, None),
        (shows("postmaster@a.test", tokens=(token(),)), 42, 1),
    ],
)
@pytest.mark.parametrize("closed", [None, 500])
def test_a_bounce_lands_on_the_ticket_of_the_mail_that_came_back(
    shown: Evidence, expected: int | None, participant: int | None, closed: int | None
) -> None:
    known = knows(ticket(closed_days_ago=closed), shared=(ancestor(),))
    for report in (mail(shown.author, bounce=failed()), mail(shown.author, kind=Kind.BOUNCE)):
        decision = decided(report, shown, known, NONE, null=True)
        assert short(decision) == (BOUNCE, expected, False)
        assert decision.participant == participant


# Machines.
@pytest.mark.parametrize("author", [ANNA, EVE])
@pytest.mark.parametrize(
    ("kind", "shown", "expected"),
    [
        (Kind.AUTO_REPLY, "token", SILENT),
        (Kind.AUTO_REPLY, "own id", SILENT),
        (Kind.AUTO_REPLY, "expired token", SILENT),
        (Kind.AUTO_REPLY, "nothing", SILENT),
        (Kind.AUTO_REPLY, "number", SILENT),
        (Kind.AUTO_GENERATED, "token", SILENT),
        (Kind.AUTO_GENERATED, "own id", SILENT),
        (Kind.AUTO_GENERATED, "nothing", OPEN),  # a shop's order must not vanish
        (Kind.AUTO_GENERATED, "number", OPEN),
        (Kind.LIST, "nothing", OPEN),
        (Kind.LIST, "number", OPEN),
    ],
)
def test_machines_change_nothing(author: str, kind: Kind, shown: str, expected: Outcome) -> None:
    decision = decided(mail(author, kind=kind), *_proof(shown, author), FORWARDED)
    on_ticket = shown in ("token", "own id", "expired token")
    assert short(decision) == (expected, 42 if on_ticket else None, expected is OPEN)


def test_a_vacation_reply_in_a_conversation_of_customers_is_an_event_on_the_ticket() -> None:
    known = knows(ticket(), shared=(ancestor(),))
    shown = shows(CARA, ancestors=("first@a.test",), addressed=(CARA, ANNA))
    assert short(decided(mail(CARA, kind=Kind.AUTO_REPLY), shown, known)) == (SILENT, 42, False)


def test_a_reply_that_passed_a_mailing_list_is_still_a_reply() -> None:
    """A support address that is a list of the provider marks every mail of a customer as list mail."""
    assert decided(mail(kind=Kind.LIST), TOKEN, knows(ticket())).outcome is APPEND
    assert decided(mail(EVE, kind=Kind.LIST), shows(EVE, tokens=(token(),)), knows(ticket())).outcome is JOIN


def test_monitoring_mail_with_one_ancestor_reopens_like_a_persons() -> None:
    known = knows(ticket(status=Status.SOLVED), shared=(ancestor(is_message=False),))
    assert decided(mail(kind=Kind.AUTO_GENERATED), shows(ancestors=("first@a.test",)), known).outcome is APPEND


@pytest.mark.parametrize(
    ("author", "shown", "expected"),
    [
        (EVE, "token", SILENT),  # a report in a form that nobody understood
        (EVE, "own id", SILENT),
        (ANNA, "token", APPEND),  # some forwarders empty the reverse-path of people's mail
        (EVE, "nothing", OPEN),
    ],
)
def test_a_null_reverse_path_means_a_report_unless_a_participant_writes(
    author: str, shown: str, expected: Outcome
) -> None:
    assert decided(mail(author), *_proof(shown, author), null=True).outcome is expected


# Mails that are no conversation at all.
def test_the_same_mail_again_is_a_duplicate_whatever_else_it_shows() -> None:
    decision = decided(mail(), TOKEN, knows(ticket(), duplicate=(5, 42)))
    assert short(decision) == (DUPLICATE, 42, False)
    assert decision.steps[0].verdict == "used"
    assert "message 5" in decision.reason


def test_a_mail_without_any_author_is_quarantined() -> None:
    decision = decided(mail(None), shows(None, tokens=(token(),)), knows(ticket()))
    assert (*short(decision), decision.cause) == (QUARANTINE, None, False, "no_author")


@pytest.mark.parametrize(("tokens", "outcome"), [((), OPEN), ((token(),), JOIN)])
def test_two_authors_are_nobody(tokens: tuple[object, ...], outcome: Outcome) -> None:
    both = (Mailbox("", ANNA), Mailbox("", EVE))
    shown = shows(None, tokens=tokens, addressed=(ANNA, EVE))  # type: ignore[arg-type]
    assert decided(mail(None, from_mailboxes=both), shown, knows(ticket()), STRONG).outcome is outcome


def test_an_equal_message_id_with_other_content_is_no_link() -> None:
    """Otherwise whoever guesses the id of a mail to come could draw it into a ticket of their own."""
    known = knows(ticket(), shared=(ancestor("new@a.test"),))
    assert decided(mail(message_id="new@a.test"), shows(addressed=(ANNA, EVE)), known).outcome is OPEN


def test_a_mail_that_comes_after_its_answer_joins_it() -> None:
    known = knows(ticket(), shared=(ancestor("new@a.test", is_message=False),))
    assert short(decided(mail(message_id="new@a.test"), shows(), known)) == (APPEND, 42, True)


def test_a_later_mail_that_names_a_strangers_id_does_not_draw_the_owner_away() -> None:
    """Eve's ticket 66 names Anna's first mail; Anna's next mail still goes to her own ticket."""
    eves = ticket(66, KnownParticipant(9, EVE, "requester"))
    known = knows(ticket(), eves, shared=(ancestor(ticket=66, is_message=False), ancestor(ticket=42)))
    shown = shows(ancestors=("first@a.test",), addressed=(ANNA, EVE))
    assert short(decided(mail(), shown, known)) == (APPEND, 42, True)


# Several pieces of evidence.
OTHER = ticket(43, KnownParticipant(5, ANNA, "requester"))


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        (shows(tokens=(token(42, 1), token(43, 5))), 42),
        (shows(tokens=(token(43, 5), token(42, 1))), 43),
        (shows(tokens=(token(42, 2), token(43, 5))), 43),  # a right beats a claim
        (shows(tokens=(token(43, 5),), own=(own_id(42, 1),)), 43),  # the token stands above the id
        (shows(own=(own_id(43, 5), own_id(42, 1))), 43),  # the nearest ancestor
        (shows(tokens=(token(42, 2),), own=(own_id(42, 2),)), 42),  # Ben's token, but Anna takes part
        (shows(tokens=(token(state=TokenState.FORGED),), own=(own_id(42, 1),)), 42),
        (shows(tokens=(token(43, 5),), numbers=(42,)), 43),
    ],
)
def test_the_strongest_evidence_decides(shown: Evidence, number: int) -> None:
    assert short(decided(mail(), shown, knows(ticket(), OTHER))) == (APPEND, number, True)


def test_evidence_that_lost_is_in_the_trace_with_its_reason() -> None:
    shown = shows(
        tokens=(token(42, 2), token(43, 5)), own=(own_id(42, 1),), forged=("x@reply.example.com",), numbers=(42, 99)
    )
    decision = decided(mail(), shown, knows(ticket(), OTHER))
    assert [(step.evidence, step.verdict) for step in decision.steps] == [
        ("token ticket 42 participant 2", "ignored"),
        ("token ticket 43 participant 5", "used"),
        ("our message-id <42.1.ack@reply.example.com> ticket 42 ack", "ignored"),
        ("message-id <x@reply.example.com>", "ignored"),
        ("number 42 in the text", "ignored"),
        ("number 99 in the text", "ignored"),
    ]
    assert "token ticket 43 participant 5 came first" in decision.steps[2].reason
    assert all(step.reason for step in decision.steps)


def test_a_valid_token_is_never_written_into_the_trace() -> None:
    reading = token()
    decision = decided(mail(), shows(tokens=(reading,)), knows(ticket()))
    assert reading.address not in repr(decision)


@pytest.mark.parametrize("asked", [42, 50])
def test_a_merged_ticket_is_written_to_where_it_is_now(asked: int) -> None:
    target = ticket(50, KnownParticipant(8, ANNA, "requester"))
    known = Known({42: target}, (ancestor(ticket=asked),))
    assert short(decided(mail(), shows(ancestors=("first@a.test",)), known)) == (APPEND, 50, True)
    assert short(decided(mail(), TOKEN, known)) == (APPEND, 50, True)  # participant 1 stayed behind
    assert short(decided(mail(), TOKEN, known, WEAK)) == (JOIN, 50, False)
    assert short(decided(mail(EVE), shows(EVE, tokens=(token(),)), known)) == (JOIN, 50, False)


def test_a_ticket_that_is_gone_is_no_evidence() -> None:
    decision = decided(mail(), shows(tokens=(token(),), own=(own_id(),)), knows())
    assert decision.outcome is OPEN
    assert {step.reason for step in decision.steps} == {"the ticket does not exist any more"}


def test_hints_are_what_was_named_without_right() -> None:
    shown = shows(tokens=(token(state=TokenState.EXPIRED),), numbers=(43, 77))
    decision = decided(mail(), shown, knows(ticket(), OTHER))
    assert (decision.outcome, decision.hints) == (OPEN, (42, 43))
    assert [step.verdict for step in decision.steps] == ["hint", "hint", "ignored"]


def test_replies_among_those_in_copy_open_no_second_ticket() -> None:
    """Anna wrote to us and Cara; both Cara's and a fourth person's replies name Anna's mail."""
    known = knows(ticket(42, KnownParticipant(1, ANNA, "requester")), shared=(ancestor("first@a.test"),))
    for author in (CARA, "dan@a.test"):
        shown = shows(author, ancestors=("first@a.test",), addressed=(author, ANNA, CARA))
        assert short(decided(mail(author), shown, known)) == (JOIN, 42, False)


def test_the_window_of_a_shared_ancestor_is_inclusive() -> None:
    edge = ancestor(days=30, is_message=False)
    assert edge.seen_at == NOW - timedelta(days=30)
    shown = shows(ancestors=("first@a.test",))
    assert decided(mail(), shown, knows(ticket(), shared=(edge,))).outcome is APPEND
