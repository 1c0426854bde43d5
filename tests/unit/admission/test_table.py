"""The permit of a claim holds only if nothing has happened to the controls since they were read."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cliprelay.admission.controls import PROBE_FIRST, Controls, admit, tripped
from cliprelay.video.states import Status
from cliprelay.video.table import NotPermitted
from tests.support.makers import GRACE, NOW, any_video

if TYPE_CHECKING:
    from tests.support.world import World

LATER = NOW + timedelta(seconds=PROBE_FIRST)
OPEN = tripped(Controls(), "upstream_key", NOW)


def _claim(world: "World", meanwhile: Callable[["World"], object]) -> bool:
    """Look at the controls, let something happen, then claim; False if the permit no longer held."""
    video = world.put(any_video())
    admission = admit(world.controls.governing(video.id, world.controls.read_copy(video.id)), LATER)
    assert admission.wait is None
    permit = world.controls.permit(admission, video.id, LATER, GRACE)
    meanwhile(world)
    try:
        claimed = world.videos.claim(video, "a", LATER, video.deadline, GRACE, permit)
    except NotPermitted:
        assert world.read(video.id) == video
        return False
    assert claimed.video.status is Status.SUBMITTING
    return claimed.won


def _nothing(world: "World") -> None:
    """Leave the controls as they were read."""


def _pause(world: "World") -> None:
    world.controls.pause(LATER)


def _open(world: "World") -> None:
    world.controls.write_breaker(OPEN)


def _probe(world: "World") -> None:
    other = world.put(any_video(id="vid_of_another"))
    permit = world.controls.permit(admit(world.controls.read(), LATER), other.id, LATER, GRACE)
    assert world.videos.claim(other, "b", LATER, other.deadline, GRACE, permit).won


def _refuse_again(world: "World") -> None:
    world.controls.write_breaker(tripped(world.controls.read(), "upstream_key", LATER))


def _close(world: "World") -> None:
    world.controls.close_breaker()


def _resume(world: "World") -> None:
    world.controls.pause(NOW)
    world.controls.resume()


@pytest.mark.parametrize(("meanwhile", "held"), [(_nothing, True), (_resume, True), (_pause, False), (_open, False)])
def test_a_claim_holds_unless_a_pause_or_an_open_breaker_came_after_the_look(
    world: "World", meanwhile: Callable[["World"], object], held: bool
) -> None:
    assert _claim(world, meanwhile) is held


@pytest.mark.parametrize(
    ("meanwhile", "held"), [(_nothing, True), (_resume, True), (_pause, False), (_probe, False), (_refuse_again, False), (_close, False)]
)
def test_a_probe_holds_unless_a_pause_another_probe_or_another_answer_came_after_the_look(
    world: "World", meanwhile: Callable[["World"], object], held: bool
) -> None:
    world.controls.write_breaker(OPEN)
    assert _claim(world, meanwhile) is held


def test_a_probe_postpones_the_next_one_by_its_lease_and_leaves_the_breaker_open(world: "World") -> None:
    world.controls.write_breaker(OPEN)
    assert _claim(world, _nothing)
    epoch = int((LATER + GRACE).timestamp())
    assert world.controls.read() == Controls(None, "upstream_key", int(NOW.timestamp()), 1, epoch)


def test_an_ordinary_claim_leaves_the_controls_as_they_are(world: "World") -> None:
    assert _claim(world, _nothing)
    assert world.controls.read() == Controls()
    assert world.item("controls") == {}
