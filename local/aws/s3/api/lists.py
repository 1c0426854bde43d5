"""Lists of objects, in S3's two versions, and as the only versions of a bucket without versioning."""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from local.aws.s3.api.answers import Answer, Elements, document, quoted, xml_date
from local.aws.s3.api.numbers import number
from local.aws.s3.api.request import Request
from local.aws.s3.errors import bad_request
from local.aws.s3.store.index import StoredObject
from local.aws.s3.store.listing import Page, Query
from local.aws.s3.store.store import ObjectStore

# S3's limit for a page.
MAX_KEYS = 1000
OWNER: Elements = [("DisplayName", "local"), ("ID", "local")]
Spell = Callable[[str], str]


def list_v2(store: ObjectStore, request: Request) -> Answer:
    """ListObjectsV2."""
    query, spell = request.query, _spelling(request)
    token = query.get("continuation-token")
    after = query.get("start-after", "") if token is None else _decoded(token)
    page = store.page(_query(request, after))
    owner = OWNER if query.get("fetch-owner") == "true" else None
    elements = [
        *_common(request, page),
        ("KeyCount", len(page.objects) + len(page.prefixes)),
        ("ContinuationToken", token),
        ("NextContinuationToken", None if page.last is None else _token(page.last)),
        ("StartAfter", spell(query["start-after"]) if query.get("start-after") else None),
        *(("Contents", _described(each, spell, owner)) for each in page.objects),
        *(("CommonPrefixes", [("Prefix", spell(each))]) for each in page.prefixes),
    ]
    return document("ListBucketResult", elements)


def list_v1(store: ObjectStore, request: Request) -> Answer:
    """ListObjects."""
    spell, marker = _spelling(request), request.query.get("marker", "")
    page = store.page(_query(request, marker))
    elements = [
        *_common(request, page),
        ("Marker", spell(marker)),
        # Without a delimiter, the last key is the marker of the next page.
        ("NextMarker", spell(page.last) if page.last is not None and request.query.get("delimiter") else None),
        *(("Contents", _described(each, spell, OWNER)) for each in page.objects),
        *(("CommonPrefixes", [("Prefix", spell(each))]) for each in page.prefixes),
    ]
    return document("ListBucketResult", elements)


def list_versions(store: ObjectStore, request: Request) -> Answer:
    """ListObjectVersions."""
    spell, marker = _spelling(request), request.query.get("key-marker", "")
    page = store.page(_query(request, marker))
    only: Elements = [("VersionId", "null"), ("IsLatest", True)]
    elements = [
        *_common(request, page),
        ("KeyMarker", spell(marker)),
        ("VersionIdMarker", request.query.get("version-id-marker", "")),
        ("NextKeyMarker", None if page.last is None else spell(page.last)),
        ("NextVersionIdMarker", None if page.last is None else "null"),
        *(("Version", [*_described(each, spell, OWNER), *only]) for each in page.objects),
        *(("CommonPrefixes", [("Prefix", spell(each))]) for each in page.prefixes),
    ]
    return document("ListVersionsResult", elements)


def _query(request: Request, after: str) -> Query:
    given = request.query
    most = min(number(given, "max-keys", MAX_KEYS), MAX_KEYS)
    return Query(request.bucket, given.get("prefix", ""), given.get("delimiter", ""), after, most)


def _common(request: Request, page: Page) -> Elements:
    given, spell = request.query, _spelling(request)
    return [
        ("Name", request.bucket),
        ("Prefix", spell(given.get("prefix", ""))),
        ("Delimiter", spell(given["delimiter"]) if given.get("delimiter") else None),
        ("MaxKeys", number(given, "max-keys", MAX_KEYS)),
        ("EncodingType", given.get("encoding-type")),
        ("IsTruncated", page.last is not None),
    ]


def _described(stored: StoredObject, spell: Spell, owner: Elements | None) -> list[tuple[str, object]]:
    return [
        ("Key", spell(stored.key)),
        ("LastModified", xml_date(stored.modified)),
        ("ETag", quoted(stored.etag)),
        *(("ChecksumAlgorithm", name.upper()) for name in stored.about.checksums),
        ("Size", stored.size),
        ("StorageClass", stored.about.headers.get("x-amz-storage-class", "STANDARD")),
        ("Owner", owner),
    ]


def _spelling(request: Request) -> Spell:
    """Return how names are written: with encoding-type=url, characters that XML cannot contain are possible."""
    kind = request.query.get("encoding-type")
    if kind not in (None, "url"):
        raise bad_request("InvalidArgument", "Invalid Encoding Method specified in Request", ArgumentName="encoding-type")
    return quote if kind == "url" else str


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _decoded(token: str) -> str:
    try:
        name = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        name = ""
    if not name:
        raise bad_request("InvalidArgument", "The continuation token provided is incorrect", ArgumentName="continuation-token")
    return name
