"""The operation that quotes an order."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from cliprelay.api.openapi.resolver import DocumentedResolver, refusals, shows
from cliprelay.api.v1.operations.order_body import OrderBody
from cliprelay.api.v1.schemas.quotes import QuoteAnswer


def describe_quotes(app: DocumentedResolver, body: type[OrderBody]) -> None:
    """Describe the operation of quotes."""

    @app.operation(
        "POST",
        "/v1/quotes",
        summary="Quote a video",
        tags=["quotes"],
        operation_id="createQuote",
        responses={
            200: shows("The result and price of this order; nothing is recorded or paid.", QuoteAnswer),
            **refusals("malformed_json", "unauthorized", "image_too_large", "unsupported_media_type", "invalid_request", "unavailable"),
        },
    )
    def create_quote(order: Annotated[body, Body()]) -> Response[dict[str, Any]]: ...  # type: ignore[valid-type]  # built from the models
