"""One request to S3: bucket and key from host and path, query, headers, and the body that is still to be read."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

from local.aws.s3.api.body import Body
from local.aws.s3.errors import bad_request

MAX_KEY_BYTES = 1024
# Parts of a presigned URL that are not headers in disguise.
_SIGNATURE = frozenset(
    f"x-amz-{name}" for name in ("algorithm", "credential", "date", "expires", "signature", "signedheaders", "security-token")
)
_AMAZON = re.compile(r"(?:(?P<bucket>.+)\.)?s3[.-](?:.+\.)?amazonaws\.com(?:\.cn)?")
# As in moto: hosts whose first label is no bucket.
_PATH_HOST = re.compile(r"[^.]*|(localhost|localstack|host\.docker\.internal).*|[\d.]+|\[.*\]|.*\.svc\.cluster\.local")


@dataclass(frozen=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    bucket: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Body
    environ: dict[str, Any]


def read(environ: dict[str, Any], body: Body) -> Request:
    """Parse a request; raise S3Error."""
    bucket, key = _address(environ.get("HTTP_HOST", ""), environ["REQUEST_URI"])
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    return Request(environ["REQUEST_METHOD"], bucket, key, query, _signed_values(query) | _headers(environ), body, environ)


def _address(host: str, uri: str) -> tuple[str, str]:
    """Return bucket and key; each is empty if the address has none."""
    path = urlsplit(uri).path if uri.startswith("http") else uri.partition("?")[0]
    try:
        path = unquote_to_bytes(path).decode().removeprefix("/")
    except UnicodeDecodeError:
        raise bad_request("InvalidURI", "Couldn't parse the specified URI.") from None
    bucket = _bucket_of(host)
    if bucket:
        return bucket, path
    bucket, _, key = path.partition("/")
    return bucket, key


def _bucket_of(host: str) -> str:
    """Return the bucket that a host names, or nothing if the path names it."""
    name = host if host.endswith("]") else re.sub(r":\d+$", "", host)
    if amazon := _AMAZON.fullmatch(name):
        return amazon["bucket"] or ""
    return "" if _PATH_HOST.fullmatch(name) else name.partition(".")[0]


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    spelled = environ.get(PRESERVED_HEADER_NAMES_ENVIRON_KEY, {})
    headers = {spelled.get(name, name[5:].replace("_", "-")).lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    more = {"content-type": environ.get("CONTENT_TYPE"), "content-length": environ.get("CONTENT_LENGTH")}
    return headers | {name: value for name, value in more.items() if value}


def _signed_values(query: dict[str, str]) -> dict[str, str]:
    """Return the headers that some SDKs put into the query of a presigned URL."""
    return {name.lower(): value for name, value in query.items() if name.lower().startswith("x-amz-") and name.lower() not in _SIGNATURE}
