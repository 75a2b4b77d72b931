"""The table of powers, cell by cell, against a second one that was written down by itself (docs/threading.md, "Powers")."""

import ast
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway
from gateway.threading.model import TokenState, Trust
from gateway.threading.powers import TABLE, Action, Part, Power, Standing, ruling

LEVELS = tuple(Trust)  # temporary error, none, weak, forwarded, strong: one letter each
POWERS = {".": Power.NOTHING, "H": Power.HINT, "A": Power.APART, "M": Power.MARKED, "G": Power.GRANTED}

# action, evidence, part, place and author ("c" customer's, "a" agent's, "*" either: first the participation used, then From), is the
# action permitted at all ("y", "n", "*"), and what follows at each level of trust.
GRID = """
OPEN                  *                 *                               **  *  MMGGG
BE_ACKNOWLEDGED       *                 *                               **  n  ..GGG
BE_ACKNOWLEDGED       *                 *                               **  y  MMGGG

WRITE_BY_TOKEN        forged,malformed  *                               **  *  .....
WRITE_BY_TOKEN        expired           *                               **  *  HHHHH
WRITE_BY_TOKEN        valid             holder                          c*  *  AAGGG
WRITE_BY_TOKEN        valid             holder                          a*  *  AAAAA
WRITE_BY_TOKEN        valid             moved                           cc  *  AAAGG
WRITE_BY_TOKEN        valid             moved                           ca  *  AAAAA
WRITE_BY_TOKEN        valid             moved                           a*  *  AAAAA
WRITE_BY_TOKEN        valid             withdrawn                       **  *  AAAAA
WRITE_BY_TOKEN        valid             member,bystander,stranger       **  *  AAAAA

WRITE_BY_MESSAGE_ID   forged,malformed  *                               **  *  .....
WRITE_BY_MESSAGE_ID   valid,expired     holder,moved,member             cc  *  AAAGG
WRITE_BY_MESSAGE_ID   valid,expired     holder,moved,member             ca  *  AAAAA
WRITE_BY_MESSAGE_ID   valid,expired     holder,moved,member             a*  *  AAAAA
WRITE_BY_MESSAGE_ID   valid,expired     withdrawn,bystander,stranger    **  *  AAAAA

WRITE_IN_CONVERSATION expired           *                               **  *  HHHHH
WRITE_IN_CONVERSATION valid,forged,malformed holder,moved,member        cc  *  HHHGG
WRITE_IN_CONVERSATION valid,forged,malformed holder,moved,member        ca  *  AAAAA
WRITE_IN_CONVERSATION valid,forged,malformed holder,moved,member        a*  *  AAAAA
WRITE_IN_CONVERSATION valid,forged,malformed bystander                  **  *  AAAAA
WRITE_IN_CONVERSATION valid,forged,malformed withdrawn,stranger         **  *  HHHHH

WRITE_BY_NUMBER       *                 *                               **  *  HHHHH

ADD_COPIED            *                 *                               **  n  .....
ADD_COPIED            *                 holder,moved,member             cc  y  ...GG
ADD_COPIED            *                 holder,moved,member             ca  y  .....
ADD_COPIED            *                 holder,moved,member             a*  y  .....
ADD_COPIED            *                 withdrawn,bystander,stranger    **  y  .....

CHANGE_REQUESTER      *                 *                               **  *  .....
READ                  *                 *                               **  *  .....
ANSWER_ELSEWHERE      *                 *                               **  *  .....

WRITE_AS_AGENT        forged,malformed  *                               **  *  .....
WRITE_AS_AGENT        expired           *                               **  *  HHHHH
WRITE_AS_AGENT        valid             holder                          aa  *  AAAAG
WRITE_AS_AGENT        valid             holder                          ac  *  AAAAA
WRITE_AS_AGENT        valid             holder                          c*  *  AAAAA
WRITE_AS_AGENT        valid             withdrawn,moved,member,bystander,stranger ** * AAAAA

COMMAND               valid             holder                          aa  y  ....G
COMMAND               valid             holder                          aa  n  .....
COMMAND               valid             holder                          ac  *  .....
COMMAND               valid             holder                          c*  *  .....
COMMAND               valid             withdrawn,moved,member,bystander,stranger ** * .....
COMMAND               forged,malformed,expired *                        **  *  .....

SPEAK_FOR             *                 *                               *c  *  .....
SPEAK_FOR             *                 *                               *a  *  ....G
"""
LINES = tuple(tuple(line.split()) for line in GRID.splitlines() if line)
NEVER = {Action.CHANGE_REQUESTER, Action.READ, Action.ANSWER_ELSEWHERE}  # nothing of the kind exists in the program


def standings(line: tuple[str, ...]) -> Iterator[tuple[Standing, Power]]:
    """Every mail that a line of the grid speaks of, with what must follow."""
    _, evidence, parts, places, permitted, letters = line
    places_of = {"c": (False,), "a": (True,), "*": (False, True)}
    permissions = {"n": (False,), "y": (True,), "*": (False, True)}
    for state, part, for_agent, is_agent, may, (level, letter) in itertools.product(
        tuple(TokenState) if evidence == "*" else tuple(map(TokenState, evidence.split(","))),
        tuple(Part) if parts == "*" else tuple(map(Part, parts.split(","))),
        places_of[places[0]],
        places_of[places[1]],
        permissions[permitted],
        tuple(zip(LEVELS, letters, strict=True)),
    ):
        yield Standing(level, state, part, for_agent=for_agent, is_agent=is_agent, permitted=may), POWERS[letter]


def every_standing() -> Iterator[Standing]:
    flags = itertools.product((False, True), repeat=3)
    for level, state, part, (place, author, may) in itertools.product(LEVELS, TokenState, Part, flags):
        yield Standing(level, state, part, for_agent=place, is_agent=author, permitted=may)


@pytest.mark.parametrize("line", LINES, ids=lambda line: "-".join(line[:5]))
def test_cells(line: tuple[str, ...]) -> None:
    action = Action[line[0]]
    wrong = {
        standing: ruling(action, standing)
        for standing, power in standings(line)
        if ruling(action, standing).power != power
    }
    assert not wrong


def test_every_cell_is_told_exactly_once() -> None:
    told = Counter((Action[line[0]], standing) for line in LINES for standing, _ in standings(line))
    assert set(told) == set(itertools.product(Action, every_standing()))
    assert set(told.values()) == {1}
    print(f"powers: {len(told)} cells, {len(TABLE)} rows, {len(Action)} actions")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.action.name}: {row.why[:60]}")
def test_every_row_decides_something(row: object) -> None:
    assert row in TABLE
    deciding = (
        next(it for it in TABLE if it.action is action and it.holds(standing))
        for action, standing in itertools.product(Action, every_standing())
    )
    assert any(it is row for it in deciding), "no mail ever gets here: an earlier row takes them all"


def test_more_trust_never_gives_less() -> None:
    for action, standing in itertools.product(Action, every_standing()):
        if standing.trust is Trust.STRONG:
            powers = [ruling(action, Standing(level, *_rest(standing))).power for level in LEVELS]
            assert powers == sorted(powers), (action, standing)


def _rest(standing: Standing) -> tuple[TokenState, Part, bool, bool, bool]:
    return standing.evidence, standing.part, standing.for_agent, standing.is_agent, standing.permitted


def test_an_agents_name_never_gives_more_than_a_customers_except_with_the_agents_own_proof() -> None:
    agents_own = {Action.WRITE_AS_AGENT, Action.COMMAND, Action.SPEAK_FOR}
    for action, standing in itertools.product(set(Action) - agents_own, every_standing()):
        if standing.is_agent:
            level, rest = standing.trust, _rest(standing)
            customer = Standing(level, rest[0], rest[1], for_agent=rest[2], is_agent=False, permitted=rest[4])
            given, would = ruling(action, standing).power, ruling(action, customer).power
            assert given <= would or (given, would) == (Power.APART, Power.HINT), (action, standing)


def test_every_action_is_asked_for_by_the_program() -> None:
    """An action that nobody asks about would be a promise on paper."""
    asked = set()
    for file in Path(gateway.__file__).parent.rglob("*.py"):
        if file.name == "powers.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in Action.__members__:
                named = node.value
                if (isinstance(named, ast.Name) and named.id == "Action") or (
                    isinstance(named, ast.Attribute) and named.attr == "Action"
                ):
                    asked.add(Action[node.attr])
    assert asked == set(Action) - NEVER
    assert all(row.power is Power.NOTHING for row in TABLE if row.action in NEVER)


def test_nobody_else_decides_by_trust() -> None:
    """Budgets may count the unproven apart, displays and notices may say who is proven, and details may be read from fewer mails than
    the table lets in; rights are the table's alone."""
    others = {"notify/policy.py", "pipeline/standing.py", "pipeline/acknowledging.py", "pipeline/details.py"}
    found = set()
    root = Path(gateway.__file__).parent
    for file in root.rglob("*.py"):
        name = file.relative_to(root).as_posix()
        if name == "threading/powers.py" or name.startswith("trust/"):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and any(
                isinstance(it, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for it in node.ops
            ):
                sides = (node.left, *node.comparators)
                if any(
                    isinstance(it, ast.Attribute) and isinstance(it.value, ast.Name) and it.value.id == "Trust"
                    for it in sides
                ):
                    found.add(name)
    assert found <= others, "ask gateway.threading.powers instead"
