"""Checks before a route runs: path, method, API key, content type and encoding of the body."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from cliprelay.api.http.endpoints import Endpoint
from cliprelay.api.http.problems import HttpRefusal
from cliprelay.api.http.query import query_complaints
from cliprelay.errors import FieldComplaint, Refusal


@dataclass(frozen=True)
class Admitted:
    """An admitted request: its tenant ("" on public paths), its raw body and the complaints about its query."""

    tenant: str
    body: bytes
    model: type[BaseModel] | None  # the route's body type
    query: list[FieldComplaint] = field(default_factory=list)


def admit(event: Mapping[str, Any], find: Callable[[str], Endpoint | None], tenant_of: Callable[[str], str | None]) -> Admitted:
    """Admit a request, or raise a Refusal; checks 404, 405, 401, 415, 400 in this order."""
    http = event["requestContext"]["http"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    method = http["method"].upper()
    endpoint = _endpoint(find(event.get("rawPath") or "/"), method)
    tenant = "" if endpoint.is_public else _tenant(headers.get("authorization"), tenant_of)
    # Mail programs and trackers add parameters to the links that people open.
    query = [] if endpoint.is_public else query_complaints(event.get("rawQueryString") or "", endpoint.queries[method])
    model = endpoint.bodies[method]
    if model is None:
        return Admitted(tenant, b"", None, query)
    _check_content_type(headers.get("content-type", ""))
    _check_content_coding(headers.get("content-encoding", ""))
    return Admitted(tenant, _body(event), model, query)


def is_preflight(event: Mapping[str, Any]) -> bool:
    """Report whether this is a CORS preflight; the gateway adds the headers to a 2xx of its $default route."""
    headers = event.get("headers") or {}
    is_options: bool = event["requestContext"]["http"]["method"].upper() == "OPTIONS"
    return is_options and "origin" in headers and "access-control-request-method" in headers


def _endpoint(found: Endpoint | None, method: str) -> Endpoint:
    if found is None:
        raise Refusal("not_found", "This path does not exist; /docs lists all paths.")
    if method not in found.bodies:
        allowed = ", ".join(sorted(found.bodies))
        raise HttpRefusal("method_not_allowed", f"This path supports {allowed}.", {"Allow": allowed})
    return found


def _tenant(authorization: str | None, tenant_of: Callable[[str], str | None]) -> str:
    scheme, _, key = (authorization or "").partition(" ")
    tenant = tenant_of(key.strip()) if scheme.lower() == "bearer" and key.strip() else None
    if tenant is None:
        detail = "Send an API key of this deployment as `Authorization: Bearer <key>`."
        raise HttpRefusal("unauthorized", detail, {"WWW-Authenticate": "Bearer"})
    return tenant


def _check_content_type(value: str) -> None:
    # A missing type means JSON; curl -d without a type sends a form type, which is refused.
    if value and value.partition(";")[0].strip().lower() != "application/json":
        raise Refusal("unsupported_media_type", "The body must be JSON: send `Content-Type: application/json`.")


def _check_content_coding(value: str) -> None:
    codings = {coding.strip().lower() for coding in value.split(",")} - {"", "identity"}
    if codings:
        detail = "The body is compressed, as `Content-Encoding` says; send it uncompressed, without that header."
        # Says which codings are accepted: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16
        raise HttpRefusal("unsupported_media_type", detail, {"Accept-Encoding": "identity"})


def _body(event: Mapping[str, Any]) -> bytes:
    text: str = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
        decoded = body.decode()
    except ValueError:  # not base64, or not UTF-8
        raise Refusal("malformed_json", "The body is not JSON: it is not UTF-8.") from None
    if not decoded.strip():
        raise Refusal("malformed_json", "The body is empty; it must be a JSON object.")
    return body
