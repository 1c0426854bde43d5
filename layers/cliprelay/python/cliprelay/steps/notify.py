"""Notify: publish the event of an ended or unconfirmed video and start its webhook deliveries."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from cliprelay.media.bucket import MediaBucket
from cliprelay.notifications.message import announce
from cliprelay.notifications.topic import EventsTopic
from cliprelay.video.record import Video, iso
from cliprelay.video.shown import event_status
from cliprelay.video.table import VideoTable
from cliprelay.webhooks.dispatch import Dispatch
from cliprelay.workflow.contract import Event, Result, carry_on, result, stale

logger = logging.getLogger("cliprelay.notify")

# A presigned URL expires with the credentials that signed it, and those of a function may expire soon: ask for an hour at most.
LINK_SECONDS = 3_600


def notify(
    event: Event, *, videos: VideoTable, store: MediaBucket, topic: EventsTopic, dispatch: Dispatch, clock: Callable[[], datetime]
) -> Result:
    """Publish the event of the present state, at least once and always under the same id."""
    video = videos.get(event["video_id"])
    if video is None or video.run != event["run"]:
        return stale(event)
    if not video.must_be_announced:
        return carry_on(video)
    if video.is_silent:
        videos.mark_notified(video)
        return result(video, "done")
    if video.poster_due:
        video = videos.give_up_poster(video).video
    topic.publish(announce(video, **_link(video, store, clock())))
    dispatch.first(video)
    videos.mark_notified(video)
    # The dashboard counts these lines by status, and shows the age: seconds from acceptance to the event.
    logger.info("told", extra={"video_id": video.id, "event_id": video.event_id, "status": event_status(video).value, "age": _age(video)})
    return result(video, "done")


def _age(video: Video) -> int:
    begin, end = (datetime.fromisoformat(moment) for moment in (video.created_at, video.event_at or video.updated_at))
    return int((end - begin).total_seconds())


def _link(video: Video, store: MediaBucket, now: datetime) -> dict[str, str | None]:
    if video.object_key is None:
        return {"url": None, "url_expires_at": None}
    url = store.presign(video.object_key, seconds=LINK_SECONDS)
    return {"url": url, "url_expires_at": iso(now + timedelta(seconds=LINK_SECONDS))}
