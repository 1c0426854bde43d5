"""Every change of the controls reaches every copy, in the order of the changes, and a claim trusts nothing but its copy."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.admission.controls import COPIES, Admission, Controls, tripped
from cliprelay.admission.table import CONTROLS, ControlsTable
from cliprelay.video.table import NotPermitted
from tests.support.makers import GRACE, NOW, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.world import World

VIDEO = any_video().id
KEYS = [f"{CONTROLS}#{number}" for number in range(COPIES)]
OPEN = tripped(Controls(), "upstream_key", NOW)
EPOCH = int(NOW.timestamp())


class Died(Exception):
    """The process ended here."""


def dying_at(world: "World", write: int) -> ControlsTable:
    """Return the controls of a process that dies before its write number `write`, from 0."""
    made: list[int] = []

    def update(real: Callable[..., Any], **kwargs: Any) -> Any:
        made.append(1)
        if len(made) > write:
            raise Died
        return real(**kwargs)

    return ControlsTable(Meddled(world.dynamodb, update_item=update), world.videos_table)  # type: ignore[arg-type]


def meeting(world: "World", key: str, meanwhile: Callable[[], object]) -> ControlsTable:
    """Return the controls of a process that something overtakes just before it writes `key`."""
    waiting = [meanwhile]

    def update(real: Callable[..., Any], **kwargs: Any) -> Any:
        if kwargs["Key"]["id"]["S"] == key and waiting:
            waiting.pop()()
        return real(**kwargs)

    return ControlsTable(Meddled(world.dynamodb, update_item=update), world.videos_table)  # type: ignore[arg-type]


def carried(world: "World") -> list[Controls | None]:
    """Return what each copy carries; None for a missing one."""
    return [Controls.of(item) if (item := world.item(key)) else None for key in KEYS]


def claims(world: "World", video_id: str = VIDEO) -> bool:
    """Claim a video with the permit of an admission from before."""
    video = world.put(any_video(id=video_id))
    try:
        permit = world.controls.permit(Admission(), video_id, NOW, GRACE)
        return world.videos.claim(video, "a", NOW, video.deadline, GRACE, permit).won
    except NotPermitted:
        return False


def change_without_copies(world: "World", **changes: Any) -> None:
    """Change the main item as an `operate` does that knows no copies."""
    world.change(CONTROLS, **{"id": CONTROLS, **changes})


def test_videos_keep_their_copy_and_spread_over_all() -> None:
    keys = [ControlsTable.key_for(f"vid_{number:026}") for number in range(1_600)]
    assert set(keys) == set(KEYS)
    assert max(keys.count(key) for key in KEYS) < 150
    assert keys[0] == "controls#8"  # in every process


def test_once_a_pause_has_returned_no_claim_succeeds_at_any_copy(world: "World") -> None:
    world.controls.mirror()
    videos = {ControlsTable.key_for(video_id): video_id for video_id in (f"vid_{number:026}" for number in range(200))}
    assert set(videos) == set(KEYS)
    world.controls.pause(NOW)
    assert [key for key, video_id in videos.items() if claims(world, video_id)] == []
    world.controls.resume()
    assert [key for key, video_id in videos.items() if not claims(world, video_id)] == []


def test_a_missing_copy_stops_a_claim_and_is_made_from_the_main_item(world: "World") -> None:
    assert not claims(world)
    assert world.controls.governing(VIDEO, world.controls.read_copy(VIDEO)).is_free
    assert claims(world)


def test_a_pause_from_before_there_were_copies_goes_on(world: "World") -> None:
    change_without_copies(world, paused_at=EPOCH)
    assert world.controls.governing(VIDEO, None).paused_at == EPOCH
    assert not claims(world)
    world.controls.mirror()
    assert {each.paused_at if each else None for each in carried(world)} == {EPOCH}


@pytest.mark.parametrize("change", ["pause", "resume", "trip", "close"])
@pytest.mark.parametrize("write", range(1, COPIES + 2))
def test_a_change_that_died_on_its_way_is_seen_and_finished(world: "World", change: str, write: int) -> None:
    if change in ("resume", "close"):
        world.controls.pause(NOW)
        world.controls.write_breaker(OPEN)
    acts: dict[str, Callable[[ControlsTable], None]] = {
        "pause": lambda controls: controls.pause(NOW),
        "resume": lambda controls: controls.resume(),
        "trip": lambda controls: controls.write_breaker(OPEN),
        "close": lambda controls: controls.close_breaker(),
    }
    # The trip looks first whether the refusal is the same.
    with pytest.raises(Died):
        acts[change](dying_at(world, write + (change == "trip")))
    assert not world.controls.read().is_mirrored
    world.controls.mirror()
    main = world.controls.read()
    assert main.is_mirrored
    assert {(each.paused_at, each.refusal, each.version) if each else None for each in carried(world)} == {
        (main.paused_at, main.refusal, main.version)
    }
    assert (main.paused_at is None) is (change in ("resume", "trip"))
    assert main.is_open is (change in ("resume", "trip"))


@pytest.mark.parametrize("key", [KEYS[0], KEYS[7], KEYS[-1], CONTROLS])
def test_a_slow_resume_never_frees_a_copy_of_a_newer_pause(world: "World", key: str) -> None:
    def resume_and_pause() -> None:
        world.controls.resume()
        world.controls.pause(NOW + timedelta(hours=1))

    world.controls.pause(NOW)
    meeting(world, key, resume_and_pause).resume()
    later = EPOCH + 3_600
    assert {each.paused_at if each else None for each in carried(world)} == {later}
    assert (world.controls.read().paused_at, world.controls.read().is_mirrored) == (later, True)


def test_a_slow_pause_never_stops_a_copy_after_a_newer_resume(world: "World") -> None:
    meeting(world, KEYS[7], world.controls.resume).pause(NOW)
    assert {each.is_free if each else None for each in carried(world)} == {True}
    assert world.controls.read().is_mirrored


def test_a_second_pause_finishes_the_first_and_keeps_its_time(world: "World") -> None:
    with pytest.raises(Died):
        dying_at(world, 5).pause(NOW)
    world.controls.pause(NOW + timedelta(hours=1))
    assert {each.paused_at if each else None for each in carried(world)} == {EPOCH}


@pytest.mark.parametrize("version", [0, 1, 2, 9])
def test_a_copy_that_stops_while_the_main_item_does_not_is_freed(world: "World", version: int) -> None:
    """Whatever its version: a resume that died, one without copies, and a table that was restored."""
    world.controls.pause(NOW)
    world.controls.resume()
    key = ControlsTable.key_for(VIDEO)
    world.change(key, version=version, paused_at=EPOCH)
    assert world.controls.governing(VIDEO, world.controls.read_copy(VIDEO)).is_free
    assert Controls.of(world.item(key)).is_free
    assert claims(world)


def test_a_resume_without_copies_frees_the_videos_that_ask(world: "World") -> None:
    world.controls.pause(NOW)
    change_without_copies(world, paused_at=None)
    assert not world.controls.read().is_mirrored
    assert world.controls.governing(VIDEO, world.controls.read_copy(VIDEO)).is_free
    assert claims(world)
    assert world.controls.read().is_mirrored


def test_a_missing_copy_is_not_made_under_a_version_that_may_have_had_another_meaning(world: "World") -> None:
    """Versions without copies closed the breaker, and may open it with the same refusal again, which no sweep could tell apart."""
    world.controls.write_breaker(OPEN)
    change_without_copies(world, refusal=None)
    world.controls.governing(VIDEO, None)
    change_without_copies(world, refusal=OPEN.refusal)
    assert not world.controls.read().is_mirrored


def test_a_pause_reaches_a_copy_that_a_restore_left_with_a_higher_version(world: "World") -> None:
    world.controls.mirror()
    world.change(KEYS[3], version=99)
    world.controls.pause(NOW)
    assert {each.paused_at if each else None for each in carried(world)} == {EPOCH}
    assert world.controls.read().is_mirrored


def test_a_repeated_refusal_is_one_write_and_leaves_the_copies(world: "World") -> None:
    world.controls.write_breaker(OPEN)
    before = carried(world)
    dying_at(world, 1).write_breaker(tripped(world.controls.read(), "upstream_key", NOW))
    assert world.controls.read().probes == 2
    assert carried(world) == before


def test_another_refusal_and_one_that_died_on_its_way_reach_every_copy(world: "World") -> None:
    world.controls.write_breaker(OPEN)
    with pytest.raises(Died):
        dying_at(world, 8).write_breaker(tripped(world.controls.read(), "upstream_balance", NOW))
    world.controls.write_breaker(tripped(world.controls.read(), "upstream_balance", NOW))
    assert {each.refusal if each else None for each in carried(world)} == {"upstream_balance"}


def test_another_number_of_copies_is_written_by_the_next_sweep(world: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    world.controls.mirror()
    monkeypatch.setattr("cliprelay.admission.controls.COPIES", COPIES * 2)
    assert not world.controls.read().is_mirrored
