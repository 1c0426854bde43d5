"""Record a checked order and start its execution: the only path from the API to a new video."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.aws.table import Contended
from cliprelay.errors import FieldComplaint, Refusal, StoreUncertain, invalid_request
from cliprelay.images.uploads import InputCopy, StoredUpload, is_gone
from cliprelay.media.bucket import MediaBucket
from cliprelay.orders.draft import Sent, StoredInput, draft_of
from cliprelay.orders.fingerprint import fingerprint, picture_of
from cliprelay.orders.image_check import Image, Inspected, Inspector
from cliprelay.orders.invalid_order import InvalidOrder
from cliprelay.orders.max_cost import complaints_of_cost, least_of, most_of
from cliprelay.orders.not_before import is_ahead, not_before_complaints
from cliprelay.orders.origin import Origin
from cliprelay.orders.queue_room import QueueRoom
from cliprelay.orders.refusals import busy, queue_full, reused, uncertain
from cliprelay.tenants.api_keys import Identity
from cliprelay.tenants.budgets import BudgetTable, InForce, fit
from cliprelay.video.executions import Executions
from cliprelay.video.idempotency import Intent, IntentTaken, body_hash, intent_id, key_complaints
from cliprelay.video.record import ImageSource, Video
from cliprelay.video.repeats import RepeatFound, RepeatTable, Try, register_id
from cliprelay.video.table import BudgetChanged, VideoTable
from cliprelay.webhooks.validation import WebhookValidator

if TYPE_CHECKING:
    from cliprelay.orders.order import Order

logger = logging.getLogger("cliprelay.api")

# How often an order is tried while others change its budgets: only those meet that cross a threshold, or begin a period, together.
RESERVED = 8
# How often an order is tried while equal ones are recorded: each time at least one of them is.
TRIED = 60


@dataclass(frozen=True)
class Intake:
    """Records orders; each tenant may have `queue_limit` videos waiting to be submitted."""

    videos: VideoTable
    store: MediaBucket
    executions: Executions
    inspector: Inspector
    clock: Callable[[], datetime]
    queue_limit: int
    webhooks: WebhookValidator
    budgets: BudgetTable
    repeats: RepeatTable
    repeat_window: int = 0  # seconds in which an equal order without a key, through a foreign API, is the same video

    @cached_property
    def _room(self) -> QueueRoom:
        return QueueRoom(self.queue_limit)

    def accept(
        self,
        order: "Order | InvalidOrder",
        *,
        identity: Identity,
        key: str | None,
        body: str | bytes,
        base_url: str,
        known: Sequence[FieldComplaint] = (),
        origin: Origin | None = None,
    ) -> tuple[Video, bool]:
        """Record the video of this intent; return it and whether it already existed.

        Raises Refusal, also for complaints already `known` about the rest of the request. `origin`: it came through a foreign API.
        """
        known, tenant = [*known, *key_complaints(key)], identity.tenant
        if isinstance(order, InvalidOrder):
            raise self._refusal(order, tenant, known)
        if known:
            self.examine(order, tenant, known)  # raises, with the complaints about the order as well
        intent = intent_id(tenant, key) if key else None
        if video := self._recorded(intent, body, order, tenant):
            return video, True
        attempt = self._try(order, origin, identity, body) if origin and intent is None else None
        if attempt and (video := self._repeated(attempt)):
            return video, True
        if not is_ahead(order.not_before, self.clock()) and self._room.is_full(tenant, self.clock(), self.videos.count_queued):
            raise queue_full(self.queue_limit)
        inspected = self.examine(order, tenant)
        price = most_of(order)
        try:
            budgets = self._budgets(identity, price)
        except Refusal:
            # The same order may have been recorded meanwhile, with what was left.
            video = self._repeated(attempt) if attempt else self._recorded(intent, body, order, tenant)
            if video:
                return video, True
            raise
        images = {role: self._store_image(image, tenant) for role, image in inspected.images.items()}
        sent, now = Sent(identity, intent, base_url, origin), self.clock()
        draft = draft_of(order, inspected, images, sent, price=price, window=self.repeat_window, now=now)
        if attempt:
            return self._accept_try(draft, attempt, budgets)
        same = fingerprint(order, {role: image.picture for role, image in images.items()})
        return self._accept_draft(draft, Intent(intent, draft.id, body_hash(body), same) if intent else None, budgets, body, same)

    # Orders without a key through foreign APIs

    def _try(self, order: "Order", origin: Origin, identity: Identity, body: str | bytes) -> Try | None:
        """Return what a request without a key may be another try of; None if nothing marks its repeats."""
        if origin.number is None and not self.repeat_window:
            return None
        same = self._fingerprint(order, identity.tenant) if origin.compares_fields else body_hash(body)
        register = register_id(identity.tenant, identity.key_name, origin.face, same)
        return Try(register, origin.request, origin.number, origin.arrived, self.repeat_window)

    def _repeated(self, attempt: Try) -> Video | None:
        """Return the video that a request asks for again, once it is noted that it has taken it."""
        for _ in range(TRIED):
            register = self.repeats.read(attempt.register)
            found = register.find(attempt)
            if found is None:
                return None
            if self.repeats.take(register, attempt, found):
                return self._again(found.video_id)
        raise busy()

    def _accept_try(self, draft: Video, attempt: Try, budgets: list[InForce]) -> tuple[Video, bool]:
        """Record a draft unless a try of the same order is recorded first, whose video is returned then."""
        refusal = busy()
        for number in range(TRIED):
            register = self.repeats.read(attempt.register)
            if register.find(attempt) is not None:
                break
            try:
                return self._begin(self._record(draft, None, budgets, self.repeats.part(register, attempt, draft.id), number)), False
            except RepeatFound:
                continue
            except StoreUncertain:
                raise uncertain(draft) from None
            except Refusal as error:
                refusal = error
                break
        self._drop_images(draft)
        # What was left of a budget may have gone to another try of this order.
        video = self._repeated(attempt)
        if video is None:
            raise refusal
        return video, True

    # Recording

    def _accept_draft(
        self, draft: Video, intent: Intent | None, budgets: list[InForce], body: str | bytes, same: str
    ) -> tuple[Video, bool]:
        """Record a draft and start it; return the video that its key has recorded first, and that it existed, if there is one."""
        try:
            video = self._record(draft, intent, budgets)
        except IntentTaken:
            return self._lose(draft, body, same), True
        except StoreUncertain:
            raise uncertain(draft) from None
        except Refusal as refusal:
            return self._lose(draft, body, same, refusal), True
        return self._begin(video), False

    def _begin(self, video: Video) -> Video:
        """Start a video that has been recorded."""
        if not is_ahead(video.not_before, self.clock()):
            self._room.note_accepted(video.tenant)
        self.start(video.id, video.run)
        return video

    def _budgets(self, identity: Identity, price: int) -> list[InForce]:
        """Read the budgets that an order touches; raises Refusal if it does not fit, before its images are stored."""
        budgets = self.budgets.in_force(identity.tenant, identity.key_name) if identity.has_budget else []
        self.budgets.reserve(budgets, price, self.clock())
        return budgets

    def _record(
        self, draft: Video, intent: Intent | None, budgets: list[InForce], repeat: dict[str, Any] | None = None, number: int = 0
    ) -> Video:
        """Record a video and reserve its price, again with what the budgets are by now if they have changed since they were read.

        Raises IntentTaken, RepeatFound or StoreUncertain, and Refusal if it no longer fits, or if the items of its tenant stay busy.
        """
        for attempt in range(number * RESERVED, (number + 1) * RESERVED):
            now = self.clock()
            reservation = self.budgets.reserve(budgets, draft.reserved or 0, now)
            video = replace(draft, budgets=reservation.budgets) if reservation.budgets else draft
            try:
                self.videos.accept(video, intent, now, reservation.parts, repeat=repeat, attempt=attempt)
                return video
            except BudgetChanged:
                budgets = self.budgets.in_force(draft.tenant, draft.key_name)
            except Contended:
                break
        raise busy()

    def fit(self, order: "Order", identity: Identity) -> dict[str, Any] | None:
        """Say whether an order would fit into the budgets that it touches; None if it touches none."""
        budgets = self.budgets.in_force(identity.tenant, identity.key_name) if identity.has_budget else []
        return fit(budgets, most_of(order), self.clock())

    def examine(self, order: "Order | InvalidOrder", tenant: str, known: Sequence[FieldComplaint] = ()) -> Inspected:
        """Check the webhook and the images of an order; raises Refusal with every complaint."""
        if isinstance(order, InvalidOrder):
            raise self._refusal(order, tenant, known)
        webhook = self.webhooks.complaints(tenant, order.webhook_url, order.webhook_events)
        begin = not_before_complaints(order.not_before, self.clock())
        # What is dear whatever its shape needs no image to be refused, and the rest is judged by the shape that the image gives it.
        inspected = self.inspector.look(order, tenant, [*known, *webhook, *begin, *complaints_of_cost(order, least_of)])
        if dear := complaints_of_cost(order, most_of):
            raise invalid_request(dear)
        return inspected

    def _refusal(self, order: InvalidOrder, tenant: str, known: Sequence[FieldComplaint]) -> Refusal:
        return invalid_request([*known, *order.complaints, *self._further_complaints(order, tenant)])

    def _further_complaints(self, order: InvalidOrder, tenant: str) -> list[FieldComplaint]:
        """Check the webhook and the uploads of an invalid order, without fetching any URL."""
        if order.model is None:
            return []
        complaints: list[FieldComplaint] = []
        if "not_before" not in order.refused:
            complaints += not_before_complaints(order.valid.get("not_before"), self.clock())
        with suppress(ClientError, BotoCoreError):  # the order is refused either way
            if not order.refused & {"webhook_url", "webhook_events"}:
                complaints += self.webhooks.complaints(tenant, order.valid.get("webhook_url"), order.valid.get("webhook_events"))
            complaints += self.inspector.complaints_of_uploads(order.valid, order.model, tenant)
        return complaints

    def _store_image(self, image: Image, tenant: str) -> StoredInput:
        if isinstance(image, StoredUpload):
            copy = self._copy_upload(image, tenant)
            return StoredInput(ImageSource(key=copy.key, content_type=image.content_type), {"sha256": copy.sha256})
        picture = picture_of(image, self.inspector.uploads)
        if isinstance(image, str):
            return StoredInput(ImageSource(url=image), picture)
        key = self.store.put_input(tenant, image.data, image.content_type)
        return StoredInput(ImageSource(key=key, content_type=image.content_type), picture)

    def _copy_upload(self, upload: StoredUpload, tenant: str) -> InputCopy:
        with _unchanged():
            return self.inspector.uploads.copy_to_inputs(tenant, upload)

    def _fingerprint(self, order: "Order", tenant: str) -> str:
        """Return the fingerprint of an order that is not recorded; raises Refusal if an upload is missing or changes meanwhile."""
        found = self.inspector.find(order, tenant)
        with _unchanged():
            return fingerprint(order, {role: picture_of(image, self.inspector.uploads) for role, image in found.items()})

    def _lose(self, draft: Video, body: str | bytes, same: str, refusal: Refusal | None = None) -> Video:
        """Delete this draft's images and return the video that the same key recorded first; raises the refusal if it recorded none."""
        self._drop_images(draft)
        winner = self.videos.intent(draft.intent, self.clock()) if draft.intent else None
        if winner is None:
            raise refusal or uncertain(draft)
        return self._replay(winner, body, lambda: same)

    def _drop_images(self, draft: Video) -> None:
        for image in (draft.image, draft.last_image):
            if image and image.key:
                with suppress(ClientError, BotoCoreError):  # otherwise the bucket's lifecycle deletes it
                    self.store.delete_input(image.key)

    def _recorded(self, intent_id: str | None, body: str | bytes, order: "Order", tenant: str) -> Video | None:
        """Return the video that this key has recorded already."""
        recorded = self.videos.intent(intent_id, self.clock()) if intent_id else None
        return self._replay(recorded, body, lambda: self._fingerprint(order, tenant)) if recorded else None

    def _replay(self, intent: Intent, body: str | bytes, fingerprint_of_order: Callable[[], str]) -> Video:
        """Return the video of an intent for the same body or the same order; the body is compared first, because it needs no S3."""
        if intent.body_sha256 != body_hash(body) and (intent.order_sha256 is None or intent.order_sha256 != fingerprint_of_order()):
            raise reused(intent)
        return self._again(intent.video_id)

    def _again(self, video_id: str) -> Video:
        """Return a video that was recorded before, and start it if that failed then."""
        video = self.videos.get(video_id)
        if video is None:
            raise Refusal("unavailable", "The video of this order cannot be read at the moment.", retry_after=5)
        if not video.is_over:
            self.start(video.id, video.run)
        return video

    def start(self, video_id: str, run: int) -> None:
        """Start the execution of a run; a failure is only logged, because the sweep will start it."""
        try:
            self.executions.start(video_id, run)
        except (ClientError, BotoCoreError) as error:
            logger.warning("execution not started", extra={"video_id": video_id, "error_type": type(error).__name__})


@contextmanager
def _unchanged() -> Iterator[None]:
    """Refuse the order if S3 reports that an upload is gone or has changed since it was found."""
    try:
        yield
    except ClientError as error:
        if is_gone(error):
            detail = "An upload changed while this request was being read; nothing was recorded. Send the request again."
            raise Refusal("upload_changed", detail) from None
        raise
