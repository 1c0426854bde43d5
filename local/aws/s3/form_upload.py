"""Turn an accepted form into a PUT, and its response into that of a form upload."""

import io
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from local.aws.s3.errors import S3Error, bad_request
from local.aws.s3.form_policy import CHECKSUM, Form, check_form, read_form

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]

# S3 accepts 5 GB; here a form is held in memory until its policy is checked, and no model accepts more than 30 MB.
MAX_FORM_BYTES = 100_000_000
# Fields that become headers of the object.
_HEADERS = ("content-type", "cache-control", "content-disposition", "content-encoding", "expires")


def is_form(environ: Environ) -> bool:
    """Return whether this is a form upload to a bucket."""
    kind = str(environ.get("CONTENT_TYPE", "")).lower()
    return kind.startswith("multipart/form-data") and environ["REQUEST_METHOD"] == "POST"


def store_form(app: App, environ: Environ, start_response: Any, now: datetime) -> Iterable[bytes]:
    """Check the form and store its file; raise S3Error."""
    bucket = environ["PATH_INFO"].strip("/")
    form = read_form(environ["CONTENT_TYPE"], environ["wsgi.input"].read(_length(environ)))
    check_form(form, bucket, now)
    status, headers, body = _put_object(app, environ, bucket, form)
    if not status.startswith("200"):
        start_response(status, headers)
        return [body]
    return _answer(form, bucket, dict(headers).get("ETag", ""), environ, start_response)


def _length(environ: Environ) -> int:
    try:
        length = int(environ.get("CONTENT_LENGTH") or "")
    except ValueError:
        raise S3Error("411 Length Required", "MissingContentLength", "You must provide the Content-Length HTTP header.") from None
    if length > MAX_FORM_BYTES:
        raise bad_request(
            "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", ProposedSize=length, MaxSizeAllowed=MAX_FORM_BYTES
        )
    return length


def _put_object(app: App, environ: Environ, bucket: str, form: Form) -> tuple[str, list[tuple[str, str]], bytes]:
    """PUT the object and return the response."""
    answer: list[Any] = []
    path = f"/{bucket}/{form.key}"
    put = {name: value for name, value in environ.items() if not name.startswith(("HTTP_", "werkzeug."))}
    put |= {f"HTTP_{name.upper().replace('-', '_')}": form.fields[name] for name in _HEADERS[1:] if name in form.fields}
    if CHECKSUM in form.fields:
        put |= {"HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM": "SHA256", "HTTP_X_AMZ_CHECKSUM_SHA256": form.fields[CHECKSUM]}
    # moto forbids anonymous overwriting; S3 allows it to the signer of the form.
    signer, signature = form.fields["x-amz-credential"], form.fields["x-amz-signature"]
    put |= {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={signer}, SignedHeaders=host, Signature={signature}"}
    put |= {"REQUEST_METHOD": "PUT", "PATH_INFO": path, "RAW_URI": quote(path), "REQUEST_URI": quote(path), "QUERY_STRING": ""}
    put |= {"HTTP_HOST": environ["HTTP_HOST"], "CONTENT_TYPE": form.fields.get("content-type", "")}
    put |= {"CONTENT_LENGTH": str(len(form.file)), "wsgi.input": io.BytesIO(form.file)}
    body = b"".join(app(put, lambda status, headers, *_: answer.extend((status, headers))))
    return answer[0], answer[1], body


def _answer(form: Form, bucket: str, etag: str, environ: Environ, start_response: Any) -> list[bytes]:
    """Respond with 204, or with 200 or 201 on request; other requested statuses are ignored, as by S3."""
    location = f"http://{environ['HTTP_HOST']}/{bucket}/{quote(form.key)}"
    headers = [("ETag", etag), ("Location", location)]
    if form.fields.get("success_action_redirect"):
        target = f"{form.fields['success_action_redirect']}?bucket={bucket}&key={quote(form.key, safe='')}&etag={quote(etag)}"
        start_response("303 See Other", [("Location", target), ("Content-Length", "0")])
        return []
    wish = form.fields.get("success_action_status")
    if wish == "201":
        parts = {"Location": location, "Bucket": bucket, "Key": form.key, "ETag": etag}
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inner}</PostResponse>'.encode()
        start_response("201 Created", [*headers, ("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]
    start_response("200 OK" if wish == "200" else "204 No Content", [*headers, *([("Content-Length", "0")] if wish == "200" else [])])
    return []
