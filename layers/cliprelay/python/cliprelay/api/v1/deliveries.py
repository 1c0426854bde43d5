"""The endpoints that list a video's webhook deliveries and send an event again."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.openapi.resolver import refusals, shows
from cliprelay.api.services import Services, VideoId, admitted, json_answer
from cliprelay.api.v1.schemas.webhooks import DeliveryAnswer, DeliveryList
from cliprelay.api.v1.views.webhooks import show_delivery
from cliprelay.errors import Refusal
from cliprelay.webhooks.delivery import DeliveryStatus
from cliprelay.webhooks.dispatch import NothingToSend

EventId = Annotated[str | None, Query(pattern=r"^evt_[0-9A-HJKMNP-TV-Z]{26}$", description="An event of this video. Default: the latest.")]


def add_deliveries(app: EndpointResolver, api: Services) -> None:
    """Register the endpoints of deliveries."""

    @app.endpoint(
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
    def list_deliveries(video_id: VideoId) -> Response[dict[str, Any]]:
        video = api.find(video_id, admitted(app).tenant)
        known = api.dispatch.deliveries.of_video(video.id)
        shown = [show_delivery(each) for each in known if each.owner == video.tenant and each.status is not DeliveryStatus.CONTINUED]
        return json_answer({"data": shown})

    @app.endpoint(
        "POST",
        "/v1/videos/<video_id>/deliveries",
        summary="Send an event again",
        tags=["webhooks"],
        operation_id="sendAgain",
        responses={
            202: shows("A new delivery with the same event id.", DeliveryAnswer),
            **refusals("unauthorized", "not_found", "nothing_to_send", "invalid_request", "unavailable"),
        },
    )
    def send_again(video_id: VideoId, event: EventId = None) -> Response[dict[str, Any]]:
        video = api.find(video_id, admitted(app).tenant)
        try:
            delivery = api.dispatch.again(video, event)
        except NothingToSend as refusal:
            raise Refusal("nothing_to_send", str(refusal)) from None
        return json_answer(show_delivery(delivery), 202)
