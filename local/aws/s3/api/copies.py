"""Copy objects inside the store."""

from typing import IO
from urllib.parse import unquote

from local.aws.s3.api import conditions
from local.aws.s3.api.answers import Answer, document, quoted, xml_date
from local.aws.s3.api.headers import checksum_elements, copied_headers
from local.aws.s3.api.objects import check_version, encryption, with_headers, write_condition
from local.aws.s3.api.receive import algorithm
from local.aws.s3.api.request import Request
from local.aws.s3.errors import S3Error, bad_request, no_such_key
from local.aws.s3.store.checksums import Sums
from local.aws.s3.store.files import PIECE, NewFile
from local.aws.s3.store.index import About, StoredObject
from local.aws.s3.store.store import ObjectStore

_SAME_OBJECT = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata,"
    " storage class, website redirect location or encryption attributes."
)


def copy(store: ObjectStore, request: Request) -> Answer:
    """CopyObject."""
    source, content = open_source(store, request)
    with content, store.files.new() as file:
        headers = copied_headers(request.headers, source.about)
        _check_difference(request, source, headers)
        etag, checksums = _copied(source, content, file, request.headers.get("x-amz-checksum-algorithm"))
        stored = store.put(file, request.bucket, request.key, etag, About(headers, checksums), write_condition(request))
    elements = [("LastModified", xml_date(stored.modified)), ("ETag", quoted(stored.etag)), *checksum_elements(checksums)]
    return with_headers(document("CopyObjectResult", elements), encryption(stored))


def open_source(store: ObjectStore, request: Request) -> tuple[StoredObject, IO[bytes]]:
    """Return the source of a copy, if it is as expected; raise S3Error."""
    path, _, query = request.headers["x-amz-copy-source"].partition("?")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not key:
        raise bad_request("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    check_version(query.removeprefix("versionId="))
    found = store.open(bucket, key)
    if found is None:
        raise no_such_key(key)
    try:
        conditions.check_copy(request.headers, found[0])
    except S3Error:
        found[1].close()
        raise
    return found


def _copied(source: StoredObject, content: IO[bytes], file: NewFile, wanted: str | None) -> tuple[str, dict[str, str]]:
    """Copy the bytes, and return ETag and checksums of the copy, which was not uploaded in parts."""
    about = source.about
    name = algorithm(wanted) if wanted else next(iter(about.checksums), None)
    is_known = not about.parts and (name is None or name in about.checksums)
    sums = Sums([] if name is None else [name])
    while piece := content.read(PIECE):
        file.write(piece)
        if not is_known:
            sums.update(piece)
    return (source.etag, {name: about.checksums[name]} if name else {}) if is_known else (sums.md5.hex(), sums.checksums)


def _check_difference(request: Request, source: StoredObject, headers: dict[str, str]) -> None:
    """Raise S3Error if the copy would replace its source by itself."""
    is_same = (source.bucket, source.key, source.about.headers) == (request.bucket, request.key, headers)
    if is_same and request.headers.get("x-amz-metadata-directive") != "REPLACE":
        raise bad_request("InvalidRequest", _SAME_OBJECT)
