"""What is read out of a mail and its envelope."""

import pytest

from gateway.mail.model import Kind, Mailbox
from gateway.threading.evidence import gather, number_marker
from gateway.threading.model import Evidence, NoticeKind, TokenState
from gateway.threading.tokens import Keyring, mint_message_id, reply_address
from tests.support.threads import ANNA, BEN, TODAY, failed, mail

RING = Keyring({3: b"k" * 32})
DOMAIN = "reply.example.com"


def address(ticket: int = 42, participant: int = 7) -> str:
    return reply_address(RING, local="reply", domain=DOMAIN, ticket=ticket, participant=participant, expires=TODAY)


def our_id(ticket: int = 42, nonce: bytes = b"n") -> str:
    return mint_message_id(RING, ticket=ticket, participant=7, kind=NoticeKind.ANSWER, nonce=nonce, domain=DOMAIN)


def is_ours(candidate: str) -> bool:
    return candidate.lower() == "support@example.com" or candidate.lower().endswith(f"@{DOMAIN}")


def gathered(recipients: tuple[str, ...] = ("support@example.com",), **fields: object) -> Evidence:
    return gather(
        mail(**fields),  # type: ignore[arg-type]
        envelope_recipients=recipients,
        keyring=RING,
        reply_local="reply",
        reply_domain=DOMAIN,
        is_ours=is_ours,
        today=TODAY,
    )


def test_tokens_come_from_the_envelope_then_to_and_cc_valid_ones_first() -> None:
    forged = f"reply+{'a' * 40}@{DOMAIN}"
    evidence = gathered(
        ("support@example.com", forged, address(1)),
        to=(Mailbox("", address(2)), Mailbox("", address(1).upper())),
        cc=(Mailbox("", address(3)), Mailbox("", "reply@" + DOMAIN)),
    )
    assert [(it.state, it.ticket) for it in evidence.tokens] == [
        (TokenState.VALID, 1),
        (TokenState.VALID, 2),
        (TokenState.VALID, 3),
        (TokenState.FORGED, None),
        (TokenState.MALFORMED, None),
    ]


def test_a_thousand_bad_tokens_do_not_hide_the_good_one() -> None:
    bad = tuple(f"reply+{number}@{DOMAIN}" for number in range(1000))
    evidence = gathered((*bad, address()))
    assert evidence.tokens[0].ticket == 42
    assert len(evidence.tokens) == 20


def test_our_own_ids_are_told_from_forged_ones_nearest_first() -> None:
    near, far, forged = our_id(nonce=b"2"), our_id(nonce=b"1"), f"{'a' * 48}@{DOMAIN}"
    evidence = gathered(references=("first@a.test", far, forged, near), in_reply_to=(near,))
    assert [it.message_id for it in evidence.own_ids] == [near, far]
    assert evidence.own_ids[0].kind is NoticeKind.ANSWER
    assert evidence.forged_ids == (forged,)
    assert evidence.ancestors == (near, forged, far, "first@a.test")


def test_nothing_of_ours_is_counted_among_those_addressed() -> None:
    evidence = gathered(
        to=(Mailbox("", "Support@example.com"), Mailbox("", "Ben@A.test")), cc=(Mailbox("", address()),)
    )
    assert evidence.addressed == (ANNA, BEN)
    assert evidence.author == ANNA


def test_a_mail_without_author_shows_none() -> None:
    assert gathered(author=None).author is None


@pytest.mark.parametrize(
    ("subject", "text", "numbers"),
    [
        ("Re: [#42] login", "", (42,)),
        ("Re: [＃42] login", "", (42,)),
        ("Re: ticket #42 and ticket 43", "", (42, 43)),
        ("문의번호 42 관련", "", (42,)),
        ("Re: 受付番号：42", "", (42,)),
        ("Your order #42", "", ()),
        ("[#42] [#42] [#0]", "", (42,)),
        (None, "…\n> [#42] your request", (42,)),
        (None, "ticket 42", ()),
        ("[#1][#2][#3][#4][#5][#6][#7]", "", (1, 2, 3, 4, 5)),
        ("[#12345678901234567890]", "", ()),
    ],
)
def test_numbers_are_read_as_hints(subject: str | None, text: str, numbers: tuple[int, ...]) -> None:
    assert gathered(subject=subject, text=text).number_hints == numbers


def test_the_marker_reads_back() -> None:
    assert gathered(subject=f"Re: {number_marker(42)} login").number_hints == (42,)


# A report names the mail that came back in three ways.
def test_a_report_shows_the_id_that_its_fields_name() -> None:
    evidence = gathered(bounce=failed(original=our_id()), references=("other@a.test",))
    assert evidence.own_ids[0].ticket == 42
    assert evidence.ancestors == (our_id(), "other@a.test")


@pytest.mark.parametrize("is_bounce", [True, False])
def test_only_a_report_is_asked_for_the_returned_header(is_bounce: bool) -> None:
    returned = (
        ("Message-ID", f"<{our_id(1)}>"),
        ("References", f"<first@a.test> <{our_id(2)}>"),
        ("Reply-To", f'"Example, Support" <{address(3)}>'),
        ("Return-Path", f"<{address(4)}>"),
    )
    evidence = gathered(kind=Kind.BOUNCE if is_bounce else Kind.HUMAN, returned_headers=returned)
    assert [it.ticket for it in evidence.own_ids] == ([1, 2] if is_bounce else [])
    assert [it.ticket for it in evidence.tokens] == ([3, 4] if is_bounce else [])


def test_a_hostile_returned_header_costs_little() -> None:
    returned = (("References", "<" * 300_000), ("Reply-To", "a" * 300_000), ("Reply-To", '"a" ' * 100_000))
    assert gathered(kind=Kind.BOUNCE, returned_headers=returned).tokens == ()
