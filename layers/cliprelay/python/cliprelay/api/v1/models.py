"""The endpoints that describe the offered models."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.openapi.resolver import refusals, shows
from cliprelay.api.services import Services, json_answer
from cliprelay.api.v1.schemas.models import ModelAnswer, ModelList
from cliprelay.api.v1.views.models import show_model
from cliprelay.errors import Refusal

ModelId = Annotated[str, Path(description="A value of an order's `model`.", examples=["seedance-v1.5-pro-i2v"])]


def add_models(app: EndpointResolver, api: Services) -> None:
    """Register the endpoints of models."""

    @app.endpoint(
        "GET",
        "/v1/models",
        summary="List the models",
        tags=["models"],
        operation_id="listModels",
        responses={
            200: shows("The offered models, the default first.", ModelList),
            **refusals("unauthorized", "invalid_request", "unavailable"),
        },
    )
    def list_models() -> Response[dict[str, Any]]:
        return json_answer({"data": [show_model(model, api.offer) for model in api.offer.models]})

    @app.endpoint(
        "GET",
        "/v1/models/<model>",
        summary="Read a model",
        tags=["models"],
        operation_id="getModel",
        responses={
            200: shows("The model's fields, limits, sizes and price.", ModelAnswer),
            **refusals("unauthorized", "not_found", "invalid_request", "unavailable"),
        },
    )
    def get_model(model: ModelId) -> Response[dict[str, Any]]:
        found = api.offer.find(model)
        if found is None:
            raise Refusal("not_found", f"Unknown model; this deployment offers {', '.join(api.offer.names)}.")
        return json_answer(show_model(found, api.offer))
