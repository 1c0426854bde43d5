"""Buckets: their list and their deletion of many objects here; their settings stay in moto."""

from local.aws.s3.api.answers import Answer, Elements, document, xml_date
from local.aws.s3.api.lists import OWNER
from local.aws.s3.api.numbers import number
from local.aws.s3.api.objects import check_version
from local.aws.s3.api.request import Request
from local.aws.s3.api.xml_body import malformed, read_xml
from local.aws.s3.errors import S3Error
from local.aws.s3.store.store import ObjectStore

# S3's limit for one request.
MAX_DELETED = 1000


def list_buckets(store: ObjectStore, request: Request) -> Answer:
    """ListBuckets."""
    prefix, after = request.query.get("prefix", ""), request.query.get("continuation-token", "")
    most = number(request.query, "max-buckets", 10_000)
    found = [(name, created) for name, created in store.buckets().items() if name.startswith(prefix) and name > after]
    shown = [("Bucket", [("Name", name), ("CreationDate", xml_date(created))]) for name, created in found[:most]]
    elements: Elements = [
        ("Owner", OWNER),
        ("Buckets", shown),
        ("ContinuationToken", found[most - 1][0] if len(found) > most > 0 else None),
    ]
    return document("ListAllMyBucketsResult", elements)


def delete_objects(store: ObjectStore, request: Request) -> Answer:
    """DeleteObjects."""
    root = read_xml(request, "Delete")
    wanted = root.findall("Object")
    if not 1 <= len(wanted) <= MAX_DELETED or not all(each.findtext("Key") for each in wanted):
        raise malformed()
    keys, errors = [], []
    for each in wanted:
        key = each.findtext("Key") or ""
        try:
            check_version(each.findtext("VersionId") or "")
        except S3Error as error:
            errors.append(("Error", [("Key", key), ("Code", error.code), ("Message", error.message)]))
        else:
            keys.append(key)
    store.delete(request.bucket, keys)
    deleted = [] if (root.findtext("Quiet") or "").lower() == "true" else [("Deleted", [("Key", key)]) for key in keys]
    return document("DeleteResult", [*deleted, *errors])
