"""DMARC by RFC 9989: the tree walk, the organizational domain, and what a policy asks for."""

import asyncio
from collections.abc import Mapping

import pytest

from gateway.trust.dmarc import aligned, policy_of, read_record, walk
from gateway.trust.resolver import FAILED, Answer, Status


class Told:
    """A resolver that knows what a test tells it."""

    def __init__(self, policies: Mapping[str, str], failing: str = "", exists: bool = True) -> None:
        self.policies, self.failing, self.exists = policies, failing, exists
        self.asked: list[str] = []

    async def lookup(self, name: str, kind: str) -> Answer:
        if kind != "TXT":
            return Answer(Status.FOUND, ("192.0.2.1",)) if self.exists else Answer(Status.NO_NAME)
        self.asked.append(name)
        if name == f"_dmarc.{self.failing}":
            return FAILED
        text = self.policies.get(name.removeprefix("_dmarc."))
        return Answer(Status.FOUND, (text.encode(),)) if text else Answer(Status.NO_NAME)


@pytest.mark.parametrize(
    ("domain", "records", "organization"),
    [
        ("a.test", {}, "a.test"),
        ("x.a.test", {"a.test": "v=DMARC1; p=none"}, "a.test"),
        ("x.a.test", {"x.a.test": "v=DMARC1; p=none", "a.test": "v=DMARC1; p=none"}, "a.test"),
        ("x.a.test", {"x.a.test": "v=DMARC1; p=none; psd=n", "a.test": "v=DMARC1; p=none"}, "x.a.test"),
        ("x.a.co.test", {"co.test": "v=DMARC1; p=none; psd=y"}, "a.co.test"),
        ("x.a.co.test", {"x.a.co.test": "v=DMARC1; p=none", "co.test": "v=DMARC1; psd=y"}, "a.co.test"),
        ("co.test", {"co.test": "v=DMARC1; p=none; psd=y"}, "co.test"),
    ],
)
def test_organizational_domain(domain: str, records: Mapping[str, str], organization: str) -> None:
    assert asyncio.run(walk(Told(records), domain)).organization == organization


def test_walk_asks_eight_names_at_most() -> None:
    told = Told({})
    asyncio.run(walk(told, "k.j.i.h.g.f.e.d.c.b.a.test"))
    assert told.asked == [
        f"_dmarc.{it}"
        for it in (
            "k.j.i.h.g.f.e.d.c.b.a.test",
            "f.e.d.c.b.a.test",
            "e.d.c.b.a.test",
            "d.c.b.a.test",
            "c.b.a.test",
            "b.a.test",
            "a.test",
            "test",
        )
    ]


@pytest.mark.parametrize(
    ("records", "exists", "asked"),
    [
        ({"x.a.test": "v=DMARC1; p=reject"}, True, "reject"),
        ({"a.test": "v=DMARC1; p=reject"}, True, "reject"),
        ({"a.test": "v=DMARC1; p=reject; sp=none"}, True, "none"),
        ({"a.test": "v=DMARC1; p=none; np=reject"}, True, "none"),
        ({"a.test": "v=DMARC1; p=none; np=reject"}, False, "reject"),
        ({"a.test": "v=DMARC1; p=reject; t=y"}, True, "quarantine"),
        ({"a.test": "v=DMARC1; p=quarantine; t=y"}, True, "none"),
        ({"a.test": "v=DMARC1; p=reject; pct=0"}, True, "reject"),  # pct is gone
        ({"a.test": "v=DMARC1; p=nonsense"}, True, "none"),
        ({}, True, "none"),
    ],
)
def test_policy(records: Mapping[str, str], exists: bool, asked: str) -> None:
    async def ask() -> str:
        told = Told(records, exists=exists)
        return (await policy_of(told, await walk(told, "x.a.test"))).asked

    assert asyncio.run(ask()) == asked


@pytest.mark.parametrize(
    ("identity", "author", "strict", "expected"),
    [
        ("a.test", "a.test", True, True),
        ("x.a.test", "a.test", True, False),
        ("x.a.test", "a.test", False, True),
        ("a.test", "x.a.test", False, True),
        ("y.a.test", "x.a.test", False, True),
        ("b.test", "a.test", False, False),
        ("evila.test", "a.test", False, False),
        ("own.a.test", "a.test", False, False),  # it says psd=n: an organization of its own
        ("test", "a.test", False, False),
        ("news.none.test", "none.test", False, False),  # nobody says that they belong together
    ],
)
def test_alignment(identity: str, author: str, strict: bool, expected: bool) -> None:
    told = Told({"a.test": "v=DMARC1; p=none", "own.a.test": "v=DMARC1; psd=n"})

    async def ask() -> bool | None:
        return await aligned(told, identity, await walk(told, author), strict=strict)

    assert asyncio.run(ask()) is expected


def test_unknown_is_neither_yes_nor_no() -> None:
    async def ask(identity: str) -> bool | None:
        told = Told({}, failing="a.test")
        return await aligned(told, identity, await walk(told, "x.a.test"), strict=False)

    assert asyncio.run(ask("a.test")) is None
    assert asyncio.run(ask("x.a.test")) is True
    assert asyncio.run(ask("b.other")) is False


@pytest.mark.parametrize(
    "texts",
    [
        (),
        (b"v=DMARC2; p=none",),
        (b"p=none; v=DMARC1",),
        (b"v=DMARC1; p=none", b"v=DMARC1; p=reject"),
        (b"\xff",),
        (b"v=spf1 -all",),
    ],
)
def test_no_record(texts: tuple[bytes, ...]) -> None:
    assert read_record("a.test", texts) is None
