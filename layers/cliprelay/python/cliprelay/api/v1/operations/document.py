"""The OpenAPI document of version 1."""

from collections.abc import Set
from typing import Any

from aws_lambda_powertools.event_handler import Response

from cliprelay.api.openapi.resolver import DocumentedResolver, refusals, shows
from cliprelay.api.services import Services
from cliprelay.api.v1.operations.deliveries import describe_deliveries
from cliprelay.api.v1.operations.links import describe_links
from cliprelay.api.v1.operations.models import describe_models
from cliprelay.api.v1.operations.order_body import order_body
from cliprelay.api.v1.operations.quotes import describe_quotes
from cliprelay.api.v1.operations.uploads import describe_uploads
from cliprelay.api.v1.operations.usage import describe_usage
from cliprelay.api.v1.operations.videos import describe_cancel, describe_reading, describe_videos
from cliprelay.api.v1.operations.webhook import describe_webhook
from cliprelay.api.v1.schemas.videos import Health
from cliprelay.api.v1.schemas.webhooks import webhook_order, webhook_test_order


def document(api: Services, public: Set[str]) -> dict[str, Any]:
    """Generate the document for the models that the deployment offers; `public` are the templates of paths without a key."""
    app, body = DocumentedResolver(), order_body(api.offer)
    describe_videos(app, body)
    describe_reading(app)
    describe_cancel(app)
    describe_links(app)
    describe_deliveries(app)
    describe_webhook(app, webhook_order(api.addresses), webhook_test_order(api.addresses))
    describe_uploads(app)
    describe_models(app)
    describe_quotes(app, body)
    describe_usage(app)
    _describe_health(app)
    return app.document(public)


def _describe_health(app: DocumentedResolver) -> None:
    @app.operation(
        "GET",
        "/health",
        summary="Liveness",
        tags=["service"],
        operation_id="getHealth",
        responses={200: shows("The API is up.", Health), **refusals()},
    )
    def health() -> Response[dict[str, Any]]: ...
