"""What every route shares: its services, and the answer that shows a video."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.pagination import is_visible
from cliprelay.api.http.prefer_wait import LONGEST, asked_wait, watch
from cliprelay.api.http.request import Request
from cliprelay.catalog.registry import Offer
from cliprelay.errors import FieldComplaint, Refusal
from cliprelay.images.uploads import UploadStore
from cliprelay.media.bucket import MediaBucket
from cliprelay.net.urls import CLOUD, Limits
from cliprelay.orders.intake import Intake
from cliprelay.orders.origin import Origin
from cliprelay.tenants.api_keys import Identity
from cliprelay.tenants.usage import UsageTable
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.table import VideoTable
from cliprelay.video.view import show
from cliprelay.webhooks.dispatch import Dispatch
from cliprelay.webhooks.settings import WebhookSettingsTable
from cliprelay.workflow.cancellation import AlreadyEnded, AlreadySubmitted, Busy, cancel
from cliprelay.workflow.deletion import Deletion, KeepsChanging, NotEnded

if TYPE_CHECKING:
    from cliprelay.orders.invalid_order import InvalidOrder
    from cliprelay.orders.order import Order
    from cliprelay.webhooks.secrets import WebhookKeys
    from cliprelay.webhooks.sender import WebhookSender

logger = logging.getLogger("cliprelay.api")

# DynamoDB rejects keys over 2,048 bytes, so other ids are never looked up.
VIDEO_ID = re.compile(r"vid_[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True)
class Services:
    """The services that routes use; `seconds` and `sleep` are the monotonic clock of `Prefer: wait`."""

    videos: VideoTable
    store: MediaBucket
    uploads: UploadStore
    intake: Intake
    identify: Callable[[str], Identity | None]
    clock: Callable[[], datetime]
    seconds: Callable[[], float]
    sleep: Callable[[float], None]
    public_base_url: str
    dispatch: Dispatch
    webhook_settings: WebhookSettingsTable
    usage: UsageTable
    webhook_keys: Callable[[], "WebhookKeys"]  # built when first needed
    webhook_sender: Callable[[], "WebhookSender"]  # likewise
    offer: Offer = field(default_factory=lambda: Offer.of(""))
    addresses: Limits = CLOUD
    max_wait: int = LONGEST
    serve_docs: bool = True
    aliases: Mapping[str, str] = field(default_factory=dict)  # other names of models, as the owner has set them
    link_pages: bool = False
    serve_console: bool = True

    def find(self, video_id: str, tenant: str) -> Video:
        """Find a tenant's own video; raises the same `not_found` for unknown ids and other tenants' videos."""
        video = self.videos.get(video_id) if VIDEO_ID.fullmatch(video_id) else None
        if video is None or not is_visible(video, tenant, self.clock()):
            raise Refusal("not_found", "There is no video with this id.")
        return video

    def find_whole(self, video_id: str, tenant: str) -> Video:
        """Find a tenant's own video that has not been deleted; raises `not_found` and `deleted`."""
        video = self.find(video_id, tenant)
        if video.deleted_at:
            raise was_deleted(video)
        return video

    def base_url(self, asking: Request) -> str:
        """Return the URL of the API, without a slash at its end."""
        return self.public_base_url or f"https://{asking.domain}"

    def accept(
        self,
        asking: Request,
        order: "Order | InvalidOrder",
        *,
        known: Sequence[FieldComplaint] = (),
        origin: Origin | None = None,
        sent: bytes | None = None,
    ) -> tuple[Video, bool]:
        """Record an order; return its video, and whether that existed already. Raises Refusal.

        `sent` is all that the order was read from, if that is not the body alone.
        """
        key = asking.header("idempotency-key")
        _check_single(key)
        video, replayed = self.intake.accept(
            order,
            identity=asking.identity,
            key=key,
            body=sent if sent is not None else asking.text or asking.raw,
            base_url=self.base_url(asking),
            known=known,
            origin=origin,
        )
        logger.info("replayed" if replayed else "recorded", extra={"video_id": video.id, "tenant": video.tenant})
        return video, replayed

    def cancel(self, video: Video, *, discard: bool = False, only_unpaid: bool = False) -> Video:
        """Cancel a video that `find` has found; raises `already_ended`, and `not_ended` for what may be paid if `only_unpaid`."""
        try:
            video = cancel(self.videos, video, self.clock(), discard=discard, only_unpaid=only_unpaid, start=self.intake.start)
        except AlreadyEnded as refusal:
            raise _ended(refusal.video) from None
        except AlreadySubmitted as refusal:
            raise _not_ended(refusal.video) from None
        except Busy:
            raise Refusal("unavailable", "The video keeps changing its state; try again.", retry_after=1) from None
        logger.info("canceled", extra={"video_id": video.id, "tenant": video.tenant, "status": video.status.value})
        return video

    def asked_wait(self, prefer: str | None) -> int | None:
        """Parse the wait of a Prefer header, in seconds that this deployment allows; None without a valid one."""
        return asked_wait(prefer, self.max_wait)

    def wait_for(self, video: Video, enough: Callable[[Video], bool], wait: int | None, arrived: float) -> Video:
        """Poll a video until `enough`, or until `wait` seconds after the request's arrival."""
        return watch(video, enough, arrived + (wait or 0), videos=self.videos, seconds=self.seconds, sleep=self.sleep)

    def delete(self, video_id: str) -> Video:
        """Delete an ended video that `find` has found; raises `not_ended`."""
        try:
            done = Deletion(self.videos, self.dispatch.deliveries, self.clock).delete(video_id)
        except NotEnded as refusal:
            raise _not_ended(refusal.video) from None
        except KeepsChanging:
            raise Refusal("unavailable", "Others are changing this video; it was not deleted. Try again.", retry_after=1) from None
        if done is None:
            raise Refusal("not_found", "There is no video with this id.")
        return done.video

    def answer(self, video: Video, status: int, wait: int | None, **headers: str) -> Answer:
        """Build the response that shows a video."""
        applied = {} if wait is None else {"Preference-Applied": f"wait={wait}"}
        return json_answer(show(video, self.store, self.clock()), status, **applied, **headers)


def _check_single(key: str | None) -> None:
    # The gateway joins repeated headers with a comma; one of the two keys may already have paid.
    if key is not None and "," in key:
        detail = "The Idempotency-Key has a comma, which is what two such headers look like. Send one, without a comma."
        raise Refusal("ambiguous_idempotency_key", detail)


def _ended(video: Video) -> Refusal:
    status = shown(video).value
    has_file = " Its file was stored before." if video.cancel_requested_at and video.object_key else ""
    return Refusal("already_ended", f"The video is {status}: it has ended.{has_file}", video_status=status)


def was_deleted(video: Video) -> Refusal:
    """Build the refusal for what a deleted video no longer has."""
    return Refusal("deleted", f"The video was deleted at {video.deleted_at}.", deleted_at=video.deleted_at or "")


def _not_ended(video: Video) -> Refusal:
    cancel = f"POST /v1/videos/{video.id}/cancel"
    detail = f"The video is {video.status.value}; only an ended one can be deleted. End it with {cancel}, or wait for its end."
    return Refusal("not_ended", detail, video_status=video.status.value, cancel=cancel)
