"""The kept corpus of the fuzzer, as it is and with small damages, without the fuzzer."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, corpus

KEPT = [(target, path) for target in TARGETS for path in corpus(target)]


@pytest.mark.parametrize(("target", "path"), KEPT, ids=lambda value: value if isinstance(value, str) else value.name)
def test_kept_input(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_damaged_input(target: str) -> None:
    inputs = [path.read_bytes()[:8192] for path in corpus(target)]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(inputs), st.data())
    def damage(octets: bytes, data: st.DataObject) -> None:
        damaged = bytearray(octets)
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, len(damaged)))
            damaged[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
        TARGETS[target](bytes(damaged))

    damage()


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_a_corpus(target: str) -> None:
    assert len(corpus(target)) >= 5
