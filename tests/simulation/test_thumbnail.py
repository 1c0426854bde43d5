"""Whatever happens to a Thumbnail, its video succeeds and is announced within minutes: with its poster, or with a warning."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulation.checks.invariants import judge
from tests.simulation.fixture import simulated_product
from tests.simulation.leak_check import Output
from tests.simulation.runs import finish
from tests.simulation.runtime.deployment import timeout
from tests.simulation.scenarios import Scenario
from tests.simulation.world import Settings, World, living_in

__all__ = ["simulated_product"]

Run = Callable[..., Any]
# Seconds from the end of a video to its event.
SOON = 200


def _instead(world: World, happens: Callable[[Run, Any], Any]) -> None:
    """Let something else happen when Thumbnail is invoked."""
    real = world.functions.run

    def run(step: str, event: dict[str, Any], answered: Any, **more: Any) -> Any:
        if step == "thumbnail":
            return happens(lambda: real(step, event, answered, **more), answered)
        return real(step, event, answered, **more)

    world.functions.run = run  # type: ignore[method-assign]


def _crash(world: World) -> None:
    _instead(world, lambda run, answered: answered(None, "Runtime.ExitError"))


def _hang(world: World) -> None:
    _instead(world, lambda run, answered: world.timeline.after(timeout("thumbnail"), lambda: answered(None, "Sandbox.Timedout")))


def _never_answer(world: World) -> None:
    _instead(world, lambda run, answered: None)


def _throttle(world: World) -> None:
    _instead(world, lambda run, answered: answered(None, "Lambda.TooManyRequestsException"))


def _throttle_once(world: World) -> None:
    left = [1]
    _instead(world, lambda run, answered: answered(None, "Lambda.TooManyRequestsException") if left and left.pop() else run())


def _nothing(world: World) -> None:
    pass


def _life(scenario: Scenario, output: Output, *, posters: bool = True) -> World:
    world = World(Settings(1, videos=1, clients=8, rate=0.0, length=0.0, posters=posters))
    world.functions.happened["a Thumbnail is disturbed"] += 1
    with living_in(world, output):
        scenario.arrange(world)
        world.sweeping.start()
        finish(world)
        judge(world)
    return world


@pytest.mark.parametrize(
    ("disturb", "has_poster", "tries"),
    [
        (_nothing, True, 1),
        (_crash, False, 1),
        (_hang, False, 1),
        (_never_answer, False, 1),
        (_throttle, False, 3),
        (_throttle_once, True, 2),
    ],
)
def test_a_video_succeeds_whatever_its_thumbnail_does(
    output: Output, disturb: Callable[[World], None], has_poster: bool, tries: int
) -> None:
    invoked = [0]

    def arrange(world: World) -> None:
        disturb(world)
        real = world.functions.invoke

        def invoke(step: str, event: dict[str, Any], answered: Any) -> None:
            invoked[0] += step == "thumbnail"
            real(step, event, answered)

        world.functions.invoke = invoke  # type: ignore[method-assign]

    world = _life(Scenario("disturbed", then=arrange), output)
    (history,) = world.records.videos.values()
    (told,) = world.records.told.values()
    moment, message = told[0]
    assert (world.records.violations, history.status, len(told)) == ([], "succeeded", 1)
    assert moment - history.moves[-1][0] < SOON
    assert ("poster" in history.record, "poster" in message.default["data"]["video"]) == (has_poster, has_poster)
    codes = [each["code"] for each in history.record.get("warnings", [])]
    assert ("no_poster" in codes, [each["code"] for each in message.default["data"].get("warnings", [])]) == (
        not has_poster,
        [] if has_poster else ["no_poster"],
    )
    assert invoked == [tries]


def test_a_broken_film_succeeds_with_a_warning(output: Output) -> None:
    world = _life(Scenario("broken film", odd=True), output)
    (history,) = world.records.videos.values()
    assert (world.records.violations, history.status) == ([], "succeeded")
    assert [each["code"] for each in history.record["warnings"]][-2:] == ["unverified_media", "no_poster"]


def test_without_posters_nothing_looks_into_a_video_and_nothing_warns(output: Output) -> None:
    world = _life(Scenario("plain"), output, posters=False)
    (history,) = world.records.videos.values()
    assert (world.functions.invoked["thumbnail"], history.status) == (0, "succeeded")
    assert {"facts", "poster", "poster_due"} & history.record.keys() == set()
    assert "no_poster" not in [each["code"] for each in history.record.get("warnings", [])]
