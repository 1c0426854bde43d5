"""Items of DynamoDB and plain values: each comes back from the other as it was."""

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.aws.items import plain, typed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**37), 10**37) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1, max_size=5), VALUES, max_size=4))
def test_whatever_we_store_is_read_back_as_it_was(values: dict[str, object]) -> None:
    assert plain(typed(values)) == values


@given(st.dictionaries(st.text(min_size=1, max_size=5), VALUES, max_size=4))
def test_an_item_is_written_as_boto3_writes_it(values: dict[str, object]) -> None:
    assert typed(values) == {name: TypeSerializer().serialize(value) for name, value in values.items()}


@pytest.mark.parametrize("number", [10**38 - 1, 1 - 10**38])
def test_the_longest_numbers_are_written_as_boto3_writes_them(number: int) -> None:
    assert typed({"n": number}) == {"n": TypeSerializer().serialize(number)}


def test_a_number_that_the_table_cannot_hold_exactly_is_refused() -> None:
    with pytest.raises(ArithmeticError):
        typed({"n": 10**38 + 1})


def test_an_item_names_the_type_of_each_value() -> None:
    assert typed({"id": "vid_1", "run": 2, "told": None}) == {"id": {"S": "vid_1"}, "run": {"N": "2"}, "told": {"NULL": True}}


def test_every_number_is_read_as_a_whole_one_at_any_depth() -> None:
    read = plain({"a": {"N": "1"}, "b": {"L": [{"N": "2"}, {"M": {"c": {"N": "3"}}}]}})
    assert read == {"a": 1, "b": [2, {"c": 3}]}
    assert [type(read["a"]), type(read["b"][0]), type(read["b"][1]["c"])] == [int, int, int]
