"""Put, read and delete objects."""

from collections.abc import Mapping
from dataclasses import replace

from local.aws.s3.api import conditions
from local.aws.s3.api.answers import Answer, FilePart, empty, quoted
from local.aws.s3.api.headers import checksum_headers, described, stored_headers
from local.aws.s3.api.ranges import Span, part_span, span_of
from local.aws.s3.api.receive import receive
from local.aws.s3.api.request import Request
from local.aws.s3.errors import S3Error, bad_request, no_such_key
from local.aws.s3.store.index import About, StoredObject
from local.aws.s3.store.store import Condition, ObjectStore


def put(store: ObjectStore, request: Request) -> Answer:
    """PutObject."""
    headers = stored_headers(request.headers)
    if "content-length" not in request.headers and not request.environ.get("wsgi.input_terminated"):
        raise S3Error("411 Length Required", "MissingContentLength", "You must provide the Content-Length HTTP header.")
    condition = write_condition(request)
    store.check(request.bucket, request.key, condition)
    with store.files.new() as file:
        received = receive(request, file)
        about = About(headers, received.checksums)
        stored = store.put(file, request.bucket, request.key, received.etag, about, condition)
    return with_headers(empty(ETag=quoted(stored.etag)), checksum_headers(stored.about) | encryption(stored))


def get(store: ObjectStore, request: Request) -> Answer:
    """GetObject."""
    found = store.open(request.bucket, request.key)
    if found is None:
        raise no_such_key(request.key)
    stored, file = found
    try:
        answer, span = _read(request, stored)
    except BaseException:
        file.close()
        raise
    if span is None:
        file.close()
        return answer
    return replace(answer, body=FilePart(file, span.start, span.length))


def head(store: ObjectStore, request: Request) -> Answer:
    """HeadObject."""
    stored = store.find(request.bucket, request.key)
    if stored is None:
        raise no_such_key(request.key)
    return _read(request, stored)[0]


def delete(store: ObjectStore, request: Request) -> Answer:
    """DeleteObject."""
    has_condition = "if-match" in request.headers
    store.delete(request.bucket, [request.key], write_condition(request) if has_condition else None)
    return empty("204 No Content")


def write_condition(request: Request) -> Condition:
    """Return the condition in the headers on what is stored under the key."""
    return lambda before: conditions.check_write(request.headers, request.key, before)


def check_version(version: str) -> None:
    """Raise S3Error unless this is the only version: buckets here have no others."""
    if version not in ("", "null"):
        raise bad_request("InvalidArgument", "Invalid version id specified", ArgumentName="versionId", ArgumentValue=version)


def _read(request: Request, stored: StoredObject) -> tuple[Answer, Span | None]:
    """Return an answer without its body, and which part of the file that is; raise S3Error."""
    headers = described(stored, request.query)
    if conditions.is_unchanged(request.headers, stored):
        kept = {name: value for name, value in headers.items() if not name.startswith("content-")}
        return Answer("304 Not Modified", kept), None
    span = _span(request.headers, request.query, stored)
    if "partNumber" in request.query and stored.about.parts:
        headers["x-amz-mp-parts-count"] = str(len(stored.about.parts))
    if span is None:
        sums = checksum_headers(stored.about) if request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED" else {}
        return Answer("200 OK", headers | sums | {"content-length": str(stored.size)}), Span(0, stored.size)
    place = {"content-length": str(span.length), "content-range": span.content_range(stored.size)}
    return Answer("206 Partial Content", headers | place), span


def _span(headers: Mapping[str, str], query: Mapping[str, str], stored: StoredObject) -> Span | None:
    if "partNumber" not in query:
        return span_of(headers.get("range"), stored.size)
    span = part_span(query["partNumber"], stored.about.parts, stored.size)
    return span if stored.size else None


def encryption(stored: StoredObject) -> dict[str, str]:
    headers = described(stored, {})
    return {name: headers[name] for name in headers if name.startswith("x-amz-server-side-encryption")}


def with_headers(answer: Answer, headers: Mapping[str, str]) -> Answer:
    return replace(answer, headers={**answer.headers, **headers})
