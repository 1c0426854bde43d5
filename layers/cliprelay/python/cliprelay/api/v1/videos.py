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
from cliprelay.api.v1.video_lists import PARAMETERS, page_of
from cliprelay.errors import Refusal
from cliprelay.orders.reader import OrderReader
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.view import URL_SECONDS

if TYPE_CHECKING:
    from cliprelay.api.v1.schemas.videos import CancelOrder

logger = logging.getLogger("cliprelay.api")

CONTENT: dict[str, Parameter] = {"variant": OneOf(("video", "poster"))}


def add_videos(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    """Register the endpoints to order and list videos."""

    @app.endpoint("POST", "/v1/videos", body=read_order, lists_complaints=True)
    def create_video(asking: Request) -> Answer:
        video, replayed = api.accept(asking, asking.body, known=with_accepted(asking.complaints))
        wait = api.asked_wait(asking.header("prefer"))
        video = api.wait_for(video, is_submitted, wait, asking.arrived)
        replay = {"Idempotency-Replayed": "true"} if replayed else {}
        return api.answer(video, 200 if replayed else 202, wait, Location=f"{api.base_url(asking)}/v1/videos/{video.id}", **replay)

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
        video = api.cancel(api.find(asking.path["video_id"], asking.tenant), discard=order.discard)
        return api.answer(video, 200, None)


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
