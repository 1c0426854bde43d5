"""Lives of one video, each different enough that a crash at any of its calls is a case of its own."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cliprelay.video.record import iso
from cliprelay.video.states import TERMINAL
from tests.simulation.actors.clients import api_key, tenant_of
from tests.simulation.checks.money import set_budget
from tests.simulation.faults.outages import Weather
from tests.simulation.runtime import deployment
from tests.simulation.upstream.ledger import Fate
from tests.simulation.world import START, World
from tests.support.image_files import png

_PICTURE = "data:image/png;base64," + base64.b64encode(png(512, 512) + bytes(20_000)).decode()


@dataclass(frozen=True)
class Scenario:
    """`creates` and `links` are the upstream's answers in order; `then` arranges what else happens."""

    name: str
    creates: tuple[str, ...] = ("id",)
    links: tuple[str, ...] = ("whole",)
    fate: Fate = Fate.SUCCEEDS
    odd: bool = False
    order: dict[str, Any] = field(default_factory=dict)
    weather: Weather = field(default_factory=Weather)
    then: Callable[[World], None] = lambda world: None

    def arrange(self, world: World) -> None:
        """Make the world one in which this life is led, and order the video."""
        world.weather.spans.update(self.weather.spans)
        world.upstream.script, world.media.script = list(self.creates), list(self.links)
        world.upstream.fates = {self.fate: 1}
        world.upstream.odd = float(self.odd)
        world.clients.order_one(**self.order)
        self.then(world)


def _rotate_the_key(world: World) -> None:
    """The owner stores a new key, and the old one ends, while a paid call with the old one is on its way."""

    def rotate() -> None:
        world.upstream.keys = {"upstream-key-2"}
        world.aws.secrets.secrets[deployment.SECRET] = "upstream-key-2"

    world.upstream.before_create = rotate


def _think_long(world: World) -> None:
    """Every paid call takes half a minute, so that what was delayed before it arrives while it is under way."""
    world.upstream.thinking = 30.0


def _abort(world: World) -> None:
    """The first execution is aborted while the upstream works."""
    world.timeline.after(12, lambda: [world.workflow.stop(name) for name in list(world.workflow.walks)] and None)  # type: ignore[func-returns-value]


def _abort_unheard(world: World) -> None:
    _abort(world)
    world.sweeping.deaf = True


def _pause_twice(world: World) -> None:
    """Two pauses: the video waits for the end of the first, and meets the second."""
    world.owner.pause(0, 20)
    world.owner.pause(40, 160)


def _delete_soon(world: World) -> None:
    """The client deletes its video within minutes, before its end at first."""
    world.clients.deleters.share, world.clients.deleters.longest = 1.0, 60.0


# More than one video can cost, and less than two.
ENOUGH_FOR_ONE = 300_000


def _budget_of_one(world: World) -> None:
    set_budget(world, tenant_of(0), ENOUGH_FOR_ONE)


def in_an_hour() -> str:
    return iso(datetime.fromtimestamp(START + 3_600, UTC))


def _cancel_while_copied(world: World) -> None:
    """The cancel follows the first copy that was refused, whenever that comes."""
    plan = world.clients.cancels.plan

    def when_refused(video_id: str) -> None:
        history = world.records.videos[video_id]
        if history.record.get("copies") or history.status in TERMINAL:
            plan(0.0, video_id, api_key(0), discard=True)
        else:
            world.timeline.after(0.05, lambda: when_refused(video_id))

    world.clients.then = when_refused


SCENARIOS = (
    Scenario("plain"),
    Scenario("without a key", order={"with_key": False}),
    Scenario("own pictures", order={"image": _PICTURE, "last_image": _PICTURE}),
    Scenario("through OpenAI's API", order={"through_sdk": 0.0}),
    Scenario("through OpenAI's API, each connection broken", order={"through_sdk": 1.0}),
    Scenario("two at once", order={"image": _PICTURE, "requests": 2}),
    Scenario("within a budget", then=_budget_of_one),
    Scenario("two at once within a budget", order={"requests": 2}, then=_budget_of_one),
    Scenario("refused within a budget", creates=("400 moderated",), then=_budget_of_one),
    Scenario("in doubt within a budget", creates=("500 create / taken",), then=_budget_of_one),
    Scenario("throttled first", creates=("429", "id")),
    Scenario("throttled first, then slow", creates=("429", "id"), then=_think_long),
    Scenario("no balance first", creates=("402 balance", "id")),
    Scenario("paused twice", then=_pause_twice),
    Scenario("key rotated", then=_rotate_the_key),
    Scenario("refused", creates=("400 moderated",)),
    Scenario("taken, and no word of it", creates=("500 create / taken",)),
    Scenario("not taken, and no word of it", creates=("502 page / not taken",)),
    Scenario("canceled at once", order={"canceled_after": 0.0}),
    Scenario("canceled before its time", order={"canceled_after": 5.0, "not_before": in_an_hour()}),
    Scenario("canceled in the paid call", order={"canceled_after": 15.0}, then=_think_long),
    Scenario("canceled in the paid call, and not taken", creates=("429",) * 9, order={"canceled_after": 15.0}, then=_think_long),
    Scenario("canceled while it runs", order={"canceled_after": 20.0}),
    Scenario("discarded while it runs", order={"canceled_after": 20.0, "discard": True}),
    Scenario("discarded while it is copied", links=("403", "whole"), then=_cancel_while_copied),
    Scenario("discarded with a copy kept aside", odd=True, then=_cancel_while_copied),
    Scenario("canceled in doubt", creates=("500 create / taken",), order={"canceled_after": 900.0}),
    Scenario("waits for its time", order={"not_before": in_an_hour(), "expires_in": 600}),
    Scenario("not submitted in time", creates=("429",) * 40, order={"expires_in": 60}),
    Scenario("fails", fate=Fate.FAILS),
    Scenario("lost upstream", fate=Fate.LOST),
    Scenario("dead link first", links=("403", "whole")),
    Scenario("file that cannot be verified", odd=True),
    Scenario("no keeper for a quarter of an hour", weather=Weather({"sfn": [(START, START + 900)]})),
    Scenario("deleted", order={"image": _PICTURE, "last_image": _PICTURE}, then=_delete_soon),
    Scenario("deleted, and a file that cannot be verified", odd=True, then=_delete_soon),
    Scenario("execution aborted", then=_abort),
    Scenario("execution aborted, and nobody heard", then=_abort_unheard),
)
