"""The endpoints to order, list and read videos, and to get their files."""

import logging
import math
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.http.pagination import collect, fitting
from cliprelay.api.http.prefer_wait import asked_wait, is_settled, is_submitted
from cliprelay.api.http.problems import with_accepted
from cliprelay.api.openapi.resolver import header, leads, refusals, shows
from cliprelay.api.services import PRIVATE, Services, VideoId, admitted, json_answer
from cliprelay.api.v1.order_body import OrderBody
from cliprelay.api.v1.schemas.videos import VideoAnswer, VideoList
from cliprelay.errors import Refusal
from cliprelay.orders.order import Order
from cliprelay.orders.parser import InvalidOrder
from cliprelay.video.idempotency import KEY_FORM, LONGEST_KEY
from cliprelay.video.states import Status
from cliprelay.video.view import URL_SECONDS, show

logger = logging.getLogger("cliprelay.api")

Prefer = Annotated[str | None, Header(description="`wait=N`: poll the video for up to N seconds (at most 25) before answering.")]
# Intake checks it, so that its errors are reported together with those of the body.
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        json_schema_extra={"minLength": 1, "maxLength": LONGEST_KEY, "pattern": r"^[^,]*[^,\s][^,]*$"},
        description=f"{KEY_FORM}. The same key and order never pay twice.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="Videos per page.")]
After = Annotated[str | None, Query(pattern=r"^vid_[0-9A-HJKMNP-TV-Z]{26}$", description="`next` of the previous page.")]

LOCATION = header("Location", "The URL of the video.")
APPLIED = header("Preference-Applied", "`wait=N`, if the request asked to wait.", always=False)
REPLAYED = header("Idempotency-Replayed", "`true`.")

_ORDER_REFUSALS = (
    "malformed_json",
    "ambiguous_idempotency_key",
    "unauthorized",
    "image_too_large",
    "unsupported_media_type",
    "invalid_request",
    "idempotency_key_reused",
    "upload_changed",
    "unavailable",
    "not_recorded",
    "queue_full",
)


def add_videos(app: EndpointResolver, api: Services, body: type[OrderBody]) -> None:
    """Register the endpoints to order and list videos."""

    @app.endpoint(
        "POST",
        "/v1/videos",
        body=body,
        summary="Order a video",
        tags=["videos"],
        operation_id="createVideo",
        responses={
            202: shows("The order is recorded; nothing more is needed from the client.", VideoAnswer, LOCATION, APPLIED),
            200: shows("The video that the same Idempotency-Key and order created before.", VideoAnswer, LOCATION, APPLIED, REPLAYED),
            **refusals(*_ORDER_REFUSALS),
        },
    )
    def create_video(
        order: Annotated[body, Body()],  # type: ignore[valid-type]  # built from the offered models
        idempotency_key: IdempotencyKey = None,
        prefer: Prefer = None,
    ) -> Response[dict[str, Any]]:
        asking, begun = admitted(app), api.seconds()
        _check_single(idempotency_key)
        base_url = api.public_base_url or f"https://{app.current_event.request_context.domain_name}"
        asked: Order | InvalidOrder = order.root  # type: ignore[attr-defined]
        video, replayed = api.intake.accept(
            asked, tenant=asking.tenant, key=idempotency_key, body=asking.body, base_url=base_url, known=with_accepted(asking.query)
        )
        logger.info("replayed" if replayed else "recorded", extra={"video_id": video.id, "tenant": video.tenant})
        wait = asked_wait(prefer)
        # Checking images has already used part of the gateway's time limit.
        video = api.wait_for(video, is_submitted, wait and max(0, wait - math.ceil(api.seconds() - begun)))
        replay = {"Idempotency-Replayed": "true"} if replayed else {}
        return api.answer(video, 200 if replayed else 202, wait, Location=f"{base_url}/v1/videos/{video.id}", **replay)

    @app.endpoint(
        "GET",
        "/v1/videos",
        summary="List your videos",
        tags=["videos"],
        operation_id="listVideos",
        responses={200: shows("A page of your videos.", VideoList), **refusals("unauthorized", "invalid_request", "unavailable")},
    )
    def list_videos(
        status: Annotated[Status | None, Query(description="Only videos in this state.")] = None,
        limit: Limit = 20,
        after: After = None,
        order: Annotated[Literal["asc", "desc"], Query(description="desc: newest first; asc: oldest first.")] = "desc",
    ) -> Response[dict[str, Any]]:
        found, cursor = collect(
            api.videos, admitted(app).tenant, status, after=after, newest_first=order == "desc", limit=limit, now=api.clock()
        )
        shown = [show(video, api.store, api.clock()) for video in found]
        fitted = fitting(shown)
        cursor = cursor if len(fitted) == len(shown) else fitted[-1]["id"]
        page: dict[str, Any] = {"data": fitted, "has_more": cursor is not None}
        return json_answer(page | ({"next": cursor} if cursor else {}))


def _check_single(key: str | None) -> None:
    # The gateway joins repeated headers with a comma; one of the two keys may already have paid.
    if key is not None and "," in key:
        detail = "The Idempotency-Key has a comma, which is what two such headers look like. Send one, without a comma."
        raise Refusal("ambiguous_idempotency_key", detail)


def add_reading(app: EndpointResolver, api: Services) -> None:
    """Register the endpoints to read a video and its file."""

    @app.endpoint(
        "GET",
        "/v1/videos/<video_id>",
        summary="Read a video",
        tags=["videos"],
        operation_id="getVideo",
        responses={
            200: shows("The current state of the video.", VideoAnswer, APPLIED),
            **refusals("unauthorized", "not_found", "invalid_request", "unavailable"),
        },
    )
    def get_video(video_id: VideoId, prefer: Prefer = None) -> Response[dict[str, Any]]:
        wait = asked_wait(prefer)
        video = api.wait_for(api.find(video_id, admitted(app).tenant), is_settled, wait)
        return api.answer(video, 200, wait)

    def redirect(video_id: str, method: str) -> Response[str]:
        video = api.find(video_id, admitted(app).tenant)
        if video.object_key is None:
            raise Refusal("not_ready", f"The video is {video.status.value}; it has no file.", video_status=video.status.value)
        url = api.store.presign(video.object_key, seconds=URL_SECONDS, method=method)
        return Response(status_code=302, headers={"Location": url, **PRIVATE}, body="")

    content: dict[int, OpenAPIResponse] = {
        302: leads("Follow `Location`, a fresh URL presigned for this method."),
        **refusals("unauthorized", "not_found", "not_ready", "invalid_request", "unavailable"),
    }

    @app.endpoint(
        "GET",
        "/v1/videos/<video_id>/content",
        summary="Get the finished file",
        operation_id="getContent",
        tags=["videos"],
        responses=content,
    )
    def get_content(video_id: VideoId) -> Response[str]:
        return redirect(video_id, "GET")

    @app.endpoint(
        "HEAD",
        "/v1/videos/<video_id>/content",
        summary="Check the finished file",
        operation_id="headContent",
        tags=["videos"],
        responses=content,
    )
    def head_content(video_id: VideoId) -> Response[str]:
        return redirect(video_id, "HEAD")
