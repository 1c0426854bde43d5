"""Many partition keys instead of one: which an item has, and how they are read."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from cliprelay.aws.shards import in_turn, shard_of, shards
from cliprelay.ids import video_id
from tests.support.makers import NOW


def test_an_item_always_has_the_same_key() -> None:
    # Whoever changes this moves the items of every deployment.
    assert shard_of("due", "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB", 24) == "due#9"
    assert shard_of("delivery", "evt_01KAN3J9M4S9A5XH7W2T0QZ8RB-1", 8) in shards("delivery", 8)


def test_ids_spread_evenly_over_all_keys() -> None:
    ids = [video_id(NOW + timedelta(milliseconds=number)) for number in range(16_000)]
    counts = Counter(shard_of("due", each, 16) for each in ids)
    assert counts.keys() == set(shards("due", 16))
    # A thousand each, and five standard deviations of a fair die.
    assert max(counts.values()) < 1_160


def test_each_source_has_its_turn_and_none_is_read_ahead() -> None:
    asked: list[str] = []

    def source(name: str, count: int) -> Iterator[str]:
        for number in range(count):
            asked.append(name)
            yield f"{name}{number}"

    found = in_turn(source("a", 1_000), source("b", 0), source("c", 2))
    assert list(islice(found, 5)) == ["a0", "c0", "a1", "c1", "a2"]
    assert asked.count("a") == 3
    assert list(in_turn()) == []
