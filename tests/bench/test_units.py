"""Capacity units, by the rules of DynamoDB's documentation."""

import pytest

from local.aws.dynamodb.schema import Index
from tests.bench.units import index_units, query_units, read_units, write_units

ALL = Index("all", "tenant", "id")
KEYS = Index("keys", "due", "due_at", range_type="N", included=())


def item(size: int = 0, **attributes: str) -> dict[str, dict[str, str]]:
    """Return an item with that many bytes more than its other attributes have."""
    filled = {"id": "a", "tenant": "t", **attributes}
    return {name: {"N" if name == "due_at" else "S": value} for name, value in filled.items()} | ({"x": {"S": "x" * size}} if size else {})


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1_000, 1), (1_100, 2), (2_400, 3)])
def test_a_write_costs_the_kilobytes_of_the_item(size: int, units: int) -> None:
    assert write_units(("id",), {}, None, item(size), in_transaction=False) == {"": units}


def test_a_write_costs_the_larger_of_the_item_before_and_after() -> None:
    assert write_units(("id",), {}, item(2_400), item(), in_transaction=False) == {"": 3}


def test_a_transaction_doubles_the_table_and_not_its_indexes() -> None:
    assert write_units(("id",), {"all": ALL}, None, item(1_100), in_transaction=True) == {"": 4, "all": 2}


@pytest.mark.parametrize(
    ("old", "new", "units"),
    [
        (None, item(1_100), 2),
        (item(1_100), None, 2),
        (item(1_100), item(1_100, status="running"), 2),
        (item(1_100), item(1_100), 0),
        (item(1_100), item(1_100, tenant="other"), 4),
    ],
)
def test_an_index_with_all_attributes_costs_what_it_shows(old: object, new: object, units: int) -> None:
    assert index_units(ALL, ("id",), old, new) == units  # type: ignore[arg-type]


def test_an_index_of_keys_costs_an_insert_and_a_delete_when_they_change_and_nothing_when_others_do() -> None:
    due = item(2_400, due="due", due_at="1")
    assert index_units(KEYS, ("id",), item(2_400), due) == 1
    assert index_units(KEYS, ("id",), due, item(2_400, due="due", due_at="2")) == 2
    assert index_units(KEYS, ("id",), due, item(2_400, due="due", due_at="1", status="running")) == 0
    assert index_units(KEYS, ("id",), due, item(2_400)) == 1
    assert index_units(KEYS, ("id",), item(), item(1)) == 0


def test_a_read_costs_four_kilobytes_each_and_half_if_it_is_not_consistent() -> None:
    assert read_units([item(4_200), None], consistent=True) == 3
    assert read_units([item()], consistent=False) == 0.5


def test_a_query_adds_up_before_it_rounds() -> None:
    assert query_units([item(1_000)] * 5, consistent=False) == 1
    assert query_units([], consistent=False) == 0.5
