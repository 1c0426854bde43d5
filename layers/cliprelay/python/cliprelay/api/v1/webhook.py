"""The endpoints to read and set a tenant's webhook, and to rotate its secrets."""

from functools import cache
from typing import TYPE_CHECKING

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.bodies import body_of
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services
from cliprelay.api.v1.views.webhooks import show_webhook
from cliprelay.errors import Refusal, invalid_request
from cliprelay.webhooks.settings import RotatedTooOften

if TYPE_CHECKING:
    from cliprelay.api.v1.schemas.webhooks import WebhookOrder


def add_webhook(app: Endpoints, api: Services) -> None:
    """Register the endpoints of the webhook."""

    @cache
    def body() -> "type[WebhookOrder]":
        from cliprelay.api.v1.schemas.webhooks import webhook_order

        return webhook_order(api.addresses)

    def answer(tenant: str) -> Answer:
        return json_answer(show_webhook(api.webhook_settings.of(tenant), api.webhook_keys(), api.clock()))

    @app.endpoint("GET", "/v1/webhook")
    def get_webhook(asking: Request) -> Answer:
        return answer(asking.tenant)

    @app.endpoint("PUT", "/v1/webhook", body=body_of(body))
    def put_webhook(asking: Request) -> Answer:
        order: WebhookOrder = asking.body
        if order.url is not None and (complaints := api.intake.webhooks.complaints_of_url("url", order.url)):
            raise invalid_request(complaints)
        events = [str(event) for event in order.events] if order.events else None
        api.webhook_settings.put(asking.tenant, url=order.url, events=events, enabled=order.enabled)
        return answer(asking.tenant)

    @app.endpoint("POST", "/v1/webhook/rotate")
    def rotate_webhook(asking: Request) -> Answer:
        try:
            api.webhook_settings.rotate(asking.tenant, api.clock())
        except RotatedTooOften:
            detail = "Four versions of the secrets are already valid; try again when the oldest has expired."
            raise Refusal("rotated_too_often", detail) from None
        return answer(asking.tenant)
