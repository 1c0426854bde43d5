"""S3 in front of moto: objects come from the store, the settings of buckets from moto."""

import io
import logging
import re
from collections.abc import Callable, Iterable
from secrets import token_hex
from typing import Any

from werkzeug.test import run_wsgi_app

from local.aws.s3 import moto_buckets
from local.aws.s3.api.answers import Answer
from local.aws.s3.api.body import Body
from local.aws.s3.api.request import Request, read
from local.aws.s3.errors import S3Error, internal_error, not_found, not_implemented
from local.aws.s3.routing import SETTINGS, operation_of
from local.aws.s3.store.store import BucketNotEmpty, MissingFile, NoSuchBucket, ObjectStore
from local.aws.s3.store.uploads import NoSuchUpload, Uploads
from local.state.database import StorageError

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]

_log = logging.getLogger(__name__)
_SERVICE = re.compile(r"Credential=[^,\s]*/([^/,\s]+)/aws4_request")


def is_s3(environ: Environ) -> bool:
    """Return whether a request is for S3: signed for it, or unsigned and no JSON call, hence presigned or a form."""
    if "HTTP_X_AMZ_TARGET" in environ or environ["PATH_INFO"].startswith("/v20180820/"):  # S3 Control, which signs alike
        return False
    authorization = environ.get("HTTP_AUTHORIZATION")
    if authorization is None:
        return True
    service = _SERVICE.search(authorization)
    return service[1] == "s3" if service else authorization.startswith("AWS ")  # signature version 2


def with_s3(app: App, store: ObjectStore) -> App:
    """Answer requests for objects from the store; all others go on to moto, which first gets the store's buckets."""
    for name in store.buckets():
        moto_buckets.create(name)

    def route(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not is_s3(environ) or environ["REQUEST_METHOD"] == "OPTIONS":
            return app(environ, start_response)
        answer, headers = _answer(app, store, environ)
        start_response(answer.status, [*answer.headers.items(), *headers.items()])
        return answer.body

    return route


def _answer(app: App, store: ObjectStore, environ: Environ) -> tuple[Answer, dict[str, str]]:
    """Return the answer, and the headers that every answer has."""
    headers = {"x-amz-request-id": token_hex(8).upper()}
    body: Body | None = None
    try:
        body = Body(environ)
        request = read(environ, body)
        if "origin" in request.headers:
            headers |= moto_buckets.cors_headers(request.bucket, request.headers["origin"])
        operation = operation_of(request)
        answer = operation(store, request) if operation else _from_moto(app, store, request)
    except Exception as error:  # of which nothing was stored
        answer = _refusal(_as_s3_error(error), environ["REQUEST_METHOD"])
    if body is not None:
        body.drain()
    return answer, headers


def _refusal(error: S3Error, method: str) -> Answer:
    if method == "HEAD":
        return Answer(error.status, {"Content-Type": "application/xml"})
    body = error.body
    return Answer(error.status, {"Content-Type": "application/xml", "Content-Length": str(len(body))}, [body])


def _as_s3_error(error: Exception) -> S3Error:
    match error:
        case S3Error():
            return error
        case NoSuchBucket():
            return not_found("NoSuchBucket", "The specified bucket does not exist", BucketName=str(error))
        case NoSuchUpload():
            message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
            return not_found("NoSuchUpload", message, UploadId=str(error))
        case BucketNotEmpty():
            return S3Error("409 Conflict", "BucketNotEmpty", "The bucket you tried to delete is not empty")
        case MissingFile() | StorageError():
            return internal_error(str(error))
        case OSError():
            return internal_error(error.strerror or str(error))
    _log.exception("S3 request failed")
    return internal_error("unexpected error; see the service's log")


def _from_moto(app: App, store: ObjectStore, request: Request) -> Answer:
    """Let moto create, delete or configure a bucket, and repeat it in the store."""
    is_whole = bool(request.bucket) and not set(request.query) & SETTINGS
    data = request.body.raw()
    if request.method == "PUT" and "versioning" in request.query and b"Enabled" in data:
        # A client would believe that it can get a deleted object back.
        raise not_implemented("versions of objects")
    if request.method == "DELETE" and is_whole:
        store.check_empty(request.bucket)
    body, status, headers = run_wsgi_app(app, {**request.environ, "wsgi.input": io.BytesIO(data)}, buffered=True)
    if is_whole and status.startswith("2"):
        _repeat(store, request)
    return Answer(status, dict(headers), body)


def _repeat(store: ObjectStore, request: Request) -> None:
    if request.method == "PUT":
        store.add_bucket(request.bucket)
    elif request.method == "DELETE":
        Uploads(store).abort_all(request.bucket)
        store.remove_bucket(request.bucket)
