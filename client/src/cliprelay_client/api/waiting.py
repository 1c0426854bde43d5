"""Wait for one video by long polling, and for hundreds by lists of a hundred ids."""

from collections.abc import Generator, Sequence
from typing import Any

from cliprelay_client.api.core import Core
from cliprelay_client.api.errors import NotFound, ServerTooOld, StillRunning
from cliprelay_client.api.records import Shown, get, page, path
from cliprelay_client.api.steps import Pause, Show, Step
from cliprelay_client.api.video import VideoData, id_of

# The most that a server waits; it may be configured to wait less, or not at all.
LONG_POLL = 25
# Between two questions, if the server answers at once: like a person, impatient first.
FIRST_INTERVAL, GROWTH, LONGEST_INTERVAL = 1.0, 1.3, 10.0
# Of `ids` in one request.
IDS = 100
# A server without `ids` is asked for one video after the other, at most this many a second.
SINGLY_A_SECOND = 5


def wait(core: Core, video_id: str, timeout: float | None = None, longest_poll: int = LONG_POLL) -> Generator[Step, Any, Shown]:
    """Wait until a video is decided, and show it whenever it has been read."""
    end = None if timeout is None else core.clock() + timeout
    interval = FIRST_INTERVAL
    while True:
        asked = core.clock()
        left = longest_poll if end is None else max(0, min(longest_poll, int(end - asked)))
        shown = yield from get(core, video_id, left)
        yield Show(shown)
        video = VideoData(shown)
        if video.is_decided:
            return shown
        now = core.clock()
        if end is not None and now >= end:
            raise StillRunning(f"{video_id} is still {video.status}; it goes on, and waiting again costs nothing.", video)
        rest = interval - (now - asked)
        if rest > 0:
            yield Pause(rest if end is None else min(rest, max(0.0, end - now)))
        interval = min(interval * GROWTH, LONGEST_INTERVAL)


def wait_many(core: Core, video_ids: Sequence[str | VideoData], timeout: float | None = None) -> Generator[Step, Any, None]:
    """Show each video once, as soon as it is decided."""
    waiting = list(dict.fromkeys(map(id_of, video_ids)))
    for each in waiting:
        path(each)  # a wrong id is found before anything is asked
    end = None if timeout is None else core.clock() + timeout
    interval, can_list = FIRST_INTERVAL, True
    while waiting:
        asked = core.clock()
        if can_list:
            try:
                found = yield from _by_ids(core, waiting)
            except ServerTooOld:
                can_list = False
        if not can_list:
            found = yield from _singly(core, waiting)
        decided = [shown for shown in found if VideoData(shown).is_decided]
        for shown in decided:
            yield Show(shown)
        gone = {shown["id"] for shown in decided}
        waiting = [each for each in waiting if each not in gone]
        if not waiting:
            return
        now = core.clock()
        if end is not None and now >= end:
            raise StillRunning(f"{len(waiting)} videos are still on their way; they go on, and waiting again costs nothing.", None)
        interval = FIRST_INTERVAL if decided else min(interval * GROWTH, LONGEST_INTERVAL)
        least = interval if can_list else max(interval, len(waiting) / SINGLY_A_SECOND)
        yield Pause(max(0.0, least - (now - asked)))


def _by_ids(core: Core, ids: Sequence[str]) -> Generator[Step, Any, list[Shown]]:
    found: list[Shown] = []
    for start in range(0, len(ids), IDS):
        wanted = set(ids[start : start + IDS])
        parameters: dict[str, Any] | None = {"ids": ",".join(ids[start : start + IDS])}
        while parameters is not None:
            read = yield from page(core, parameters)
            found += read["data"]
            parameters = {**parameters, "after": read["next"]} if read.get("has_more") and read.get("next") else None
        missing = wanted - {shown["id"] for shown in found}
        for each in sorted(missing):
            # A list leaves out what was deleted, and what is not ours; asked alone, the server says which.
            shown = yield from _one(core, each)
            found.append(shown)
    return found


def _one(core: Core, video_id: str) -> Generator[Step, Any, Shown]:
    """Read a video; one that is gone must not end the waiting for the others."""
    try:
        shown: Shown = yield from get(core, video_id)
    except NotFound:
        error = {"code": "not_found", "message": "The server has no video with this id, or keeps it no longer."}
        return {"id": video_id, "status": "not_found", "error": error}
    return shown


def _singly(core: Core, ids: Sequence[str]) -> Generator[Step, Any, list[Shown]]:
    found = []
    for each in ids:
        shown = yield from _one(core, each)
        found.append(shown)
    return found
