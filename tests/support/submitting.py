"""Submit, called as its function calls it, against an upstream that a test supplies."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cliprelay.ids import claim_token
from cliprelay.steps.poll import poll
from cliprelay.steps.submit import Submitter
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.video.record import Video
from cliprelay.workflow.contract import Event, Result
from cliprelay.workflow.durations_table import DurationsTable
from tests.support.makers import GRACE, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

HOUR = 3_600


def video_with_faults(faults: str) -> Video:
    """Return a queued video whose prompt makes the upstream play these faults."""
    return any_video(settings=any_settings(prompt=f"A lighthouse. [sim {faults}]"))


def submit(
    world: "World",
    upstream: Any,
    *,
    run: int = 1,
    table: Any = None,
    key: Any = None,
    token: Callable[[], str] = claim_token,
    count: Callable[[str], None] = lambda name: None,
    seconds_left: float = 180,
    durations: DurationsTable | None = None,
) -> Result:
    """Run Submit once on the usual video."""
    submitter = Submitter(
        videos=table or world.videos,
        controls=world.controls,
        upstream=upstream,
        read_input=world.store.read_input,
        key=key or upstream_key(world),
        claim_token=token,
        clock=world.clock,
        grace=GRACE,
        seconds_left=lambda: seconds_left,
        count=count,
        durations=durations,
    )
    return submitter.submit(Event(video_id=any_video().id, run=run))


def upstream_key(world: "World") -> UpstreamKey:
    """Return the upstream's key, stored once per world."""
    if not hasattr(world, "known_key"):
        world.known_key = world.upstream_key()  # type: ignore[attr-defined]
    key: UpstreamKey = world.known_key  # type: ignore[attr-defined]
    return key


def poll_once(world: "World", upstream: Any) -> Result:
    """Run Poll once on the usual video."""
    event = Event(video_id=any_video().id, run=1)
    return poll(event, videos=world.videos, upstream=upstream, clock=world.clock, grace=GRACE, count=lambda _: None)


def read_back(world: "World") -> Video:
    """Return the usual video as the table has it now."""
    return world.read(any_video().id)
