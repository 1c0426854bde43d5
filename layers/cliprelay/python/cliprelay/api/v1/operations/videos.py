"""The operations to order, list and read videos, and to get their files."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from cliprelay.api.openapi.resolver import DocumentedResolver, header, leads, refusals, shows
from cliprelay.api.v1.operations.order_body import OrderBody
from cliprelay.api.v1.schemas.videos import VideoAnswer, VideoList
from cliprelay.api.v1.videos import CURSOR
from cliprelay.video.idempotency import KEY_FORM, LONGEST_KEY
from cliprelay.video.states import Status

VideoId = Annotated[str, Path(description="The `id` from POST /v1/videos.", examples=["vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"])]

_WAIT = "`wait=N`: poll the video for up to N seconds before answering; at most 25, or fewer if this deployment allows fewer."
Prefer = Annotated[str | None, Header(description=_WAIT)]
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
After = Annotated[str | None, Query(pattern=CURSOR, description="`next` of the previous page.")]
Variant = Annotated[Literal["video", "poster"], Query(description="poster: a JPEG of the first clear frame, if `video.poster` is there.")]

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


def describe_videos(app: DocumentedResolver, body: type[OrderBody]) -> None:
    """Describe the operations to order and list videos."""

    @app.operation(
        "POST",
        "/v1/videos",
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
    ) -> Response[dict[str, Any]]: ...

    @app.operation(
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
    ) -> Response[dict[str, Any]]: ...


def describe_reading(app: DocumentedResolver) -> None:
    """Describe the operations to read a video and its file."""

    @app.operation(
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
    def get_video(video_id: VideoId, prefer: Prefer = None) -> Response[dict[str, Any]]: ...

    content: dict[int, OpenAPIResponse] = {
        302: leads("Follow `Location`, a fresh URL presigned for this method."),
        **refusals("unauthorized", "not_found", "not_ready", "invalid_request", "unavailable"),
    }

    @app.operation(
        "GET",
        "/v1/videos/<video_id>/content",
        summary="Get the finished file",
        operation_id="getContent",
        tags=["videos"],
        responses=content,
    )
    def get_content(video_id: VideoId, variant: Variant = "video") -> Response[str]: ...

    @app.operation(
        "HEAD",
        "/v1/videos/<video_id>/content",
        summary="Check the finished file",
        operation_id="headContent",
        tags=["videos"],
        responses=content,
    )
    def head_content(video_id: VideoId, variant: Variant = "video") -> Response[str]: ...
