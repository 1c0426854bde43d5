"""The operations to order, list and read videos, and to get their files."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from cliprelay.api.http.moments import PATTERN
from cliprelay.api.openapi.resolver import DocumentedResolver, header, leads, refusals, shows
from cliprelay.api.v1.operations.order_body import OrderBody
from cliprelay.api.v1.schemas.videos import CancelOrder, VideoAnswer, VideoList
from cliprelay.api.v1.video_lists import CURSOR, IDS, KEY
from cliprelay.catalog.registry import MODELS
from cliprelay.video.idempotency import KEY_FORM, LONGEST_KEY
from cliprelay.video.record import METADATA_VALUE
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

_MOMENT = "a date (a day of UTC) or a time, as in 2026-11-22T06:00:00Z."
From = Annotated[str | None, Query(alias="from", pattern=PATTERN, description=f"Only videos created then or later: {_MOMENT}")]
To = Annotated[str | None, Query(alias="to", pattern=PATTERN, description=f"Only videos created before then, or on that day: {_MOMENT}")]
ModelName = Literal[*MODELS]  # type: ignore[valid-type]  # the catalog's names
MetadataFilter = Annotated[
    str | None,
    Query(
        alias="metadata.KEY",
        max_length=METADATA_VALUE,
        description="Only videos whose metadata has this value under KEY, which is a key of your own; up to 16 of them. No index: "
        "a request examines at most 1,000 videos, so a page may be empty although `has_more` is true.",
    ),
]
ListedIds = Annotated[
    str | None, Query(pattern=IDS, description="Only these of your videos: up to 100 ids, separated by commas; only with `after`.")
]
ListedKey = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_KEY,
        pattern=KEY,
        description="Only the video of this Idempotency-Key; without other parameters.",
    ),
]

LOCATION = header("Location", "The URL of the video.")
APPLIED = header("Preference-Applied", "`wait=N`, if the request asked to wait.", always=False)
REPLAYED = header("Idempotency-Replayed", "`true`.")

_ORDER_REFUSALS = (
    "malformed_json",
    "ambiguous_idempotency_key",
    "unauthorized",
    "budget_exceeded",
    "image_too_large",
    "unsupported_media_type",
    "invalid_request",
    "idempotency_key_reused",
    "upload_changed",
    "unavailable",
    "not_recorded",
    "busy",
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
        begin: From = None,
        end: To = None,
        model: Annotated[ModelName | None, Query(description="Only videos of this model; no index, see `has_more`.")] = None,
        metadata: MetadataFilter = None,
        ids: ListedIds = None,
        idempotency_key: ListedKey = None,
    ) -> Response[dict[str, Any]]: ...


def describe_cancel(app: DocumentedResolver) -> None:
    """Describe the operation to cancel a video."""

    @app.operation(
        "POST",
        "/v1/videos/<video_id>/cancel",
        summary="Cancel a video",
        tags=["videos"],
        operation_id="cancelVideo",
        responses={
            200: shows("The canceled video. One that had been submitted may still be charged: see `billed`.", VideoAnswer),
            **refusals(
                "malformed_json", "unauthorized", "not_found", "already_ended", "unsupported_media_type", "invalid_request", "unavailable"
            ),
        },
    )
    def cancel_video(video_id: VideoId, order: Annotated[CancelOrder | None, Body()] = None) -> Response[dict[str, Any]]: ...


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

    @app.operation(
        "DELETE",
        "/v1/videos/<video_id>",
        summary="Delete an ended video",
        tags=["videos"],
        operation_id="deleteVideo",
        responses={
            200: shows("What is left of the video: its id, status, times and cost. Deleting it again answers the same.", VideoAnswer),
            **refusals("unauthorized", "not_found", "not_ended", "invalid_request", "unavailable"),
        },
    )
    def delete_video(video_id: VideoId) -> Response[dict[str, Any]]: ...

    content: dict[int, OpenAPIResponse] = {
        302: leads("Follow `Location`, a fresh URL presigned for this method."),
        **refusals("unauthorized", "not_found", "not_ready", "deleted", "invalid_request", "unavailable"),
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
