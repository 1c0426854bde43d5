"""Numbers keep their value and their order."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from local.aws.dynamodb import numbers
from local.aws.dynamodb.errors import Invalid

NUMBERS = st.builds(
    lambda sign, digits, exponent: f"{sign * digits}E{exponent}",
    st.sampled_from((1, -1)),
    st.integers(0, 10**38 - 1),
    st.integers(-130, 88),
) | st.integers(-1_000, 1_000).map(str)


@given(given=NUMBERS)
def test_a_normal_number_has_the_same_value_and_stays_as_it_is(given: str) -> None:
    normal = numbers.normal_number(given)
    assert Decimal(normal) == Decimal(given)
    assert numbers.normal_number(normal) == normal
    assert numbers.number(normal) == Decimal(given)


@example(some=["-1.2", "-1.23", "-12", "1.2", "1.23"])
@given(some=st.lists(NUMBERS, min_size=2, max_size=12))
def test_sortable_bytes_are_in_the_order_of_the_numbers(some: list[str]) -> None:
    normal = [numbers.normal_number(each) for each in some]
    in_order = sorted(normal, key=numbers.sortable)
    assert all(Decimal(one) <= Decimal(other) for one, other in pairwise(in_order))
    assert len({numbers.sortable(each) for each in normal}) == len(set(normal))


@given(left=st.integers(-(10**18), 10**18), right=st.integers(-(10**18), 10**18), places=st.integers(0, 9))
def test_a_sum_and_a_difference_are_exact(left: int, right: int, places: int) -> None:
    one, other = (numbers.normal_number(f"{each}E-{places}") for each in (left, right))
    assert Decimal(numbers.add(one, other)) == Decimal(one) + Decimal(other)
    assert Decimal(numbers.add(one, other, -1)) == Decimal(one) - Decimal(other)


@pytest.mark.parametrize("text", ["", " 1", "1_000", "0x1", "NaN", "Infinity", "1E126", "1E-131", "1" * 39, "1E9999999999", "٣", "1.2.3"])
def test_what_is_no_number_of_dynamodb_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        numbers.normal_number(text)


def test_a_sum_with_too_many_digits_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        numbers.add("1" * 38, "0.1")
    assert "38 significant digits" in caught.value.message
    with pytest.raises(Invalid) as caught:
        numbers.add("5" + "0" * 125, "5" + "0" * 125)
    assert "overflow" in caught.value.message
