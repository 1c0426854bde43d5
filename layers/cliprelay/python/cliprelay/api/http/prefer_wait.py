"""`Prefer: wait=N` (RFC 7240): poll a record for a while before answering."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.video.record import Video
from cliprelay.video.shown import has_ended, shown
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable

# The gateway gives up 30 s after a request has arrived, so the response must start earlier. `MaxWait` may lower this, not raise it.
LONGEST = 25
# A request that looks older than the gateway lets any become proves only that one of the two clocks is wrong.
GATEWAY_SECONDS = 30
# Watching costs one strongly consistent read per second.
PAUSE = 1.0

_WAIT = re.compile(r"(?:^|[,;])[ \t]*wait[ \t]*=[ \t]*\"?([0-9]+)\"?[ \t]*(?:$|[,;])", re.IGNORECASE)


def asked_wait(prefer: str | None, longest: int = LONGEST) -> int | None:
    """Parse the wait of a Prefer header, in seconds from 0 to `longest`; None without a valid one."""
    match = _WAIT.search(prefer or "")
    return max(0, min(int(match[1].lstrip("0")[:9] or 0), longest, LONGEST)) if match else None


def seconds_since_arrival(event: Mapping[str, Any], now: datetime) -> float:
    """Return how long ago the gateway received a request: queueing and a cold start count; 0 if the clocks cannot tell.

    `timeEpoch` is in milliseconds: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    arrived = event["requestContext"].get("timeEpoch")
    if isinstance(arrived, bool) or not isinstance(arrived, int | float):
        return 0.0
    age = now.timestamp() - arrived / 1000
    return age if 0 <= age <= GATEWAY_SECONDS else 0.0


def is_submitted(video: Video) -> bool:
    """Report whether the paid call is over, which a waiting POST waits for."""
    return shown(video) not in (Status.QUEUED, Status.SUBMITTING)


def is_settled(video: Video) -> bool:
    """Report whether the video has ended, and its poster is no longer due, which a waiting GET waits for."""
    return has_ended(video) and not video.awaits_poster


def watch(
    video: Video,
    enough: Callable[[Video], bool],
    until: float,
    *,
    videos: VideoTable,
    seconds: Callable[[], float],
    sleep: Callable[[float], None],
) -> Video:
    """Poll the video until `enough`, or until `seconds` reads `until`; a failed read ends the wait, not the request."""
    with suppress(ClientError, BotoCoreError):
        while not enough(video) and (left := until - seconds()) > 0:
            sleep(min(PAUSE, left))
            video = videos.get(video.id) or video
    return video
