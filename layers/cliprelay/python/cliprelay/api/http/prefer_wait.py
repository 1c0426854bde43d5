"""`Prefer: wait=N` (RFC 7240): watching a record for a while before answering."""

import re
from collections.abc import Callable
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable

# The gateway gives up after 30 s, so an answer has to be under way before.
LONGEST = 25
# One strongly consistent read a second is what watching costs.
PAUSE = 1.0

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d+)\"?\s*(?:$|[,;])", re.IGNORECASE)


def asked_wait(prefer: str | None) -> int | None:
    """The seconds that a Prefer header asks for, clamped to 0 to LONGEST; None when it asks for none that can be read."""
    match = _WAIT.search(prefer or "")
    return min(int(match[1].lstrip("0")[:9] or 0), LONGEST) if match else None


def is_submitted(video: Video) -> bool:
    """What a waiting POST waits for: the paid call is over."""
    return video.status not in (Status.QUEUED, Status.SUBMITTING)


def is_settled(video: Video) -> bool:
    """What a waiting GET waits for: an ending."""
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
    """The video once `enough`, or as it is after `wait` seconds; a read that fails ends the watching, not the request."""
    until = seconds() + (wait or 0)
    with suppress(ClientError, BotoCoreError):
        while not enough(video) and (left := until - seconds()) > 0:
            sleep(min(PAUSE, left))
            video = videos.get(video.id) or video
    return video
