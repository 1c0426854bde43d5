"""The endpoints to read and set a tenant's webhook, and to rotate its secrets."""

from functools import cache
from typing import TYPE_CHECKING

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.bodies import body_of
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services
from cliprelay.api.v1.views.webhooks import show_test, show_webhook
from cliprelay.errors import Refusal, invalid_request
from cliprelay.webhooks.settings import RotatedTooOften

if TYPE_CHECKING:
    from cliprelay.api.v1.schemas.webhooks import WebhookOrder, WebhookTestOrder

# Seconds after the request's arrival when no test event is under way any more: the gateway gives up after 30.
TEST_SECONDS = 24.0


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

    _add_test(app, api)


def _add_test(app: Endpoints, api: Services) -> None:
    @cache
    def test_body() -> "type[WebhookTestOrder]":
        from cliprelay.api.v1.schemas.webhooks import webhook_test_order

        return webhook_test_order(api.addresses)

    @app.endpoint("POST", "/v1/webhook/test", body=body_of(test_body), needs_body=False)
    def test_webhook(asking: Request) -> Answer:
        from cliprelay.webhooks.sample_events import SampleEvents

        settings = api.webhook_settings.of(asking.tenant)
        url = asking.body.url or settings.url
        if url is None:
            raise Refusal("nothing_to_send", "There is no webhook to send test events to: name a `url`, or set one with PUT /v1/webhook.")
        if complaints := api.intake.webhooks.complaints_of_url("url", url):
            raise invalid_request(complaints)
        if wait := api.webhook_settings.begin_test(asking.tenant, api.clock()):
            raise Refusal("tested_too_often", f"Test events were sent a moment ago; try again in {wait} s.", retry_after=wait)
        samples = SampleEvents(api.webhook_keys(), api.webhook_sender(), api.clock, api.seconds)
        return json_answer(show_test(url, samples.send(settings, url, asking.arrived + TEST_SECONDS - api.seconds())))
