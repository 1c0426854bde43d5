"""Require a valid presigned URL or form for requests without an Authorization header."""

import hmac
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.account import SIGNERS
from local.aws.s3.errors import S3Error, forbidden
from local.aws.s3.form_upload import is_form, store_form
from local.aws.s3.moto_buckets import cors_headers

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]

# AWS's maximum for X-Amz-Expires: a week.
MAX_EXPIRY = timedelta(days=7)

UNSUPPORTED = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."  # quoted from S3


def check(method: str, url: str, headers: dict[str, str], now: datetime) -> None:
    """Raise S3Error unless the URL was signed for this method, host, path and query, and is still valid."""
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    if "Signature" in query and "AWSAccessKeyId" in query:
        raise S3Error("400 Bad Request", "InvalidRequest", UNSUPPORTED)
    if "X-Amz-Signature" not in query:
        raise forbidden("AccessDenied", "Access Denied")
    try:
        access_key_id, _, region, _, _ = query["X-Amz-Credential"].split("/")
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        expires = timedelta(seconds=int(query["X-Amz-Expires"]))
        names = query["X-Amz-SignedHeaders"].split(";")
    except (KeyError, ValueError):
        raise S3Error("400 Bad Request", "AuthorizationQueryParametersError", "Error parsing the query") from None
    if access_key_id not in SIGNERS:
        raise forbidden("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    if not timedelta() < expires <= MAX_EXPIRY:
        raise S3Error("400 Bad Request", "AuthorizationQueryParametersError", "X-Amz-Expires is out of range")
    if now > signed_at + expires:
        raise forbidden("AccessDenied", "Request has expired")
    signed_headers = {name: headers.get(name, "") for name in names}
    expected = signature(method, url, signed_headers, access_key_id, region)
    if not hmac.compare_digest(expected.encode(), query["X-Amz-Signature"].encode()):
        raise forbidden("SignatureDoesNotMatch", "The request signature we calculated does not match")


def signature(method: str, url: str, headers: dict[str, str], access_key_id: str, region: str) -> str:
    """Calculate botocore's signature of this request."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    # Re-encoded, as by S3, because clients encode the same query in different ways.
    unsigned = urlencode([pair for pair in query if pair[0] != "X-Amz-Signature"], quote_via=quote, safe="-_.~")
    request = AWSRequest(method=method, url=parts._replace(query=unsigned).geturl(), headers=headers)
    request.context["timestamp"] = dict(query)["X-Amz-Date"]
    auth = S3SigV4QueryAuth(Credentials(access_key_id, SIGNERS[access_key_id]), "s3", region)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return str(auth.signature(text, request))


def require_presigned(app: App, clock: Callable[[], datetime]) -> App:
    """Check unsigned requests; SDK requests pass, because moto ignores their signatures."""

    def guard(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if "HTTP_AUTHORIZATION" in environ or "HTTP_X_AMZ_TARGET" in environ:
            return app(environ, start_response)
        readable = _readable_by_pages(environ, start_response)
        try:
            if is_form(environ):
                return store_form(app, environ, readable, clock())
            check(environ["REQUEST_METHOD"], _url(environ), _headers(environ), clock())
        except S3Error as error:
            return _answer(error, environ, readable)
        return app(environ, start_response)

    return guard


def _readable_by_pages(environ: Environ, start_response: Any) -> Any:
    """Add the bucket's CORS headers to the answers to forms and to refusals, as S3 does."""
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return start_response
    more = list(cors_headers(environ["PATH_INFO"].strip("/").partition("/")[0], origin).items())
    return lambda status, headers, *rest: start_response(status, [*headers, *more], *rest)


def _url(environ: Environ) -> str:
    return f"http://{environ.get('HTTP_HOST', '')}{environ['REQUEST_URI']}"


def _headers(environ: Environ) -> dict[str, str]:
    headers = {name.removeprefix("HTTP_").replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    return headers | {
        "content-type": environ.get("CONTENT_TYPE", ""),
        "content-length": environ.get("CONTENT_LENGTH", ""),
    }


def _answer(error: S3Error, environ: Environ, start_response: Any) -> list[bytes]:
    body = error.body
    start_response(error.status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
