"""Which operation answers a request; None stands for moto."""

from collections.abc import Callable

from local.aws.s3.api import buckets, copies, lists, multipart, objects
from local.aws.s3.api.answers import Answer
from local.aws.s3.api.objects import check_version
from local.aws.s3.api.request import MAX_KEY_BYTES, Request
from local.aws.s3.errors import bad_request, method_not_allowed, not_implemented
from local.aws.s3.store.store import ObjectStore

Operation = Callable[[ObjectStore, Request], Answer]

# Of buckets. moto keeps those that change nothing about objects here; with the others, a client would believe that something happens.
_KEPT = {
    "accelerate",
    "acl",
    "cors",
    "encryption",
    "lifecycle",
    "ownershipControls",
    "policy",
    "publicAccessBlock",
    "tagging",
    "versioning",
}
_REFUSED = {
    "analytics",
    "intelligent-tiering",
    "inventory",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "replication",
    "requestPayment",
    "website",
}
SETTINGS = _KEPT | _REFUSED | {"location", "policyStatus"}
# Of objects.
_UNSUPPORTED = ("acl", "attributes", "legal-hold", "object-lock", "restore", "retention", "select", "tagging", "torrent")


def operation_of(request: Request) -> Operation | None:
    """Return what answers the request, or None for moto; raise S3Error."""
    check_version(request.query.get("versionId", ""))
    size = len(request.key.encode())
    if size > MAX_KEY_BYTES:
        raise bad_request("KeyTooLongError", "Your key is too long", Size=size, MaxSizeAllowed=MAX_KEY_BYTES)
    if request.key:
        return _of_object(request)
    if request.bucket:
        return _of_bucket(request)
    return buckets.list_buckets if request.method == "GET" else None


def _of_object(request: Request) -> Operation:
    for name in _UNSUPPORTED:
        if name in request.query:
            raise not_implemented(f"?{name} of objects")
    operations = _multipart(request) if "uploadId" in request.query else _single(request)
    if request.method not in operations:
        raise method_not_allowed(request.method)
    return operations[request.method]


def _multipart(request: Request) -> dict[str, Operation]:
    put = multipart.copy_part if "x-amz-copy-source" in request.headers else multipart.put_part
    return {"GET": multipart.list_parts, "PUT": put, "POST": multipart.complete, "DELETE": multipart.abort}


def _single(request: Request) -> dict[str, Operation]:
    put = copies.copy if "x-amz-copy-source" in request.headers else objects.put
    create: dict[str, Operation] = {"POST": multipart.create} if "uploads" in request.query else {}
    return {"GET": objects.get, "HEAD": objects.head, "PUT": put, "DELETE": objects.delete} | create


def _of_bucket(request: Request) -> Operation | None:
    query = set(request.query)
    match request.method:
        case "GET" if "uploads" in query:
            return multipart.list_uploads
        case "GET" if "versions" in query:
            return lists.list_versions
        case "GET" if not query & SETTINGS:
            return lists.list_v2 if request.query.get("list-type") == "2" else lists.list_v1
        case "POST" if "delete" in query:
            return buckets.delete_objects
        case "POST":
            raise method_not_allowed("POST")
        case "PUT":
            _check_setting(request)
    return None


def _check_setting(request: Request) -> None:
    """Raise S3Error for a setting without which objects here would behave differently from what the client expects."""
    refused = sorted(set(request.query) & _REFUSED)
    if refused:
        raise not_implemented(f"?{refused[0]} of buckets")
    if request.headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true":
        raise not_implemented("locks of objects")
