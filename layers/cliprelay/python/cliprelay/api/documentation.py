"""The OpenAPI 3.1 document, at /openapi.json and rendered at /docs, made from the routes themselves."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, OpenAPI, SecurityScheme
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from cliprelay.api.problems import PROBLEM_JSON
from cliprelay.api.schemas import ProblemAnswer

VERSION = "0.1.0"

# Of the documented paths, those that take no key.
PUBLIC = ("/health", "/v1/links/{token}")

_REFUSALS = {
    400: "Not JSON: `malformed_json`.",
    401: "No key, or a wrong or revoked one: `unauthorized`.",
    404: "Nothing that you may see has this id: `not_found`.",
    409: "Not as things stand: there is no content yet, `not_ready`; no event or webhook, `nothing_to_send`; or `rotated_too_often`.",
    410: "The link was revoked, or its video is kept no longer: `link_revoked`, `link_expired`.",
    413: "An inline image over 4.0 MB: `image_too_large`.",
    415: "Not `application/json`: `unsupported_media_type`.",
    422: "Every complaint about the fields at once: `invalid_request`; or `idempotency_key_reused`.",
    503: "A part of the service does not answer; try again after `Retry-After`: `unavailable`, `not_recorded`, `queue_full`.",
}


class DocumentedResolver(APIGatewayHttpResolver):
    """The resolver whose document says what the API does, and not what Powertools would do by itself."""

    def get_openapi_schema(self, **about: Any) -> OpenAPI:
        """The document with the paths in order, without Powertools' own 422, and with the public paths marked as public."""
        schema = super().get_openapi_schema(**about)
        for path, item in (schema.paths or {}).items():
            for operation in (item.get, item.head, item.post, item.put, item.delete):
                if operation and operation.responses and "HTTPValidationError" in repr(operation.responses.get(422)):
                    del operation.responses[422]
                if operation and path in PUBLIC:
                    operation.security = []
        for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
            ((schema.components and schema.components.schemas) or {}).pop(name, None)
        schema.paths = dict(sorted((schema.paths or {}).items()))
        return schema


def shows(description: str, model: type[BaseModel]) -> OpenAPIResponse:
    """A response that carries a JSON body of that shape."""
    return {"description": description, "content": {"application/json": {"model": model}}}


def refusals(*statuses: int) -> dict[int, OpenAPIResponse]:
    """The documented refusals of a route."""
    return {status: {"description": _REFUSALS[status], "content": {PROBLEM_JSON: {"model": ProblemAnswer}}} for status in statuses}


def add_documentation(app: APIGatewayHttpResolver) -> None:
    """Serve the document and its page, both without a key."""
    schemes: dict[str, SecurityScheme] = {"key": HTTPBearer(description="An API key of this deployment.")}
    about: dict[str, Any] = {
        "title": "ClipRelay",
        "version": VERSION,
        "openapi_version": "3.1.0",
        "description": "Relays AI video generation: pays once, loses nothing, always tells.",
        "security_schemes": schemes,
        "security": [{"key": []}],
    }
    app.enable_swagger(path="/docs", persist_authorization=True, **about)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response[str]:
        return Response(status_code=200, content_type="application/json", body=app.get_openapi_json_schema(**about))
