"""`Prefer: wait=N` (RFC 7240): poll a record for a while before answering."""

import re
from collections.abc import Callable
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable

# The gateway gives up after 30 s, so the response must start earlier.
LONGEST = 25
# Watching costs one strongly consistent read per second.
PAUSE = 1.0

_WAIT = re.compile(r"(?:^|[,;])[ \t]*wait[ \t]*=[ \t]*\"?([0-9]+)\"?[ \t]*(?:$|[,;])", re.IGNORECASE)


def asked_wait(prefer: str | None) -> int | None:
    """Parse the wait of a Prefer header, in seconds from 0 to LONGEST; None without a valid one."""
    match = _WAIT.search(prefer or "")
    return min(int(match[1].lstrip("0")[:9] or 0), LONGEST) if match else None


def is_submitted(video: Video) -> bool:
    """Report whether the paid call is over, which a waiting POST waits for."""
    return video.status not in (Status.QUEUED, Status.SUBMITTING)


def is_settled(video: Video) -> bool:
    """Report whether the video has ended, which a waiting GET waits for."""
    return video.is_over


def watch(
    video: Video,
    enough: Callable[[Video], bool],
    wait: int | None,
    *,
    videos: VideoTable,
    seconds: Callable[[], float],
    sleep: Callable[[float], None],
) -> Video:
    """Poll the video until `enough` or for `wait` seconds; a failed read ends the wait, not the request."""
    until = seconds() + (wait or 0)
    with suppress(ClientError, BotoCoreError):
        while not enough(video) and (left := until - seconds()) > 0:
            sleep(min(PAUSE, left))
            video = videos.get(video.id) or video
    return video
