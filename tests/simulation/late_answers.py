"""An upstream that answers late, while other steps decide."""

from collections.abc import Callable

from tests.simulation.world import World

# Seconds that the upstream takes to answer, while other steps decide.
THINKS, JUDGED = 100.0, 20.0
# How far another sandbox's clock is ahead: past the grace, or past every deadline.
PAST_GRACE, PAST_DEADLINE = 600.0, 20_000.0


def poll_ahead(seconds: float, times: int = 1) -> Callable[[World], None]:
    """Poll the video with a clock that is ahead."""

    def act(world: World) -> None:
        ((video_id, _),) = world.records.videos.items()
        for number in range(times):
            world.timeline.after(
                number, lambda: world.functions.run("poll", {"video_id": video_id, "run": 1}, lambda *_: None, skew=(0, seconds))
            )

    return act
