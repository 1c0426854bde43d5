"""One table: reads that see every write, conditions that refuse without writing, and transactions that outlast conflicts."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cliprelay.aws.table import (
    CONFLICT_PAUSE,
    CONFLICTS,
    INSISTED,
    INSISTED_PAUSE,
    LONGEST_CONFLICT_PAUSE,
    ConditionFailed,
    Contended,
    Table,
)
from cliprelay.steps.submit import RESERVE
from tests.support.makers import Meddled, conflict

if TYPE_CHECKING:
    from tests.support.world import World

ABSENT, PRESENT = "attribute_not_exists(id)", "attribute_exists(id)"


def _table(world: "World", client: Any = None, slept: list[float] | None = None) -> Table:
    pauses: list[float] = [] if slept is None else slept
    return Table(client or world.dynamodb, world.webhooks_table, sleep=pauses.append)


def _failing(world: "World", times: int, failure: Exception, operation: str = "transact_write_items") -> Any:
    """A client with an operation that fails so often before it succeeds."""
    left = [failure] * times

    def fail(real: Any, **kwargs: Any) -> Any:
        if left:
            raise left.pop()
        return real(**kwargs)

    return Meddled(world.dynamodb, **{operation: fail})


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


def test_many_items_are_read_in_one_call_by_their_keys(world: "World") -> None:
    table = _table(world)
    for key in "ab":
        table.put({"id": key, "count": 1}, ABSENT, {})
    assert table.read_many("b", "a", "c") == {key: {"id": key, "count": 1} for key in "ab"}


def test_what_a_batch_leaves_unprocessed_is_read_alone(world: "World") -> None:
    table = _table(world)
    for key in "ab":
        table.put({"id": key}, ABSENT, {})

    def leave_all_but_the_first(real: Any, *, RequestItems: dict[str, Any]) -> Any:  # noqa: N803 - the SDK's name
        ((name, wanted),) = RequestItems.items()
        assert wanted["ConsistentRead"]
        answer = real(RequestItems={name: {**wanted, "Keys": wanted["Keys"][:1]}})
        return {**answer, "UnprocessedKeys": {name: {**wanted, "Keys": wanted["Keys"][1:]}}}

    assert _table(world, Meddled(world.dynamodb, batch_get_item=leave_all_but_the_first)).read_many("a", "b", "c") == table.read_many(
        "a", "b"
    )


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


# The operation that meets others, how the table is asked to write "a", and what it answers.
WRITES: dict[str, tuple[str, Callable[[Table], Any]]] = {
    "put": ("put_item", lambda table: table.put({"id": "a"}, ABSENT, {})),
    "update": ("update_item", lambda table: table.update("a", {"count": 1}, ABSENT, {})),
    "write": ("update_item", lambda table: table.write(table.update_part("a", {"count": 1}, "", {}))),
    "transact": ("transact_write_items", lambda table: table.transact(table.put_part({"id": "a"}, ABSENT))),
    "insist": ("transact_write_items", lambda table: table.insist(table.put_part({"id": "a"}, ABSENT))),
}


@pytest.mark.parametrize("kind", WRITES)
def test_every_write_that_meets_a_transaction_on_its_item_is_sent_again_a_few_times(world: "World", kind: str) -> None:
    operation, write = WRITES[kind]
    slept: list[float] = []
    write(_table(world, _failing(world, CONFLICTS, conflict(world.dynamodb, operation), operation), slept))
    assert _table(world).read("a")
    assert len(slept) == CONFLICTS


@pytest.mark.parametrize("kind", ["put", "update", "write", "transact"])
def test_a_write_that_meets_transactions_for_longer_fails_and_writes_nothing(world: "World", kind: str) -> None:
    operation, write = WRITES[kind]
    with pytest.raises(Contended, match=r"TransactionConflictException|TransactionCanceledException"):
        write(_table(world, _failing(world, CONFLICTS + 1, conflict(world.dynamodb, operation), operation)))
    assert _table(world).read("a") is None


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_refused_for_traffic_on_an_item_is_sent_again(world: "World", reason: str) -> None:
    table = _table(world, _failing(world, 1, conflict(world.dynamodb, reason=reason)))
    table.transact(table.put_part({"id": "a"}, ABSENT))
    assert table.read("a") == {"id": "a"}


@pytest.mark.parametrize("reason", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_transaction_refused_for_its_content_is_not_sent_again(world: "World", reason: str) -> None:
    slept: list[float] = []
    table = _table(world, _failing(world, 1, conflict(world.dynamodb, reason=reason)), slept)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        table.transact(table.put_part({"id": "a"}, ABSENT))
    assert slept == []


def test_the_retries_of_evidence_fit_into_the_time_that_submit_reserves() -> None:
    conflicts = sum(min(CONFLICT_PAUSE * 2**attempt, LONGEST_CONFLICT_PAUSE) for attempt in range(CONFLICTS))
    assert (INSISTED + 1) * conflicts + sum(INSISTED_PAUSE * 2**attempt for attempt in range(INSISTED)) < RESERVE


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
