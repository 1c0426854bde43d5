"""Which earlier video a request without a key is another try of."""

import dataclasses
from typing import TYPE_CHECKING

import pytest

from cliprelay.aws.table import ConditionFailed
from cliprelay.video.repeats import KEPT_SECONDS, MOST_LISTED, Recorded, Register, Try, register_id

if TYPE_CHECKING:
    from tests.support.world import World

NOW = 1_795_342_834_000


def attempt(number: int | None, request: str = "r", *, after: float = 1.0, window: int = 0) -> Try:
    return Try("repeat_1", request, number, NOW + int(after * 1_000), window)


def register(*videos: Recorded) -> Register:
    return Register(len(videos), videos)


FIRST = Recorded("vid_first", NOW, {"0": "a"})
SECOND = Recorded("vid_second", NOW + 500, {"0": "b"})


def found(videos: Register, request: Try) -> str | None:
    recorded = videos.find(request)
    return recorded.video_id if recorded else None


def test_a_later_try_takes_the_video_of_the_first() -> None:
    assert found(register(FIRST), attempt(1)) == "vid_first"


def test_a_first_try_is_an_order_of_its_own() -> None:
    assert found(register(FIRST), attempt(0)) is None
    assert found(register(), attempt(1)) is None


def test_a_request_without_a_number_is_an_order_of_its_own() -> None:
    assert found(register(FIRST), attempt(None)) is None


def test_two_tries_of_the_same_number_take_two_videos() -> None:
    taken = dataclasses.replace(SECOND, taken={"0": "b", "1": "c"})
    assert found(register(taken, FIRST), attempt(1, "d")) == "vid_first"
    assert found(register(taken), attempt(1, "d")) is None


def test_a_second_try_that_arrives_after_the_third_still_takes_the_video() -> None:
    overtaken = dataclasses.replace(FIRST, taken={"0": "a", "2": "c"})
    assert found(register(overtaken), attempt(1, "b")) == "vid_first"


def test_a_first_try_takes_the_video_of_its_own_faster_repeat() -> None:
    repeat = Recorded("vid_repeat", NOW, {"1": "b"})
    assert found(register(repeat), attempt(0, "a", after=-0.5)) == "vid_repeat"
    assert found(register(repeat), attempt(0, "z", after=0.5)) is None  # a new order after it


def test_a_first_try_takes_no_video_of_a_client_that_numbers_nothing() -> None:
    assert found(register(Recorded("vid_other", NOW)), attempt(0, after=-0.5)) is None


def test_a_request_that_has_taken_a_video_takes_it_again() -> None:
    assert found(register(SECOND, dataclasses.replace(FIRST, taken={"0": "a", "1": "r"})), attempt(1)) == "vid_first"


@pytest.mark.parametrize(("after", "expected"), [(900, "vid_first"), (901, None)])
def test_a_try_comes_within_a_quarter_of_an_hour(after: float, expected: str | None) -> None:
    assert found(register(FIRST), attempt(1, after=after)) == expected


@pytest.mark.parametrize(("after", "expected"), [(60, "vid_second"), (61, None)])
def test_within_the_window_every_equal_order_is_the_same(after: int, expected: str | None) -> None:
    assert found(register(SECOND, FIRST), attempt(None, after=after + 0.5, window=60)) == expected
    assert found(register(SECOND, FIRST), attempt(0, after=after + 0.5, window=60)) == expected


def test_a_register_is_written_only_under_the_version_that_was_read(world: "World") -> None:
    empty, first = world.repeats.read("repeat_1"), attempt(0, "a", after=0)
    world.videos._table.transact(world.repeats.part(empty, first, "vid_first"))
    with pytest.raises(ConditionFailed):
        world.videos._table.transact(world.repeats.part(empty, attempt(0, "b"), "vid_second"))
    read = world.repeats.read("repeat_1")
    assert (read.version, read.videos) == (1, (FIRST,))
    world.videos._table.transact(world.repeats.part(read, attempt(0, "b"), "vid_second"))
    assert [each.video_id for each in world.repeats.read("repeat_1").videos] == ["vid_second", "vid_first"]


def test_two_tries_at_once_never_take_the_same_video(world: "World") -> None:
    world.videos._table.transact(world.repeats.part(Register(), attempt(0, "a", after=0), "vid_first"))
    read, one, other = world.repeats.read("repeat_1"), attempt(1, "b"), attempt(1, "c")
    assert world.repeats.take(read, one, FIRST) is True
    assert world.repeats.take(read, other, FIRST) is False
    now = world.repeats.read("repeat_1")
    assert now.find(one) == Recorded("vid_first", NOW, {"0": "a", "1": "b"})
    assert now.find(other) is None


def test_a_register_forgets_old_videos_and_expires(world: "World") -> None:
    old = tuple(Recorded(f"vid_{number}", NOW - number) for number in range(MOST_LISTED + 5))
    world.videos._table.transact(world.repeats.part(Register(0, old), attempt(None, after=0), "vid_new"))
    assert len(world.repeats.read("repeat_1").videos) == MOST_LISTED
    world.videos._table.transact(world.repeats.part(world.repeats.read("repeat_1"), attempt(None, after=KEPT_SECONDS + 1), "vid_late"))
    assert [each.video_id for each in world.repeats.read("repeat_1").videos] == ["vid_late"]
    item = world.videos._table.read("repeat_1")
    assert item is not None
    assert item["expires_at"] == NOW // 1_000 + 1 + 2 * KEPT_SECONDS


def test_a_register_belongs_to_one_tenant_one_key_and_one_api() -> None:
    ids = {
        register_id(*parts)
        for parts in (("a", None, "ark", "d"), ("b", None, "ark", "d"), ("a", "k", "ark", "d"), ("a", None, "openai", "d"))
    }
    assert len(ids) == 4
    assert all(each.startswith("repeat_") for each in ids)
