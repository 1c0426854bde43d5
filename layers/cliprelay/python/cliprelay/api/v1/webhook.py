"""The endpoints to read and set a tenant's webhook, and to rotate its secrets."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.openapi.resolver import refusals, shows
from cliprelay.api.services import Services, admitted, json_answer
from cliprelay.api.v1.schemas.webhooks import WebhookAnswer, webhook_order
from cliprelay.api.v1.views.webhooks import show_webhook
from cliprelay.errors import Refusal, invalid_request
from cliprelay.webhooks.settings import RotatedTooOften


def add_webhook(app: EndpointResolver, api: Services) -> None:
    """Register the endpoints of the webhook."""
    body: Any = webhook_order(api.addresses)

    def answer(tenant: str) -> Response[dict[str, Any]]:
        return json_answer(show_webhook(api.webhook_settings.of(tenant), api.webhook_keys(), api.clock()))

    @app.endpoint(
        "GET",
        "/v1/webhook",
        summary="Read your webhook and its secrets",
        tags=["webhooks"],
        operation_id="getWebhook",
        responses={
            200: shows("The default webhook and every valid version of its secrets.", WebhookAnswer),
            **refusals("unauthorized", "invalid_request", "unavailable"),
        },
    )
    def get_webhook() -> Response[dict[str, Any]]:
        return answer(admitted(app).tenant)

    @app.endpoint(
        "PUT",
        "/v1/webhook",
        body=body,
        summary="Set your webhook",
        tags=["webhooks"],
        operation_id="putWebhook",
        responses={
            200: shows("The new settings; pending deliveries use them too.", WebhookAnswer),
            **refusals("malformed_json", "unauthorized", "unsupported_media_type", "invalid_request", "unavailable"),
        },
    )
    def put_webhook(order: Annotated[body, Body()]) -> Response[dict[str, Any]]:
        tenant = admitted(app).tenant
        if order.url is not None and (complaints := api.intake.webhooks.complaints_of_url("url", order.url)):
            raise invalid_request(complaints)
        api.webhook_settings.put(tenant, url=order.url, events=list(order.events) if order.events else None, enabled=order.enabled)
        return answer(tenant)

    @app.endpoint(
        "POST",
        "/v1/webhook/rotate",
        summary="Rotate the webhook secrets",
        tags=["webhooks"],
        operation_id="rotateWebhook",
        responses={
            200: shows("The new version signs, and for 24 hours the old one does too.", WebhookAnswer),
            **refusals("unauthorized", "rotated_too_often", "invalid_request", "unavailable"),
        },
    )
    def rotate_webhook() -> Response[dict[str, Any]]:
        tenant = admitted(app).tenant
        try:
            api.webhook_settings.rotate(tenant, api.clock())
        except RotatedTooOften:
            detail = "Four versions of the secrets are already valid; try again when the oldest has expired."
            raise Refusal("rotated_too_often", detail) from None
        return answer(tenant)
