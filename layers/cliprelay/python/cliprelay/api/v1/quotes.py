"""The endpoint that quotes an order: its result and its price."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.http.problems import with_accepted
from cliprelay.api.openapi.resolver import refusals, shows
from cliprelay.api.services import Services, admitted, json_answer
from cliprelay.api.v1.order_body import OrderBody
from cliprelay.api.v1.schemas.quotes import QuoteAnswer
from cliprelay.orders.order import Order
from cliprelay.orders.quote import quote


def add_quotes(app: EndpointResolver, api: Services, body: type[OrderBody]) -> None:
    """Register the endpoint of quotes, which validates like an order but records nothing."""

    @app.endpoint(
        "POST",
        "/v1/quotes",
        body=body,
        summary="Quote a video",
        tags=["quotes"],
        operation_id="createQuote",
        responses={
            200: shows("The result and price of this order; nothing is recorded or paid.", QuoteAnswer),
            **refusals("malformed_json", "unauthorized", "image_too_large", "unsupported_media_type", "invalid_request", "unavailable"),
        },
    )
    def create_quote(order: Annotated[body, Body()]) -> Response[dict[str, Any]]:  # type: ignore[valid-type]  # built from the offered models
        asked: Order = order.root  # type: ignore[attr-defined]  # `examine` refuses an InvalidOrder
        asking = admitted(app)
        inspected = api.intake.examine(asked, asking.tenant, with_accepted(asking.query))
        quoted = quote(asked.entry, asked.spec, asked.given, asked.sizes, turned="image" in asked.turned)
        return json_answer(quoted | {"warnings": [*quoted["warnings"], *inspected.warnings]})
