"""Delete an ended video: the record first, by one conditional write; the sweep then deletes the objects until they are gone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cliprelay.media.bucket import MediaBucket
from cliprelay.video.record import Video
from cliprelay.video.table import VideoTable, Written
from cliprelay.webhooks.delivery import delivery_id
from cliprelay.webhooks.table import DeliveryTable

# Links can be renewed and a failed video delivered meanwhile, each of which changes the record once.
_TRIES = 5


class NotEnded(Exception):
    """The video has not ended, so it cannot be deleted."""

    def __init__(self, video: Video) -> None:
        super().__init__(video.id)
        self.video = video


class KeepsChanging(Exception):
    """Others changed the record at every try; nothing was deleted."""


@dataclass(frozen=True)
class Deletion:
    """Deletes records; the sweep has `Eraser` for the objects."""

    videos: VideoTable
    deliveries: DeliveryTable
    clock: Callable[[], datetime]

    def delete(self, video_id: str) -> Written | None:
        """Delete a video; return its record and whether this call deleted it. Idempotent; None if there is no such video.

        Raises NotEnded.
        """
        for _ in range(_TRIES):
            written = self.videos.delete(video_id, self.clock(), self._keeps_address)
            if written is None:
                return None
            if written.video.deleted_at:
                return written
            if not written.video.is_over:
                raise NotEnded(written.video)
        raise KeepsChanging(video_id)

    def _keeps_address(self, video: Video) -> bool:
        return keeps_address(video, self.deliveries)


@dataclass(frozen=True)
class Eraser:
    """Deletes the objects of deleted videos, for the sweep."""

    videos: VideoTable
    deliveries: DeliveryTable
    store: MediaBucket
    clock: Callable[[], datetime]

    def erase(self, video: Video) -> Video:
        """Delete what the bucket has of a deleted video, if it is time to; return the record as it is then."""
        now = self.clock()
        if video.erase_at is None or video.erase_at > now.timestamp():
            return self.videos.defer_erasure(video).video
        self.store.delete_all(video.tenant, video.id, video.erase_inputs)
        return self.videos.note_erased(video, now, keeps_address=keeps_address(video, self.deliveries)).video


def keeps_address(video: Video, deliveries: DeliveryTable) -> bool:
    """Return whether an event is still to be sent to the address that the request named."""
    if video.webhook_url is None or video.must_be_announced:
        return video.webhook_url is not None
    # The index lags, so the first delivery of the end is read as well.
    first = deliveries.get(delivery_id(video.event_id or "", 1))
    return bool(first and first.is_pending) or any(each.is_pending for each in deliveries.of_video(video.id))
