"""The entry point of the API: admits and routes requests, and turns every outcome into a response."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.http.preconditions import admit, is_preflight
from cliprelay.api.http.problems import problem_event
from cliprelay.api.http.strict_json import parse
from cliprelay.api.openapi.resolver import DocumentedResolver, add_documentation, refusals, shows
from cliprelay.api.services import Services, json_answer, refuse_query
from cliprelay.api.v1.deliveries import add_deliveries
from cliprelay.api.v1.error_handlers import add_error_handlers, unavailable
from cliprelay.api.v1.links import add_links
from cliprelay.api.v1.models import add_models
from cliprelay.api.v1.order_body import order_body
from cliprelay.api.v1.quotes import add_quotes
from cliprelay.api.v1.schemas.videos import Health
from cliprelay.api.v1.uploads import add_uploads
from cliprelay.api.v1.videos import add_reading, add_videos
from cliprelay.api.v1.webhook import add_webhook
from cliprelay.errors import Refusal


class Front:
    """Admits and routes requests; every outcome is a response."""

    def __init__(self, api: Services) -> None:
        self._api, self._app = api, build_app(api)

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer a request in payload format 2.0."""
        return _end_with_newline(self._answer(event, context))

    def _answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        if is_preflight(event):
            return {"statusCode": 204}
        try:
            admitted = admit(event, self._app.find, self._api.tenant_of)
        except Refusal as refusal:
            return problem_event(refusal)
        except (ClientError, BotoCoreError) as error:
            return problem_event(unavailable(error))
        # Powertools recognises the media type only in lower case; `admit` has already checked it.
        event = {**event, "headers": {**(event.get("headers") or {}), "content-type": "application/json"}}
        self._app.append_context(admitted=admitted)  # type: ignore[no-untyped-call]  # untyped in Powertools
        return self._app.resolve(event, context)


def _end_with_newline(answer: dict[str, Any]) -> dict[str, Any]:
    """End a JSON body with a newline, so that the prompt of a shell does not follow the answer that `curl` prints."""
    body = answer.get("body")
    is_json = isinstance(body, str) and body.endswith(("}", "]")) and not answer.get("isBase64Encoded")
    return {**answer, "body": f"{body}\n"} if is_json else answer


def build_app(api: Services) -> EndpointResolver:
    """Build the resolver with every route of the API."""
    app = DocumentedResolver(enable_validation=True, json_body_deserializer=parse)
    app.use(middlewares=[refuse_query])
    body = order_body(api.offer, api.addresses)
    add_videos(app, api, body)
    add_reading(app, api)
    add_links(app, api)
    add_deliveries(app, api)
    add_webhook(app, api)
    add_uploads(app, api)
    add_models(app, api)
    add_quotes(app, api, body)
    _add_health(app)
    add_error_handlers(app)
    add_documentation(app)
    return app


def _add_health(app: EndpointResolver) -> None:
    @app.endpoint(
        "GET",
        "/health",
        is_public=True,
        summary="Liveness",
        tags=["service"],
        operation_id="getHealth",
        responses={200: shows("The API is up.", Health), **refusals()},
    )
    def health() -> Response[dict[str, Any]]:
        return json_answer({"status": "ok"})
