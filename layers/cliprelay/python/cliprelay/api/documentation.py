"""The OpenAPI 3.1 document, at /openapi.json and rendered at /docs, made from the routes themselves."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, SecurityScheme
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from cliprelay.api.problems import PROBLEM_JSON
from cliprelay.api.schemas import ProblemAnswer

VERSION = "0.1.0"

_REFUSALS = {
    400: "Not JSON: `malformed_json`.",
    401: "No key, or a wrong or revoked one: `unauthorized`.",
    404: "No such video of yours: `not_found`.",
    409: "There is no content (yet): `not_ready`.",
    413: "An inline image over 4.0 MB: `image_too_large`.",
    415: "Not `application/json`: `unsupported_media_type`.",
    422: "Every complaint about the fields at once: `invalid_request`; or `idempotency_key_reused`.",
    503: "A part of the service does not answer; try again after `Retry-After`: `unavailable`, `not_recorded`.",
}


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
        return Response(status_code=200, content_type="application/json", body=document(app, about))


def document(app: APIGatewayHttpResolver, about: dict[str, Any]) -> str:
    """The OpenAPI document as JSON."""
    schema = json.loads(app.get_openapi_json_schema(**about))
    return json.dumps(schema, indent=2)
