"""The endpoints to order, list and read videos, and to get their files."""

import logging
from functools import cache
from typing import TYPE_CHECKING

from cliprelay.api.http.answers import PRIVATE, Answer, json_answer
from cliprelay.api.http.bodies import body_of
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.prefer_wait import is_settled, is_submitted
from cliprelay.api.http.problems import with_accepted
from cliprelay.api.http.query import OneOf, Parameter
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services
from cliprelay.api.v1.order_reader import OrderReader
from cliprelay.api.v1.video_lists import PARAMETERS, page_of
from cliprelay.errors import Refusal
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.view import URL_SECONDS
from cliprelay.workflow.cancellation import AlreadyEnded, Busy, cancel

if TYPE_CHECKING:
    from cliprelay.api.v1.schemas.videos import CancelOrder

logger = logging.getLogger("cliprelay.api")

CONTENT: dict[str, Parameter] = {"variant": OneOf(("video", "poster"))}


def add_videos(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    """Register the endpoints to order and list videos."""

    @app.endpoint("POST", "/v1/videos", body=read_order, lists_complaints=True)
    def create_video(asking: Request) -> Answer:
        key = asking.header("idempotency-key")
        _check_single(key)
        base_url = api.public_base_url or f"https://{asking.domain}"
        video, replayed = api.intake.accept(
            asking.body, identity=asking.identity, key=key, body=asking.raw, base_url=base_url, known=with_accepted(asking.complaints)
        )
        logger.info("replayed" if replayed else "recorded", extra={"video_id": video.id, "tenant": video.tenant})
        wait = api.asked_wait(asking.header("prefer"))
        video = api.wait_for(video, is_submitted, wait, asking.arrived)
        replay = {"Idempotency-Replayed": "true"} if replayed else {}
        return api.answer(video, 200 if replayed else 202, wait, Location=f"{base_url}/v1/videos/{video.id}", **replay)

    @app.endpoint("GET", "/v1/videos", query=PARAMETERS)
    def list_videos(asking: Request) -> Answer:
        return json_answer(page_of(api, asking.tenant, asking.query))


def add_cancel(app: Endpoints, api: Services) -> None:
    """Register the endpoint to cancel a video."""

    @cache
    def body() -> "type[CancelOrder]":
        from cliprelay.api.v1.schemas.videos import CancelOrder

        return CancelOrder

    @app.endpoint("POST", "/v1/videos/<video_id>/cancel", body=body_of(body), needs_body=False)
    def cancel_video(asking: Request) -> Answer:
        order: CancelOrder = asking.body
        video = api.find(asking.path["video_id"], asking.tenant)
        try:
            video = cancel(api.videos, video, api.clock(), discard=order.discard, start=api.intake.start)
        except AlreadyEnded as refusal:
            raise _ended(refusal.video) from None
        except Busy:
            raise Refusal("unavailable", "The video keeps changing its state; try again.", retry_after=1) from None
        logger.info("canceled", extra={"video_id": video.id, "tenant": video.tenant, "status": video.status.value})
        return api.answer(video, 200, None)


def _ended(video: Video) -> Refusal:
    status = shown(video).value
    has_file = " Its file was stored before." if video.cancel_requested_at and video.object_key else ""
    return Refusal("already_ended", f"The video is {status}: it has ended.{has_file}", video_status=status)


def _check_single(key: str | None) -> None:
    # The gateway joins repeated headers with a comma; one of the two keys may already have paid.
    if key is not None and "," in key:
        detail = "The Idempotency-Key has a comma, which is what two such headers look like. Send one, without a comma."
        raise Refusal("ambiguous_idempotency_key", detail)


def object_of(video: Video, variant: str | None) -> str:
    """Return the key of a stored video's file, or of its poster; raises Refusal if it has none."""
    if variant != "poster":
        return video.object_key or ""
    if video.poster is None:
        if video.awaits_poster:
            raise Refusal("not_ready", "The poster is being made; ask again in a minute.", video_status=video.status.value)
        raise Refusal("not_found", "The video has no poster.")
    return video.poster.key


def add_reading(app: Endpoints, api: Services) -> None:
    """Register the endpoints to read a video and its file."""

    @app.endpoint("GET", "/v1/videos/<video_id>")
    def get_video(asking: Request) -> Answer:
        wait = api.asked_wait(asking.header("prefer"))
        video = api.wait_for(api.find(asking.path["video_id"], asking.tenant), is_settled, wait, asking.arrived)
        return api.answer(video, 200, wait)

    @app.endpoint("DELETE", "/v1/videos/<video_id>")
    def delete_video(asking: Request) -> Answer:
        video = api.delete(api.find(asking.path["video_id"], asking.tenant).id)
        logger.info("deleted", extra={"video_id": video.id, "tenant": video.tenant})
        return api.answer(video, 200, None)

    def redirect(asking: Request, method: str) -> Answer:
        video = api.find_whole(asking.path["video_id"], asking.tenant)
        if video.object_key is None:
            raise Refusal("not_ready", f"The video is {shown(video).value}; it has no file.", video_status=shown(video).value)
        url = api.store.presign(object_of(video, asking.query.get("variant")), seconds=URL_SECONDS, method=method)
        return Answer(302, {"Location": url, **PRIVATE})

    @app.endpoint("GET", "/v1/videos/<video_id>/content", query=CONTENT)
    def get_content(asking: Request) -> Answer:
        return redirect(asking, "GET")

    @app.endpoint("HEAD", "/v1/videos/<video_id>/content", query=CONTENT)
    def head_content(asking: Request) -> Answer:
        return redirect(asking, "HEAD")
