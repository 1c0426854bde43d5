"""S3 in memory: complete objects, conditional puts and checksums, from the request on the wire."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape
from zlib import crc32

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.aws.errors import AwsError
from tests.support.memory_aws.responses import http

_META = "x-amz-meta-"
CONFLICT = "The conditional request cannot succeed due to a conflicting operation against this resource."


@dataclass(frozen=True)
class StoredObject:
    """One object."""

    data: bytes
    content_type: str
    metadata: dict[str, str] = field(default_factory=dict)
    sha256: str | None = None

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.data, usedforsecurity=False).hexdigest()}"'


class MemoryS3:
    """Buckets by name; `watch` sees every stored object.

    `may_list` says whether the caller has s3:ListBucket: without it, a missing object is forbidden. An upload takes `upload_time` seconds,
    in which a conditional one under the same name conflicts.
    """

    def __init__(self, *buckets: str, now: Callable[[], float] = lambda: 0.0) -> None:
        self.buckets: dict[str, dict[str, StoredObject]] = {name: {} for name in buckets}
        self.watch: Callable[[str, StoredObject], None] = lambda key, stored: None
        self.may_list: Callable[[], bool] = lambda: True
        self.upload_time: Callable[[], float] = lambda: 0.0
        self.taken = 0.0  # seconds of the latest upload
        self._now, self._uploads = now, dict[str, float]()

    def answer(self, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        """Run one operation; raises AwsError."""
        if operation == "CreateBucket":
            self.buckets.setdefault(_place(request.url)[0], {})
            return http(200)
        bucket, key = self._address(request.url)
        match operation:
            case "PutObject":
                return self._put(bucket, key, request)
            case "GetObject":
                return self._get(bucket, key, _headers(request))
            case "HeadObject":
                return self._head(bucket, key, _headers(request))
            case "CopyObject":
                return self._copy(bucket, key, _headers(request))
            case "ListObjectsV2":
                return _listed(bucket, parse_qs(urlsplit(request.url).query))
            case "ListObjectVersions":
                return _listed(bucket, parse_qs(urlsplit(request.url).query), "ListVersionsResult", "Version")
            case "DeleteObject":
                bucket.pop(key, None)
                return http(204)
        raise NotImplementedError(f"s3.{operation}")

    def _address(self, url: str) -> tuple[dict[str, StoredObject], str]:
        name, key = _place(url)
        return self._bucket(name), key

    def _bucket(self, name: str) -> dict[str, StoredObject]:
        if name not in self.buckets:
            raise AwsError(404, "NoSuchBucket", "The specified bucket does not exist")
        return self.buckets[name]

    def _put(self, bucket: dict[str, StoredObject], key: str, request: AWSPreparedRequest) -> AWSResponse:
        headers = _headers(request)
        data = _body(request, headers)
        _check_sums(data, headers)
        if "if-none-match" in headers and self._uploads.get(key, 0.0) > self._now():
            raise AwsError(409, "ConditionalRequestConflict", CONFLICT)
        if "if-none-match" in headers and key in bucket:
            raise AwsError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        metadata = {name.removeprefix(_META): value for name, value in headers.items() if name.startswith(_META)}
        stored = StoredObject(data, headers.get("content-type", "binary/octet-stream"), metadata, headers.get("x-amz-checksum-sha256"))
        bucket[key] = stored
        self.taken = self.upload_time()
        self._uploads[key] = self._now() + self.taken
        self.watch(key, stored)
        return http(200, ETag=stored.etag)

    def _get(self, bucket: dict[str, StoredObject], key: str, headers: dict[str, str]) -> AWSResponse:
        stored = bucket.get(key)
        if stored is None:
            raise self._missing()
        _check_etag(stored, headers.get("if-match"))
        if "range" not in headers:
            return http(200, stored.data, **_described(stored, len(stored.data)))
        first, _, last = headers["range"].removeprefix("bytes=").partition("-")
        part = stored.data[int(first) : int(last) + 1]
        if not part:
            raise AwsError(416, "InvalidRange", "The requested range is not satisfiable")
        place = f"bytes {first}-{int(first) + len(part) - 1}/{len(stored.data)}"
        return http(206, part, Content_Range=place, **_described(stored, len(part)))

    def _head(self, bucket: dict[str, StoredObject], key: str, headers: dict[str, str]) -> AWSResponse:
        stored = bucket.get(key)
        if stored is None:
            return http(self._missing().status)  # a HEAD has no body and therefore no code
        sums = {"x-amz-checksum-sha256": stored.sha256} if stored.sha256 and headers.get("x-amz-checksum-mode") == "ENABLED" else {}
        return http(200, b"", **_described(stored, len(stored.data)), **sums)

    def _missing(self) -> AwsError:
        """Return the answer about an object that does not exist."""
        if not self.may_list():
            return AwsError(403, "AccessDenied", "Access Denied")
        return AwsError(404, "NoSuchKey", "The specified key does not exist.")

    def _copy(self, bucket: dict[str, StoredObject], key: str, headers: dict[str, str]) -> AWSResponse:
        source, _, name = unquote(headers["x-amz-copy-source"]).lstrip("/").partition("/")
        stored = self._bucket(source).get(name)
        if stored is None:
            raise self._missing()
        _check_etag(stored, headers.get("x-amz-copy-source-if-match"))
        members = f"<ETag>{stored.etag}</ETag>"
        if headers.get("x-amz-checksum-algorithm") == "SHA256":
            stored = replace(stored, sha256=base64.b64encode(hashlib.sha256(stored.data).digest()).decode())
            members += f"<ChecksumSHA256>{stored.sha256}</ChecksumSHA256>"
        bucket[key] = stored
        self.watch(key, stored)
        return http(200, f"<CopyObjectResult>{members}</CopyObjectResult>".encode())


def _place(url: str) -> tuple[str, str]:
    """Return bucket and key; the bucket is in the host or first in the path."""
    parts = urlsplit(url)
    host, path = parts.netloc.partition(".s3.")[0], unquote(parts.path.lstrip("/"))
    name, _, key = path.partition("/") if host in ("s3", parts.netloc) else (host, "", path)
    return name, key


def _headers(request: AWSPreparedRequest) -> dict[str, str]:
    return {name.lower(): _text(value) for name, value in request.headers.items()}


def _described(stored: StoredObject, length: int) -> dict[str, str]:
    metadata = {f"{_META}{name}": value for name, value in stored.metadata.items()}
    return {"ETag": stored.etag, "Content_Type": stored.content_type, "Content_Length": str(length), **metadata}


def _check_etag(stored: StoredObject, wanted: str | None) -> None:
    if wanted is not None and wanted.strip('"') != stored.etag.strip('"'):
        raise AwsError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")


def _listed(
    bucket: dict[str, StoredObject], query: dict[str, list[str]], root: str = "ListBucketResult", element: str = "Contents"
) -> AWSResponse:
    """One page of keys in their order; in a bucket without versions, each is the only version of its object."""
    keys = sorted(key for key in bucket if key.startswith(query.get("prefix", [""])[0]))[: int(query.get("max-keys", ["1000"])[0])]
    version = "<VersionId>null</VersionId>" if element == "Version" else ""
    found = "".join(f"<{element}><Key>{escape(key)}</Key>{version}<Size>{len(bucket[key].data)}</Size></{element}>" for key in keys)
    return http(200, f"<{root}>{found}</{root}>".encode(), Content_Type="application/xml")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _body(request: AWSPreparedRequest, headers: dict[str, str]) -> bytes:
    body: Any = request.body
    data: bytes = body if isinstance(body, bytes) else body.read() if body is not None else b""
    if "x-amz-decoded-content-length" not in headers:
        if "content-length" in headers and int(headers["content-length"]) != len(data):
            raise AwsError(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
        return data
    return _unchunked(data, int(headers["x-amz-decoded-content-length"]))


def _unchunked(data: bytes, length: int) -> bytes:
    """Return the content of an aws-chunked body, after checking its trailing checksum."""
    content, rest = b"", data
    while True:
        size, _, rest = rest.partition(b"\r\n")
        count = int(size.split(b";")[0], 16)
        if count == 0:
            break
        content, rest = content + rest[:count], rest[count + 2 :]
    trailer, _, value = rest.strip().partition(b":")
    if len(content) != length:
        raise AwsError(400, "IncompleteBody", "The body is shorter than announced")
    if trailer == b"x-amz-checksum-crc32" and base64.b64decode(value) != crc32(content).to_bytes(4, "big"):
        raise AwsError(400, "BadDigest", "The CRC32 you specified did not match the calculated checksum.")
    return content


def _check_sums(data: bytes, headers: dict[str, str]) -> None:
    given = headers.get("x-amz-checksum-sha256")
    if given is not None and base64.b64decode(given) != hashlib.sha256(data).digest():
        raise AwsError(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
