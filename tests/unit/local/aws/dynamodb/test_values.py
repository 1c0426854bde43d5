"""The size of a value is what DynamoDB's documentation says."""

from typing import Any

import pytest

from local.aws.dynamodb.values import comparable, normal_item, size_of

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
SIZES: list[tuple[Any, int]] = [
    ({"S": "üx"}, 3),
    ({"N": "12345"}, 4),
    ({"B": "AAEC"}, 3),
    ({"BOOL": True}, 1),
    ({"NULL": True}, 1),
    ({"SS": ["ab", "c"]}, 3),
    ({"L": []}, 3),
    ({"L": [{"S": "ab"}, {"BOOL": False}]}, 8),
    ({"M": {"k": {"S": "ab"}}}, 7),
]


@pytest.mark.parametrize(("value", "size"), SIZES)
def test_a_size_counts_the_name_and_the_value(value: Any, size: int) -> None:
    assert size_of({"nä": value}) == 3 + size


def test_an_item_that_is_normal_is_not_copied() -> None:
    item = {"id": {"S": "a"}, "n": {"N": "-7.5"}, "m": {"M": {"l": {"L": [{"N": "1"}, {"SS": ["x"]}]}}}}
    assert normal_item(item) is item


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}),
        ({"M": {"s": {"NS": ["1", "2"]}}}, {"M": {"s": {"NS": ["2", "1"]}}}),
        ({"L": [{"N": "1"}]}, {"L": [{"N": "1"}]}),
    ],
)
def test_values_are_equal_whatever_the_order_in_their_sets(one: Any, other: Any) -> None:
    assert comparable(one) == comparable(other)


def test_a_text_is_not_the_number_that_it_shows() -> None:
    assert comparable({"L": [{"N": "1"}]}) != comparable({"L": [{"S": "1"}]})
