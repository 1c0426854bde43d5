"""Checks before a route runs: path, method, API key, content type and encoding of the body."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cliprelay.api.http.endpoints import Endpoint, Route
from cliprelay.api.http.problems import HttpRefusal
from cliprelay.api.http.query import query_complaints
from cliprelay.api.http.request import headers_of
from cliprelay.errors import FieldComplaint, Refusal
from cliprelay.tenants.api_keys import Identity


class Admitted(NamedTuple):
    """An admitted request: its route, whose key it carries (nobody's on public paths), its body and the complaints about its query."""

    endpoint: Endpoint
    route: Route
    identity: Identity
    text: str  # the body of a request to our own API
    body: bytes  # that of one to a foreign API
    query: list[FieldComplaint]


def admit(event: Mapping[str, Any], find: Callable[[str], Endpoint | None], identify: Callable[[str], Identity | None]) -> Admitted:
    """Admit a request, or raise a Refusal; checks 404, 405, 401, 415, 400 in this order."""
    http = event["requestContext"]["http"]
    headers = headers_of(event)
    method = http["method"].upper()
    endpoint = find(event.get("rawPath") or "/")
    if endpoint is None:
        raise Refusal("not_found", f"This path does not exist{'; /docs lists all paths' if find('/docs') else ''}.")
    _check_method(endpoint, method)
    face, route = endpoint.face, endpoint.routes[method]
    takes_bare_key = face is not None and face.takes_bare_key
    identity = Identity("") if endpoint.is_public else _identity(headers.get("authorization"), identify, takes_bare_key=takes_bare_key)
    if face is not None:
        _check_content_coding(headers.get("content-encoding", ""))
        return Admitted(endpoint, route, identity, "", _bytes(event), [])
    # Mail programs and trackers add parameters to the links that people open.
    query = [] if endpoint.is_public else query_complaints(event.get("rawQueryString") or "", route.query)
    if route.body is None:
        return Admitted(endpoint, route, identity, "", b"", query)
    if not route.needs_body and not event.get("body"):
        return Admitted(endpoint, route, identity, "{}", b"", query)
    check_content_type(headers.get("content-type", ""))
    _check_content_coding(headers.get("content-encoding", ""))
    return Admitted(endpoint, route, identity, _text(event), b"", query)


def is_preflight(event: Mapping[str, Any]) -> bool:
    """Report whether this is a CORS preflight; the gateway adds the headers to a 2xx of its $default route."""
    headers = event.get("headers") or {}
    is_options: bool = event["requestContext"]["http"]["method"].upper() == "OPTIONS"
    return is_options and "origin" in headers and "access-control-request-method" in headers


def _check_method(endpoint: Endpoint, method: str) -> None:
    if method not in endpoint.routes:
        allowed = ", ".join(sorted(endpoint.routes))
        raise HttpRefusal("method_not_allowed", f"This path supports {allowed}.", {"Allow": allowed})


def _identity(authorization: str | None, identify: Callable[[str], Identity | None], *, takes_bare_key: bool = False) -> Identity:
    scheme, _, key = (authorization or "").strip().partition(" ")
    if takes_bare_key and not key:
        scheme, key = "bearer", scheme
    identity = identify(key.strip()) if scheme.lower() == "bearer" and key.strip() else None
    if identity is None:
        detail = "Send an API key of this deployment as `Authorization: Bearer <key>`."
        raise HttpRefusal("unauthorized", detail, {"WWW-Authenticate": "Bearer"})
    return identity


def check_content_type(value: str) -> None:
    """Raise Refusal for a body that is declared as something other than JSON."""
    # A missing type means JSON; curl -d without a type sends a form type, which is refused.
    if value and value.partition(";")[0].strip().lower() != "application/json":
        raise Refusal("unsupported_media_type", "The body must be JSON: send `Content-Type: application/json`.")


def _check_content_coding(value: str) -> None:
    codings = {coding.strip().lower() for coding in value.split(",")} - {"", "identity"}
    if codings:
        detail = "The body is compressed, as `Content-Encoding` says; send it uncompressed, without that header."
        # Says which codings are accepted: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16
        raise HttpRefusal("unsupported_media_type", detail, {"Accept-Encoding": "identity"})


def _bytes(event: Mapping[str, Any]) -> bytes:
    """Return the body as it was sent, b"" without one."""
    text: str = event.get("body") or ""
    try:
        return base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except ValueError:
        raise Refusal("malformed_json", "The body cannot be read.") from None


def _text(event: Mapping[str, Any]) -> str:
    """Return the body as text, which is UTF-8; it is copied no more than needed, because it may be megabytes long."""
    text: str = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            text = base64.b64decode(text, validate=True).decode()
        elif not text.isascii():
            text.encode()
    except ValueError:  # not base64, or not UTF-8
        raise Refusal("malformed_json", "The body is not JSON: it is not UTF-8.") from None
    if not text or text.isspace():
        raise Refusal("malformed_json", "The body is empty; it must be a JSON object.")
    return text
