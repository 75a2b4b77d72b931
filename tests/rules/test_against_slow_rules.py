"""The engine against an interpreter that was written apart from it, slow and obvious. More of it: ``python -m tests.soak --only rules``."""

import pytest

from tests.support.rule_differences import compare_rules


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_says_what_the_slow_interpreter_says(seed: int) -> None:
    found = compare_rules(seed=seed, cases=1000)
    assert found.differences == []
    assert found.cases == 1000
    assert min(found.applied, found.rejected, found.changed, found.effects) > 100, (
        "too little happens to prove anything"
    )
