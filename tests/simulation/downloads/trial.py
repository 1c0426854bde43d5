"""One faulted download, and the clean one after it, through the real Archive; and the judge of both."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.media.bucket import MediaBucket
from cliprelay.media.download import Downloader
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.steps.archive import RESERVE, archive
from cliprelay.steps.notify import notify
from cliprelay.steps.poll import poll
from cliprelay.upstream.contract import Outcome, Task
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable
from cliprelay.workflow.contract import Event
from tests.simulation.downloads.faults import MISHAPS, SIZE_CAP, Crash, Mishap, Operation
from tests.simulation.downloads.server import Gallery
from tests.simulation.downloads.video_files import any_video_file
from tests.support.makers import TENANT, Meddled, any_video, one_at_a_time
from tests.support.wire_responses import answer

if TYPE_CHECKING:
    from tests.support.world import World

# A slow far end is left this soon; a good one on a busy machine is waited for as long as it takes.
MOMENT, AGES = 0.05, 60.0


@dataclass
class Outside:
    """What a trial is played in: the parts of a deployment, the server of videos, and everything that was ever stored under a name."""

    world: "World"
    gallery: Gallery
    stored: Callable[[str], list[bytes]]
    forget: Callable[[str], None]


class Codes(logging.Handler):
    """Why Archive gave a download back, in its own words."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(str(getattr(record, "code", record.getMessage())))


@dataclass
class Trial:
    """The seed's N-th download: a video, a mishap, and what came of them."""

    outside: Outside
    seed: int
    number: int
    mishap: Mishap | None = None
    published: list[str] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.seed}/{self.number}")  # noqa: S311 - to be repeated
        # In turn, so that each mishap has its share.
        self.mishap = self.mishap or MISHAPS[self.number % len(MISHAPS)]
        self.mp4 = any_video_file(self.random)
        self.video_id = f"vid_{self.seed:08}{self.number:018}"
        self.key = self.outside.world.store.video_key(TENANT, self.video_id)

    # The play

    def play(self) -> "Trial":
        """The faulted download, the clean one, and the judgement; `wrongs` is empty when all is well."""
        mishap, world = self.mishap or MISHAPS[0], self.outside.world
        links = [link(self.random, self.mp4) for link in mishap.links]
        url = self.outside.gallery.hang(self.video_id, self.mp4, *links)
        world.put(self._archiving(url))
        self._archive_together(mishap)
        self._judge_meanwhile(mishap)
        self._retry()
        self._judge_end()
        self.outside.gallery.take_down(self.video_id)
        self.outside.forget(self.key)
        return self

    def _archiving(self, url: str) -> Video:
        running = {"claim": "any", "upstream_id": f"task-{self.number}", "waited": 40, "progress": 99}
        moment = int(self.outside.world.clock.seconds())
        return any_video(id=self.video_id, status=Status.ARCHIVING, upstream_url=url, archiving_at=moment, **running)

    def _archive_together(self, mishap: Mishap) -> None:
        if mishap.company == 1:
            self._archive(mishap, mishap.s3, mishap.dynamodb)
            return
        turn = one_at_a_time()
        s3 = {"put_object": _meeting(Barrier(mishap.company), turn) if mishap.serves else turn}
        # Reads, too: moto walks through the item that a write changes.
        dynamodb = {"update_item": turn, "get_item": turn}
        with ThreadPoolExecutor(mishap.company) as pool:
            for done in [pool.submit(self._archive, mishap, s3, dynamodb) for _ in range(mishap.company)]:
                done.result()

    def _archive(self, mishap: Mishap | None, s3: Mapping[str, Operation], dynamodb: Mapping[str, Operation]) -> None:
        """One run of the step; what leaves it as an exception is what the workflow catches, or the end of the process."""
        world = self.outside.world
        client: Any = Meddled(world.s3, **s3)
        table = world.videos_over(Meddled(world.dynamodb, **dynamodb))
        store, downloader = MediaBucket(client, world.bucket, sleep=world.clock.advance), Downloader(Guard(AddressRules.LOOPBACK), SIZE_CAP)
        seconds = RESERVE + (MOMENT if mishap and mishap.slow else AGES)
        event = Event(video_id=self.video_id, run=1)
        try:
            result = archive(event, videos=table, store=store, downloader=downloader, clock=world.clock, seconds_left=seconds)
        except (ClientError, BotoCoreError, Crash) as error:
            self.errors.append(type(error).__name__)
            return
        if result["next"] == "notify":
            self._tell(table)

    def _tell(self, videos: VideoTable) -> None:
        world = self.outside.world
        topic: Any = Topic(self.published)
        event = Event(video_id=self.video_id, run=1)
        notify(event, videos=videos, store=world.store, topic=topic, dispatch=world.dispatch(), clock=world.clock)

    def _retry(self) -> None:
        """The workflow's way back: Poll for a fresh link, then Archive, from a far end and a bucket that work."""
        fresh = self.outside.gallery.hang(self.video_id, self.mp4, answer())
        world, event = self.outside.world, Event(video_id=self.video_id, run=1)
        upstream: Any = Links(fresh)
        result = poll(event, videos=world.videos, upstream=upstream, clock=world.clock, grace=timedelta(minutes=4), count=lambda _: None)
        if result["next"] == "archive":
            self._archive(None, {}, {})
        elif result["next"] == "notify":
            self._tell(world.videos)
        self._tell(world.videos)  # a duplicate of the execution asks again, and has nothing to say

    # The judge

    def _judge_meanwhile(self, mishap: Mishap) -> None:
        found = self.outside.stored(self.key)
        self._expect(found in ([], [self.mp4]), "after the mishap, its name has held something else than the video, once")
        status = self.outside.world.read(self.video_id).status
        self._expect(status in (Status.ARCHIVING, Status.SUCCEEDED), f"after the mishap it is {status}")
        self._expect(status is Status.ARCHIVING or found != [], "it succeeded, and nothing is stored")
        self._expect(not mishap.serves or status is Status.SUCCEEDED, "the video was served whole, and not taken")

    def _judge_end(self) -> None:
        video = self.outside.world.read(self.video_id)
        true = (Status.SUCCEEDED, len(self.mp4), hashlib.sha256(self.mp4).hexdigest(), self.key)
        self._expect((video.status, video.bytes, video.sha256, video.object_key) == true, f"in the end it is {video.status}, not the video")
        self._expect(self.outside.stored(self.key) == [self.mp4], "in the end, its name has held something else than the video, once")
        self._expect(set(self.published) == {video.event_id}, f"{len(set(self.published))} events")
        self._expect(len(self.published) == 1 or (self.mishap or MISHAPS[0]).company > 1, "its event was published more than once")

    def _expect(self, holds: bool, wrong: str) -> None:
        if not holds:
            name = self.mishap.name if self.mishap else ""
            self.wrongs.append(f"--seed {self.seed} --only {self.number} ({name}): {wrong}")


@dataclass(frozen=True)
class Links:
    """An upstream that is done, and gives a link."""

    link: str

    def task(self, task_id: str) -> Task:
        return Task(Outcome.SUCCEEDED, video_url=self.link)


@dataclass(frozen=True)
class Topic:
    """Takes down the ids of what is published."""

    published: list[str]

    def publish(self, announcement: Any) -> None:
        self.published.append(json.loads(announcement.data)["id"])


def _meeting(together: Barrier, turn: Operation) -> Operation:
    """Whoever stores waits for the others, unless they were so slow that it is done already; the bucket takes one after the other."""

    def operation(real: Operation, **kwargs: Any) -> Any:
        with suppress(BrokenBarrierError):
            together.wait(timeout=AGES)
        return turn(real, **kwargs)

    return operation
