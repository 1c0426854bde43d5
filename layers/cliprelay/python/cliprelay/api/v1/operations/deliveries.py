"""The operations that list a video's webhook deliveries and send an event again."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from cliprelay.api.openapi.resolver import DocumentedResolver, refusals, shows
from cliprelay.api.v1.deliveries import EVENT_ID
from cliprelay.api.v1.operations.videos import VideoId
from cliprelay.api.v1.schemas.webhooks import DeliveryAnswer, DeliveryList

EventId = Annotated[str | None, Query(pattern=EVENT_ID, description="An event of this video. Default: the latest.")]


def describe_deliveries(app: DocumentedResolver) -> None:
    """Describe the operations of deliveries."""

    @app.operation(
        "GET",
        "/v1/videos/<video_id>/deliveries",
        summary="List a video's webhook deliveries",
        tags=["webhooks"],
        operation_id="listDeliveries",
        responses={
            200: shows("Every delivery with its attempts, newest first.", DeliveryList),
            **refusals("unauthorized", "not_found", "invalid_request", "unavailable"),
        },
    )
    def list_deliveries(video_id: VideoId) -> Response[dict[str, Any]]: ...

    @app.operation(
        "POST",
        "/v1/videos/<video_id>/deliveries",
        summary="Send an event again",
        tags=["webhooks"],
        operation_id="sendAgain",
        responses={
            202: shows("A new delivery with the same event id.", DeliveryAnswer),
            **refusals("unauthorized", "not_found", "nothing_to_send", "deleted", "invalid_request", "unavailable"),
        },
    )
    def send_again(video_id: VideoId, event: EventId = None) -> Response[dict[str, Any]]: ...
