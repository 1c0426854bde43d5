"""Headers that are stored with an object, and those that describe it in an answer."""

from collections.abc import Mapping

from local.aws.s3.api.answers import http_date, quoted
from local.aws.s3.errors import bad_request, not_implemented
from local.aws.s3.store.index import About, StoredObject

META = "x-amz-meta-"
# S3's limit for all names and values of the metadata.
MAX_META_BYTES = 2048
DEFAULT_TYPE = "binary/octet-stream"
_ENCRYPTION = "x-amz-server-side-encryption"
_STORED = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    "x-amz-website-redirect-location",
)
# What a copy takes from its own request, even if it keeps the metadata of its source.
_OF_REQUEST = ("x-amz-storage-class", _ENCRYPTION, f"{_ENCRYPTION}-aws-kms-key-id")
_STORAGE_CLASSES = ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
_ACCEPTED_ACLS = ("private", "bucket-owner-full-control")  # those that change nothing, because the bucket's owner owns everything
_UNSUPPORTED = (
    "x-amz-tagging",
    "x-amz-grant-",
    "x-amz-object-lock-",
    f"{_ENCRYPTION}-customer-",
    "x-amz-copy-source-server-side-encryption-customer-",
    "x-amz-write-offset-bytes",
)
# Query parameters that replace headers of one answer.
_OVERRIDES = {
    f"response-{name}": name
    for name in ("content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding")
}


def stored_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return what an upload stores with its object; raise S3Error for what the store cannot keep."""
    check_supported(headers)
    kept = {name: headers[name] for name in (*_STORED, *_OF_REQUEST) if headers.get(name)}
    kept["content-encoding"] = ",".join(each for each in _encodings(headers) if each != "aws-chunked")
    kept = {"content-type": DEFAULT_TYPE} | {name: value for name, value in kept.items() if value} | _meta(headers)
    return {name: value for name, value in kept.items() if (name, value) != ("x-amz-storage-class", "STANDARD")}


def copied_headers(headers: Mapping[str, str], source: About) -> dict[str, str]:
    """Return what a copy stores: the headers of its source, or of its request with REPLACE."""
    own = stored_headers(headers)
    directive = headers.get("x-amz-metadata-directive", "COPY")
    if directive == "REPLACE":
        return own
    if directive != "COPY":
        raise bad_request(
            "InvalidArgument", "Unknown metadata directive.", ArgumentName="x-amz-metadata-directive", ArgumentValue=directive
        )
    kept = {name: value for name, value in source.headers.items() if name not in _OF_REQUEST}
    return kept | {name: own[name] for name in _OF_REQUEST if name in own}


def check_supported(headers: Mapping[str, str]) -> None:
    """Raise S3Error for a header that the store would have to ignore."""
    for name in headers:
        if name.startswith(_UNSUPPORTED):
            raise not_implemented(f"the header {name}")
    if headers.get("x-amz-tagging-directive", "COPY") != "COPY":
        raise not_implemented("tags of objects")
    if headers.get("x-amz-acl", "private") not in _ACCEPTED_ACLS:
        raise not_implemented("access control lists; the bucket's owner owns every object")
    if headers.get("x-amz-storage-class", "STANDARD") not in _STORAGE_CLASSES:
        raise not_implemented(f"the storage class {headers['x-amz-storage-class']}")


def described(stored: StoredObject, query: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of an answer with this object; the query may replace some."""
    times = {"last-modified": http_date(stored.modified), "etag": quoted(stored.etag), "accept-ranges": "bytes"}
    replaced = {name: query[parameter] for parameter, name in _OVERRIDES.items() if parameter in query}
    return {_ENCRYPTION: "AES256"} | stored.about.headers | times | replaced


def checksum_headers(about: About) -> dict[str, str]:
    """Return the checksums of an object as headers."""
    kind = {"x-amz-checksum-type": "COMPOSITE" if about.is_composite else "FULL_OBJECT"} if about.checksums else {}
    return {f"x-amz-checksum-{name}": value for name, value in about.checksums.items()} | kind


def checksum_elements(checksums: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return checksums as elements of XML."""
    return [(f"Checksum{name.upper()}", value) for name, value in checksums.items()]


def _encodings(headers: Mapping[str, str]) -> list[str]:
    return [each.strip() for each in headers.get("content-encoding", "").split(",")]


def _meta(headers: Mapping[str, str]) -> dict[str, str]:
    meta = {name: value for name, value in headers.items() if name.startswith(META)}
    size = sum(len(name) - len(META) + len(value) for name, value in meta.items())
    if size > MAX_META_BYTES:
        message = "Your metadata headers exceed the maximum allowed metadata size"
        raise bad_request("MetadataTooLarge", message, Size=size, MaxSizeAllowed=MAX_META_BYTES)
    return meta
