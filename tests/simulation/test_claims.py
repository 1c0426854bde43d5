"""Claims that check one of many copies of the controls do not keep each other out."""

from tests.simulation.claims import share_given_up


def test_sixteen_copies_carry_what_one_does_not() -> None:
    assert share_given_up(150, 1, seconds=2) > 0.05
    assert share_given_up(150, 16, seconds=2) == 0
