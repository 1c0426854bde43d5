"""One table: reads that see every write, conditions that refuse without writing, and transactions that outlast conflicts."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cliprelay.aws.table import CONFLICTS, INSISTED, INSISTED_PAUSE, ConditionFailed, Table
from tests.support.makers import Meddled, conflict

if TYPE_CHECKING:
    from tests.support.world import World

ABSENT, PRESENT = "attribute_not_exists(id)", "attribute_exists(id)"


def _table(world: "World", client: Any = None, slept: list[float] | None = None) -> Table:
    pauses: list[float] = [] if slept is None else slept
    return Table(client or world.dynamodb, world.webhooks_table, sleep=pauses.append)


def _failing(world: "World", times: int, failure: Exception) -> Any:
    """A client whose transactions fail so often before they succeed."""
    left = [failure] * times

    def fail(real: Any, **kwargs: Any) -> Any:
        if left:
            raise left.pop()
        return real(**kwargs)

    return Meddled(world.dynamodb, transact_write_items=fail)


def test_an_item_is_read_as_it_was_put_and_nothing_as_none(world: "World") -> None:
    table = _table(world)
    table.put({"id": "a", "count": 1}, ABSENT, {})
    assert table.read("a") == {"id": "a", "count": 1}
    assert table.read("b") is None


def test_every_read_of_an_item_is_strongly_consistent(world: "World") -> None:
    asked: list[Any] = []

    def read(real: Any, **kwargs: Any) -> Any:
        asked.append(kwargs["ConsistentRead"])
        return real(**kwargs)

    _table(world, Meddled(world.dynamodb, get_item=read)).read("a")
    assert asked == [True]


def test_a_put_whose_condition_does_not_hold_leaves_the_item_as_it_was(world: "World") -> None:
    table = _table(world)
    table.put({"id": "a", "count": 1}, ABSENT, {})
    with pytest.raises(ConditionFailed):
        table.put({"id": "a", "count": 2}, ABSENT, {})
    with pytest.raises(ConditionFailed):
        table.put({"id": "a", "count": 2}, "id > :after", {":after": "b"})
    assert table.read("a") == {"id": "a", "count": 1}


def test_an_update_sets_reserved_words_and_removes_what_is_none(world: "World") -> None:
    table = _table(world)
    table.put({"id": "a", "status": "queued", "token": "t"}, ABSENT, {})
    table.update("a", {"status": "running", "token": None, "count": 3}, "#status = :was", {":was": "queued"})
    assert table.read("a") == {"id": "a", "status": "running", "count": 3}
    table.update("a", {"count": None}, "", {})
    assert table.read("a") == {"id": "a", "status": "running"}


def test_an_update_whose_condition_does_not_hold_writes_nothing(world: "World") -> None:
    table = _table(world)
    table.put({"id": "a", "status": "queued"}, ABSENT, {})
    with pytest.raises(ConditionFailed):
        table.update("a", {"status": "failed"}, "#status = :was", {":was": "running"})
    assert table.read("a") == {"id": "a", "status": "queued"}


@pytest.mark.parametrize("missing", [0, 1])
def test_of_a_transaction_all_parts_are_written_or_none_and_the_refusal_names_the_part(world: "World", missing: int) -> None:
    table = _table(world)
    table.put({"id": "there"}, ABSENT, {})
    put = table.put_part({"id": "new"}, ABSENT)
    parts = [table.check_part("not there", PRESENT), put] if missing == 0 else [put, table.check_part("not there", PRESENT)]
    with pytest.raises(ConditionFailed) as caught:
        table.transact(*parts)
    assert caught.value.part == missing
    assert table.read("new") is None
    table.transact(put, table.check_part("there", PRESENT))
    assert table.read("new") == {"id": "new"}


def test_an_update_returns_the_item_as_it_is_then_and_a_refused_one_shows_what_it_met(world: "World") -> None:
    table = _table(world)
    table.put({"id": "a", "status": "queued"}, ABSENT, {})
    assert table.update("a", {"count": 1}, PRESENT, {}) == {"id": "a", "status": "queued", "count": 1}
    with pytest.raises(ConditionFailed) as caught:
        table.update("a", {"count": 2}, "#status = :was", {":was": "running"})
    assert caught.value.item == {"id": "a", "status": "queued", "count": 1}
    with pytest.raises(ConditionFailed) as caught:
        table.update("b", {"count": 2}, PRESENT, {})
    assert caught.value.item is None


def test_a_refused_transaction_shows_what_its_update_met(world: "World") -> None:
    table = _table(world)
    table.put({"id": "a", "count": 1}, ABSENT, {})
    with pytest.raises(ConditionFailed) as caught:
        table.transact(table.update_part("a", {"count": 2}, "#count = :was", {":was": 7}), table.check_part("a2", ABSENT))
    assert (caught.value.part, caught.value.item) == (0, {"id": "a", "count": 1})


def test_a_transaction_that_met_others_is_sent_again_a_few_times(world: "World") -> None:
    slept: list[float] = []
    client = _failing(world, CONFLICTS, conflict(world.dynamodb))
    table = _table(world, client, slept)
    table.transact(table.put_part({"id": "a"}, ABSENT))
    assert table.read("a") == {"id": "a"}
    assert len(slept) == CONFLICTS
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        _table(world, _failing(world, CONFLICTS + 1, conflict(world.dynamodb))).transact(table.put_part({"id": "b"}, ABSENT))
    assert table.read("b") is None


def test_a_transaction_bears_the_token_by_which_its_repetition_is_known(world: "World") -> None:
    asked: list[Any] = []
    client = Meddled(world.dynamodb, transact_write_items=lambda real, **kwargs: asked.append(kwargs.get("ClientRequestToken")))
    table = _table(world, client)
    table.transact(table.put_part({"id": "a"}, ABSENT), token="once")  # noqa: S106 - no secret
    table.transact(table.put_part({"id": "a"}, ABSENT))
    assert asked == ["once", None]


def test_a_write_that_must_not_be_lost_is_repeated_for_half_a_minute(world: "World") -> None:
    slept: list[float] = []
    table = _table(world, _failing(world, INSISTED, EndpointConnectionError(endpoint_url="https://dynamodb")), slept)
    table.insist(table.put_part({"id": "a"}, ABSENT))
    assert table.read("a") == {"id": "a"}
    assert slept == [INSISTED_PAUSE * 2**attempt for attempt in range(INSISTED)] == [2, 4, 8, 16]
    with pytest.raises(EndpointConnectionError):
        _table(world, _failing(world, INSISTED + 1, EndpointConnectionError(endpoint_url="https://dynamodb"))).insist()


def test_a_refused_condition_is_an_answer_and_not_repeated(world: "World") -> None:
    slept: list[float] = []
    table = _table(world, slept=slept)
    with pytest.raises(ConditionFailed):
        table.insist(table.check_part("a", PRESENT))
    assert slept == []


def test_an_index_is_read_in_one_answer_or_in_all_its_pages(world: "World") -> None:
    table = _table(world)
    for number in range(3):
        table.put({"id": f"d{number}", "due": "delivery", "due_at": number}, ABSENT, {})
    condition, values = "due = :queue AND due_at >= :from", {":queue": "delivery", ":from": 1}
    assert [item["id"] for item in table.query("by_due", condition, values)["Items"]] == ["d1", "d2"]
    pages = list(table.pages("by_due", condition, values, PaginationConfig={"PageSize": 1}))
    assert [item["due_at"] for page in pages for item in page["Items"]] == [1, 2]
    assert len(pages) > 1


def test_a_scan_finds_every_item(world: "World") -> None:
    table = _table(world)
    for name in "abc":
        table.put({"id": name}, ABSENT, {})
    assert sorted(item["id"] for item in table.scan()) == ["a", "b", "c"]
