"""The door against a model of SMTP; ``make fuzz`` plays longer."""

from tests.fuzz.door import play


def test_the_door_agrees_with_the_model() -> None:
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    play(examples=120, steps=50, on_step=count)
    assert steps > 500
