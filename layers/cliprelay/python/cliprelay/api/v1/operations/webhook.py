"""The operations to read and set a tenant's webhook, and to rotate its secrets."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from cliprelay.api.openapi.resolver import DocumentedResolver, refusals, shows
from cliprelay.api.v1.schemas.webhooks import WebhookAnswer, WebhookOrder, WebhookTestAnswer, WebhookTestOrder


def describe_webhook(app: DocumentedResolver, body: type[WebhookOrder], test_body: type[WebhookTestOrder]) -> None:
    """Describe the operations of the webhook."""

    @app.operation(
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
    def get_webhook() -> Response[dict[str, Any]]: ...

    @app.operation(
        "PUT",
        "/v1/webhook",
        summary="Set your webhook",
        tags=["webhooks"],
        operation_id="putWebhook",
        responses={
            200: shows("The new settings; pending deliveries use them too.", WebhookAnswer),
            **refusals("malformed_json", "unauthorized", "unsupported_media_type", "invalid_request", "unavailable"),
        },
    )
    def put_webhook(order: Annotated[body, Body()]) -> Response[dict[str, Any]]: ...  # type: ignore[valid-type]  # built from the rules

    @app.operation(
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
    def rotate_webhook() -> Response[dict[str, Any]]: ...

    @app.operation(
        "POST",
        "/v1/webhook/test",
        summary="Send test events",
        tags=["webhooks"],
        operation_id="testWebhook",
        responses={
            200: shows("One sample of each event type was sent, once, for free; and what the receiver answered.", WebhookTestAnswer),
            **refusals(
                "malformed_json",
                "unauthorized",
                "nothing_to_send",
                "unsupported_media_type",
                "invalid_request",
                "tested_too_often",
                "unavailable",
            ),
        },
    )
    def test_webhook(
        order: Annotated[test_body, Body()] = None,  # type: ignore[valid-type]  # built from the rules
    ) -> Response[dict[str, Any]]: ...
