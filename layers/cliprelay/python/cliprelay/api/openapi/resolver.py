"""The OpenAPI 3.1 document, generated from the routes and served at /openapi.json and /docs."""

import json
import re
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, OpenAPI, SecurityScheme, Tag
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.http.error_codes import CODES, EVERYWHERE
from cliprelay.api.http.problems import PROBLEM_JSON
from cliprelay.api.openapi.postprocess import finished, whole_numbers
from cliprelay.version import VERSION

DESCRIPTION = """Relays AI video generation: pays once, loses nothing, always reports the outcome.

Every refusal is `application/problem+json` (RFC 9457) with a stable `code`. The gateway enforces limits of its own before the API
is reached, and answers `application/json` with a `message`: 413 for a body over 10 MB, 431 for headers over 10 KB, 429 for too many
concurrent requests, 503 after 30 seconds."""

TAGS = {
    "videos": "Order, list and read videos.",
    "links": "Watch videos without an API key.",
    "webhooks": "Configure webhooks, and inspect deliveries.",
    "uploads": "Upload images that are too large for a request.",
    "models": "Discover what can be ordered.",
    "quotes": "Calculate the result and price of an order.",
    "service": "Check that the API is up.",
}


class DocumentedResolver(EndpointResolver):
    """A resolver whose document describes the API's actual behaviour, not Powertools' defaults."""

    def get_openapi_schema(self, **about: Any) -> OpenAPI:
        """Generate the document and apply `finished`."""
        made = super().get_openapi_schema(**about)
        return OpenAPI.model_validate(finished(made.model_dump(by_alias=True, exclude_none=True, mode="json"), self._public()))

    def _public(self) -> set[str]:
        """Return the public paths in OpenAPI notation."""
        return {re.sub(r"<(\w+)>", r"{\1}", each.template) for each in self.endpoints.values() if each.is_public}


def shows(description: str, model: type[BaseModel], *headers: dict[str, Any]) -> OpenAPIResponse:
    """Document a response with a JSON body of that type."""
    return {"description": description, "headers": _together(headers), "content": {"application/json": {"model": model}}}


def leads(description: str) -> OpenAPIResponse:
    """Document a redirect, without a body."""
    return {"description": description, "headers": header("Location", "The URL to follow.")}


def header(name: str, description: str, *, always: bool = True) -> dict[str, Any]:
    """Document a response header; `always` if every such response has it."""
    return {name: {"description": description, "required": always, "schema": {"type": "string"}}}


_RETRY_AFTER = header("Retry-After", "Seconds to wait before retrying.")
_HEADERS = {
    "method_not_allowed": header("Allow", "The methods that the path supports."),
    "unauthorized": header("WWW-Authenticate", "`Bearer`."),
    "unsupported_media_type": header("Accept-Encoding", "`identity`, if the body was compressed.", always=False),
    "unavailable": _RETRY_AFTER,
    "not_recorded": _RETRY_AFTER,
    "queue_full": _RETRY_AFTER,
}


def refusals(*codes: str) -> dict[int, OpenAPIResponse]:
    """Document the refusals of a route by code, including those common to every route."""
    known = (*codes, *EVERYWHERE)
    statuses = sorted({CODES[code].status for code in known})
    return {status: _refusal(status, [code for code in known if CODES[code].status == status]) for status in statuses}


def _refusal(status: int, codes: list[str]) -> OpenAPIResponse:
    narrowed = {"status": {"const": status}, "code": {"enum": codes}}
    schema = {"$ref": "#/components/schemas/ProblemAnswer", "properties": narrowed}
    examples = {code: {"value": _example(code)} for code in codes}
    return {
        "description": " ".join(f"`{code}`: {CODES[code].when}" for code in codes),
        "headers": _together([_HEADERS[code] for code in codes if code in _HEADERS]),
        "content": {PROBLEM_JSON: {"schema": schema, "examples": examples}},
    }


def _example(code: str) -> dict[str, Any]:
    status, when = CODES[code]
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": when}


def _together(headers: Any) -> dict[str, Any]:
    return {name: value for each in headers for name, value in each.items()}


def add_documentation(app: EndpointResolver) -> None:
    """Serve the document and its HTML page, both public."""
    schemes: dict[str, SecurityScheme] = {"key": HTTPBearer(description="An API key of this deployment.")}
    about: dict[str, Any] = {
        "title": "ClipRelay",
        "version": VERSION,
        "openapi_version": "3.1.0",
        "description": DESCRIPTION,
        "tags": [Tag(name=name, description=text) for name, text in TAGS.items()],
        "security_schemes": schemes,
        "security": [{"key": []}],
    }
    app.remember("GET", "/docs", is_public=True)
    app.enable_swagger(path="/docs", persist_authorization=True, **about)

    @app.endpoint("GET", "/openapi.json", is_public=True, include_in_schema=False)
    def openapi() -> Response[str]:
        document = app.get_openapi_schema(**about).model_dump(by_alias=True, exclude_none=True, mode="json")
        return Response(status_code=200, content_type="application/json", body=json.dumps(whole_numbers(document), indent=2))
