"""The operations that describe the offered models."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from cliprelay.api.openapi.resolver import DocumentedResolver, refusals, shows
from cliprelay.api.v1.schemas.models import ModelAnswer, ModelList

ModelId = Annotated[str, Path(description="A value of an order's `model`.", examples=["seedance-v1.5-pro-i2v"])]


def describe_models(app: DocumentedResolver) -> None:
    """Describe the operations of models."""

    @app.operation(
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
    def list_models() -> Response[dict[str, Any]]: ...

    @app.operation(
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
    def get_model(model: ModelId) -> Response[dict[str, Any]]: ...
