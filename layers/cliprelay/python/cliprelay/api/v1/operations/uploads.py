"""The operation that returns a form to upload a large image directly to the bucket."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from cliprelay.api.openapi.resolver import DocumentedResolver, refusals, shows
from cliprelay.api.v1.schemas.uploads import UploadAnswer, UploadOrder


def describe_uploads(app: DocumentedResolver) -> None:
    """Describe the operation of uploads."""

    @app.operation(
        "POST",
        "/v1/uploads",
        summary="Upload a large image",
        tags=["uploads"],
        operation_id="createUpload",
        responses={
            201: shows("Send this form, then use `image` in an order.", UploadAnswer),
            **refusals("malformed_json", "unauthorized", "unsupported_media_type", "invalid_request", "unavailable"),
        },
    )
    def create_upload(order: Annotated[UploadOrder, Body()]) -> Response[dict[str, Any]]: ...
