"""Matching against the lists: every entry by its kind, allow before all, nothing for a forged From; and the slow obvious matcher agrees."""

import ipaddress
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.address import address_key
from gateway.rules.sender_lists import Action, Entry, Kind, Sender, SenderLists, compile_lists, read_value

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


def entry(action: str, text: str, number: int = 1, *, hours: int | None = None) -> Entry:
    kind, value = read_value(text)
    expires_at = None if hours is None else NOW + timedelta(hours=hours)
    return Entry(str(number), Action(action), kind, value, "because", "admin@example.com", NOW, expires_at)


def lists(*written: tuple[str, str]) -> SenderLists:
    return compile_lists(entry(action, text, number) for number, (action, text) in enumerate(written, start=1))


def action_of(known: SenderLists, **sender: object) -> str | None:
    found = known.find(Sender(**sender), now=NOW)  # type: ignore[arg-type]
    return found.action.value if found is not None else None


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (" Kim@Example.COM ", Kind.ADDRESS, "kim@example.com"),
        ("example.com", Kind.DOMAIN, "example.com"),
        ("@example.com", Kind.DOMAIN, "example.com"),
        ("*@example.com", Kind.DOMAIN, "example.com"),
        ("*.example.com", Kind.DOMAIN, "example.com"),
        ("한국.example", Kind.DOMAIN, "xn--3e0b707e.example"),
        ("xyz", Kind.DOMAIN, "xyz"),
        ("192.0.2.7", Kind.NETWORK, "192.0.2.7/32"),
        ("192.0.2.7/24", Kind.NETWORK, "192.0.2.0/24"),
        ("2001:db8::/32", Kind.NETWORK, "2001:db8::/32"),
        ("/^sales\\d+@/", Kind.PATTERN, "^sales\\d+@"),
    ],
)
def test_an_entry_is_written_as_people_write_it(text: str, kind: Kind, value: str) -> None:
    assert read_value(text) == (kind, value)
    assert read_value(value, kind) == (kind, value)


@pytest.mark.parametrize(
    ("text", "sender", "fits"),
    [
        ("kim@example.com", {"author": "KIM@example.COM"}, True),
        ("kim@example.com", {"author": "kim@mail.example.com"}, False),
        ("kim@example.com", {"reverse_path": "kim@example.com"}, True),
        ("example.com", {"author": "lee@example.com"}, True),
        ("example.com", {"author": "lee@deep.mail.example.com"}, True),
        ("example.com", {"author": "lee@notexample.com"}, False),
        ("example.com", {"author": "example.com@other.example"}, False),
        ("example.com", {"reverse_path": "bounce@mail.example.com"}, True),
        ("192.0.2.0/24", {"peer": "192.0.2.255"}, True),
        ("192.0.2.0/24", {"peer": "::ffff:192.0.2.1"}, True),
        ("192.0.2.0/24", {"peer": "192.0.3.1"}, False),
        ("192.0.2.0/24", {"peer": ""}, False),
        ("2001:db8::/32", {"peer": "2001:db8:1::9"}, True),
        ("2001:db8::/32", {"peer": "192.0.2.1"}, False),
        ("/^sales[0-9]+@/", {"author": "SALES17@other.example"}, True),
        ("/^sales[0-9]+@/", {"author": "presales17@other.example"}, False),
        ("/[.]xyz$/", {"reverse_path": "a@b.xyz"}, True),
    ],
)
def test_each_kind_fits_what_it_names(text: str, sender: dict[str, str], fits: bool) -> None:
    assert (action_of(lists(("block", text)), **sender) == "block") is fits


def test_allow_beats_everything_and_the_conflict_shows() -> None:
    known = lists(("block", "example.com"), ("reject", "kim@example.com"), ("allow", "/^kim@/"))
    found = known.find(Sender(author="kim@example.com", proven=True), now=NOW)
    assert found is not None
    assert (found.action, found.is_conflict) == (Action.ALLOW, True)
    assert found.sentence == (
        "From kim@example.com is on the list `allow` (list entry #3: because), against list entry #2, list entry #1: allow wins"
    )


def test_of_those_that_do_not_allow_the_strictest_acts() -> None:
    known = lists(("block", "example.com"), ("suspend", "kim@example.com"))
    assert action_of(known, author="kim@example.com") == "suspend"
    assert (
        action_of(lists(("block", "kim@example.com"), ("reject", "example.com")), author="kim@example.com") == "reject"
    )


def test_a_forged_author_gains_nothing_from_an_entry_that_allows() -> None:
    known = lists(("allow", "example.com"), ("block", "/kim/"), ("reject", "192.0.2.0/24"))
    assert action_of(known, author="kim@example.com", proven=True) == "allow"
    assert action_of(known, author="kim@example.com", proven=False) == "block"
    assert action_of(known, reverse_path="lee@example.com", peer="192.0.2.1", proven=True) == "reject"


def test_an_allowed_network_counts_by_the_client_itself() -> None:
    known = lists(("allow", "192.0.2.0/24"), ("block", "example.com"))
    assert action_of(known, author="kim@example.com", peer="192.0.2.9") == "allow"
    assert action_of(known, author="kim@example.com", peer="198.51.100.9") == "block"


def test_an_entry_that_is_over_fits_nobody() -> None:
    known = compile_lists([entry("block", "kim@example.com", hours=1)])
    kim = Sender(author="kim@example.com")
    assert known.find(kim, now=NOW + timedelta(minutes=59)) is not None
    assert known.find(kim, now=NOW + timedelta(hours=1)) is None


# --- the slow obvious matcher -----------------------------------------------------------------------------------------

_LABELS = st.sampled_from(["a", "b", "ab", "xn--3e0b707e"])
_DOMAINS = st.lists(_LABELS, min_size=1, max_size=3).map(".".join)
_ADDRESSES = st.builds("{}@{}".format, st.sampled_from(["a", "b", "A", "ab+x", "é"]), _DOMAINS)
_PEERS = st.sampled_from(["", "10.0.0.1", "10.0.0.2", "10.0.1.1", "2001:db8::1", "2001:db8:0:1::1", "::ffff:10.0.0.1"])
_NETWORKS = st.sampled_from(["10.0.0.0/24", "10.0.0.1/32", "10.0.0.0/8", "2001:db8::/64", "2001:db8::/32"])
_PATTERNS = st.sampled_from(["/^a@/", "/b/", "/[.]a$/", "/ab[+]x@(a|b)/", "/^$|b@/"])
_ENTRIES = st.lists(
    st.tuples(
        st.sampled_from([*Action]),
        st.one_of(_ADDRESSES, _DOMAINS, _NETWORKS, _PATTERNS.filter(lambda it: "$|" not in it)),
    ),
    max_size=12,
)
_SENDERS = st.builds(
    Sender, st.one_of(st.just(""), _ADDRESSES), st.booleans(), st.one_of(st.just(""), _ADDRESSES), _PEERS
)


def _obviously_fits(it: Entry, address: str) -> bool:
    key = address_key(address)
    domain = key.rpartition("@")[2]
    match it.kind:
        case Kind.ADDRESS:
            return key == it.value
        case Kind.DOMAIN:
            return domain == it.value or domain.endswith(f".{it.value}")
        case Kind.PATTERN:
            return re.search(it.value, key, re.IGNORECASE) is not None
        case Kind.NETWORK:
            return False


def _obviously_within(it: Entry, peer: str) -> bool:
    if it.kind is not Kind.NETWORK or not peer:
        return False
    return ipaddress.ip_address(peer.removeprefix("::ffff:")) in ipaddress.ip_network(it.value)


def _obviously(entries: list[Entry], sender: Sender) -> set[str]:
    fitting = set()
    for it in entries:
        may_by_author = it.action is not Action.ALLOW or sender.proven
        by_author = bool(sender.author) and may_by_author and _obviously_fits(it, sender.author)
        by_path = (
            bool(sender.reverse_path) and it.action is not Action.ALLOW and _obviously_fits(it, sender.reverse_path)
        )
        if by_author or by_path or _obviously_within(it, sender.peer):
            fitting.add(it.id)
    return fitting


@given(_ENTRIES, _SENDERS)
def test_it_finds_exactly_what_the_obvious_matcher_finds(written: list[tuple[Action, str]], sender: Sender) -> None:
    entries = [entry(action, text, number) for number, (action, text) in enumerate(written)]
    found = compile_lists(entries).find(sender, now=NOW)
    ids = set() if found is None else {hit.entry.id for hit in (found.hit, *found.others)}
    assert ids == _obviously(entries, sender)
    if found is not None:
        order = [*Action]
        assert order.index(found.action) == min(order.index(it.entry.action) for it in (found.hit, *found.others))


def test_a_hundred_thousand_entries_cost_no_more_than_a_few() -> None:
    """A ratio in one run: ten thousand times the entries may not cost ten times the time."""
    few = compile_lists([entry("block", f"kim{number}@example.com", number) for number in range(10)])
    many = compile_lists(
        [entry("block", f"kim{number}@example.com", number) for number in range(50_000)]
        + [entry("block", f"d{number}.example", number) for number in range(50_000, 100_000)]
    )
    sender = Sender("lee@deep.mail.customer.example", True, "bounce@mail.customer.example", "192.0.2.1")

    def cost(known: SenderLists) -> float:
        began = time.perf_counter()
        for _ in range(2000):
            assert known.find(sender, now=NOW) is None
        return time.perf_counter() - began

    cost(few)
    assert min(cost(many) for _ in range(3)) < 10 * min(cost(few) for _ in range(3))
