"""A slice of the matrix: the simulator accepts all that we accept, and the rest is refused with every complaint."""

from tests.contract.order_matrix.matrix import DOCUMENTED, cells, run

# A prime, so that the slice has every value of every part; some 2,000 combinations.
EVERY = 101


def test_each_combination_is_refused_with_every_complaint_or_accepted_by_the_simulator_as_quoted() -> None:
    counts = run(EVERY)
    assert counts.wrong == []
    assert {model for model, found in counts.by_model.items() if found["which the simulator takes"]} >= {"seedance-v1.5-pro-i2v"}
    assert all(found["refused by us"] for found in counts.by_model.values())


def test_the_slice_has_every_value_of_every_part() -> None:
    def said(every: int) -> set[tuple[str, str]]:
        return {(name, repr(value)) for _, body in cells(every) for name, value in body.items()}

    assert said(EVERY) == said(7)
    assert {model for model, _ in cells(EVERY)} == set(DOCUMENTED)
