"""Stored durations: one small item per class, read and written rarely, and never in the way of a video."""

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cliprelay.aws.items import typed
from cliprelay.workflow.durations import BOUND, NAMES, NOTHING, UNITS, class_of
from cliprelay.workflow.durations_table import GATHERED, KEPT, REMEMBERED, DurationsTable
from tests.support.makers import NOW, Meddled, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

VIDEO = any_video(settings=any_settings(duration=5))
OTHER = any_video(settings=any_settings(duration=12))
KEY = class_of(VIDEO)


class Counted:
    """A client that counts its calls, by operation and key."""

    def __init__(self, real: Any) -> None:
        self._real, self.calls = real, list[tuple[str, str]]()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in ("get_item", "update_item"):
            return found

        def call(**request: Any) -> Any:
            self.calls.append((name, request["Key"]["id"]["S"]))
            return found(**request)

        return call


def _table(world: "World", client: Any = None) -> DurationsTable:
    return DurationsTable(client or world.dynamodb, world.videos_table, world.clock)


def _units(world: "World") -> dict[str, int]:
    return {name: value for name, value in world.item(KEY).items() if name in NAMES}


def _put(world: "World", **counters: int) -> None:
    world.dynamodb.put_item(TableName=world.videos_table, Item=typed({"id": KEY, **counters}))


def test_what_one_process_learns_another_one_reads(world: "World") -> None:
    _table(world).learn(VIDEO, 30, 40)
    seen = _table(world).of(VIDEO)
    assert seen.count == pytest.approx(1, abs=0.01)
    assert 30 <= (seen.quantile(0.5) or 0) <= 40
    assert _table(world).of(OTHER) == NOTHING


def test_an_item_expires_when_its_class_is_no_longer_ordered_and_is_no_video(world: "World") -> None:
    _table(world).learn(VIDEO, 30, 40)
    assert world.item(KEY)["expires_at"] == int((NOW + KEPT).timestamp())
    assert list(world.videos.every()) == []
    assert world.videos.get(KEY) is None


def test_a_class_is_read_once_in_five_minutes_even_if_it_is_absent(world: "World") -> None:
    client = Counted(world.dynamodb)
    table = _table(world, client)
    for _ in range(3):
        table.of(VIDEO)
    world.clock.advance(REMEMBERED.total_seconds() - 1)
    table.of(VIDEO)
    assert client.calls == [("get_item", KEY)]
    world.clock.advance(1)
    table.of(VIDEO)
    table.of(OTHER)
    assert client.calls == [("get_item", KEY), ("get_item", KEY), ("get_item", class_of(OTHER))]


def test_what_is_remembered_costs_no_call(world: "World") -> None:
    client = Counted(world.dynamodb)
    table = _table(world, client)
    assert (table.remembered(VIDEO), client.calls) == (NOTHING, [])
    _put(world, b10=3 * UNITS)
    assert table.of(VIDEO) == table.remembered(VIDEO) != NOTHING


def test_a_write_shows_what_others_have_learned_meanwhile(world: "World") -> None:
    client = Counted(world.dynamodb)
    table = _table(world, client)
    table.learn(VIDEO, 30, 40)
    assert table.of(VIDEO).count == pytest.approx(1, abs=0.01)
    assert client.calls == [("update_item", KEY)]


def test_a_process_writes_a_class_once_in_a_while_and_loses_nothing(world: "World") -> None:
    client = Counted(world.dynamodb)
    table = _table(world, client)
    for _ in range(5):
        table.learn(VIDEO, 30, 40)
    assert sum(_units(world).values()) == pytest.approx(UNITS, abs=10)
    world.clock.advance(GATHERED.total_seconds())
    table.learn(VIDEO, 30, 40)
    assert sum(_units(world).values()) == pytest.approx(6 * UNITS, abs=60)
    assert client.calls == [("update_item", KEY)] * 2


def test_old_videos_count_half_once_there_are_many(world: "World") -> None:
    _put(world, b10=(BOUND - 1) * UNITS, b11=1)
    _table(world).learn(VIDEO, 300, 300)
    left = _units(world)
    assert left["b10"] == (BOUND - 1) * UNITS // 2
    assert "b11" not in left
    assert sum(left.values()) == pytest.approx(BOUND * UNITS / 2, abs=2)


def test_a_full_item_is_one_write_unit(world: "World") -> None:
    _put(world, **dict.fromkeys(NAMES, BOUND * UNITS // 129))
    longest = typed({**world.item(KEY), "id": KEY + "x" * 40, "expires_at": 10**10})
    numbers = sum(len(name) + (len(value["N"].rstrip("0")) + 1) // 2 + 1 for name, value in longest.items() if "N" in value)
    assert numbers + len("id") + len(longest["id"]["S"]) <= 1_024
    assert json.dumps(longest)  # all of it is numbers and one string


def test_a_change_at_the_upstream_is_followed(world: "World") -> None:
    table = _table(world)
    for upper, videos in ((40, 300), (80, 300)):
        for _ in range(videos):
            world.clock.advance(60)
            table.learn(VIDEO, upper - 8, upper)
    assert (table.of(VIDEO).quantile(0.2) or 0) > 60


# What must not happen


def _broken(error: Exception) -> Any:
    def fail(real: Any, **request: Any) -> Any:
        raise error

    return fail


ERRORS = [
    EndpointConnectionError(endpoint_url="https://dynamodb.example.com"),
    ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "any"),
    ClientError({"Error": {"Code": "AccessDeniedException"}}, "any"),
    KeyError("Attributes"),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_a_failed_read_is_logged_once_in_five_minutes_and_is_nothing_seen(
    world: "World", error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    _put(world, b10=9 * UNITS)
    table = _table(world, Meddled(world.dynamodb, get_item=_broken(error)))
    with caplog.at_level(logging.WARNING):
        assert {table.of(VIDEO).count for _ in range(3)} == {0}
    assert [record.message for record in caplog.records] == ["durations not read"]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_a_failed_write_is_logged_and_only_loses_the_observation(
    world: "World", error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    table = _table(world, Meddled(world.dynamodb, update_item=_broken(error)))
    with caplog.at_level(logging.WARNING):
        table.learn(VIDEO, 30, 40)
    assert [record.message for record in caplog.records] == ["durations not written"]
    assert world.item(KEY) == {}


def test_an_item_with_another_type_in_a_counter_stops_no_video(world: "World") -> None:
    world.dynamodb.put_item(TableName=world.videos_table, Item=typed({"id": KEY, "b1c": "poison", "b10": -7, "b20": UNITS}))
    table = _table(world)
    assert table.of(VIDEO).count == 1
    table.learn(VIDEO, 30, 60)
    world.clock.advance(timedelta(hours=1).total_seconds())
    assert table.of(VIDEO).count == 1
