"""One body over one transport, through Poll and Archive until the video ends, on a virtual clock; and what must come of it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from cliprelay.media.download import Downloader
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.steps.archive import RESERVE, archive
from cliprelay.steps.poll import poll
from cliprelay.upstream.contract import Task
from cliprelay.upstream.myrouter.answers import read_task
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.workflow.contract import Event, Result
from tests.contract.faults.worlds import BUCKET, world_in_memory
from tests.interop.players.bodies import Body
from tests.simulation.downloads.server import Gallery
from tests.support.makers import TENANT, OwnedClock, any_video
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.wire_responses import Behaviour
from tests.support.world import World

SIZE_CAP = 10_000_000
# Copies take some ten minutes by then: long enough to confirm what can be confirmed.
MOST_COPIES = 10


@dataclass(frozen=True)
class Came:
    """What came of a video: its state, its warning, and whether the stored file is the served one."""

    status: Status
    is_doubted: bool
    is_equal: bool
    is_kept: bool
    refusals: dict[str, int]

    def __str__(self) -> str:
        kept = ", kept" if self.is_kept else ""
        return f"{self.status}{', unverified_media' if self.is_doubted else ''}{kept} {self.refusals or ''}".strip()


@dataclass
class Outside:
    """An upstream that is done and gives links, and a deployment that fetches from them."""

    world: World
    gallery: Gallery
    s3: MemoryS3
    numbers: Iterator[int] = field(default_factory=count)

    def play(self, body: Body, behave: Behaviour, *before: str) -> Came:
        """Order a video of which the upstream serves this body this way; `before` are further links in front of it."""
        video_id = f"vid_{next(self.numbers):026}"
        url = self.gallery.hang(video_id, body.data, behave)
        running: dict[str, Any] = {"status": Status.RUNNING, "claim": "any", "upstream_id": "task-1", "waited": 18}
        self.world.put(any_video(id=video_id, **running))
        self._walk(video_id, [*before, url])
        self.gallery.take_down(video_id)
        return self._came(self.world.read(video_id), body)

    def _walk(self, video_id: str, links: list[str]) -> None:
        world, event = self.world, Event(video_id=video_id, run=1)
        upstream: Any = Links(links)
        parts: dict[str, Any] = {"videos": world.videos, "clock": world.clock}
        downloader = Downloader(Guard(AddressRules.LOOPBACK), SIZE_CAP)
        steps: dict[str, Callable[[], Result]] = {
            "wait": lambda: poll(event, **parts, upstream=upstream, grace=timedelta(minutes=4), count=lambda _: None),
            "archive": lambda: archive(event, **parts, store=world.store, downloader=downloader, seconds_left=RESERVE + 20),
        }
        result = steps["wait"]()
        while result["next"] in steps and world.read(video_id).copies < MOST_COPIES:
            world.clock.advance(result.get("wait", 0))
            result = steps[result["next"]]()

    def _came(self, video: Video, body: Body) -> Came:
        stored = self.s3.buckets[BUCKET].get(f"videos/{TENANT}/{video.id}.mp4")
        same = stored is not None and stored.data == body.data and video.sha256 == hashlib.sha256(body.data).hexdigest()
        is_doubted = any(warning["code"] == "unverified_media" for warning in video.warnings)
        return Came(video.status, is_doubted, same, bool(video.kept_copies), video.refusals)


@dataclass(frozen=True)
class Links:
    """The answer of an upstream that is done, as it is on the wire."""

    links: list[str]

    def task(self, task_id: str) -> Task:
        task = read_task({"task": {"status": "TASK_STATUS_SUCCEED"}, "videos": [{"video_url": link} for link in self.links]})
        assert task is not None
        return task


@contextmanager
def outside() -> Iterator[Outside]:
    """A world of its own, and the server of its links."""
    s3, gallery = MemoryS3(BUCKET), Gallery()
    try:
        yield Outside(world_in_memory(OwnedClock(), s3), gallery, s3)
    finally:
        gallery.close()


def wrong_with(body: Body, came: Came, *, is_whole: bool = True, is_framed: bool = True) -> str | None:
    """Return what must not be; None if all is well."""
    stored = came.status is Status.SUCCEEDED
    if stored and not is_whole:
        return "a cut transfer was taken"
    if stored and not came.is_equal:
        return "other bytes are stored than were served"
    if stored and not body.plays and not came.is_doubted:
        return "what no player shows succeeded without unverified_media"
    if not is_whole or not body.plays:
        return None
    if body.is_of_the_family and is_framed and not stored:
        return "a video that players show is not stored"
    return None if stored or came.is_kept else "a video that players show is lost"
