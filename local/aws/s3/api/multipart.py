"""Multipart uploads over HTTP."""

from collections.abc import Mapping
from itertools import pairwise
from urllib.parse import quote
from xml.etree.ElementTree import Element

from local.aws.s3.api.answers import Answer, Elements, document, empty, quoted, xml_date
from local.aws.s3.api.copies import open_source
from local.aws.s3.api.headers import checksum_elements, checksum_headers, stored_headers
from local.aws.s3.api.numbers import number
from local.aws.s3.api.objects import encryption, with_headers, write_condition
from local.aws.s3.api.ranges import Span, span_of
from local.aws.s3.api.receive import algorithm, receive
from local.aws.s3.api.request import Request
from local.aws.s3.api.xml_body import malformed, read_xml
from local.aws.s3.errors import S3Error, bad_request, not_implemented
from local.aws.s3.store.checksums import ALGORITHMS, Sums
from local.aws.s3.store.files import PIECE
from local.aws.s3.store.index import About
from local.aws.s3.store.store import ObjectStore
from local.aws.s3.store.uploads import Part, Upload, Uploads, WrongChecksum

# S3's limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MAX_PARTS = 10_000
MIN_PART_BYTES = 5 << 20


def create(store: ObjectStore, request: Request) -> Answer:
    """CreateMultipartUpload."""
    named = request.headers.get("x-amz-checksum-algorithm")
    name = algorithm(named) if named else None
    kind = request.headers.get("x-amz-checksum-type", "FULL_OBJECT" if name == "crc64nvme" else "COMPOSITE")
    about = About(stored_headers(request.headers), is_composite=bool(name) and kind == "COMPOSITE")
    upload = Uploads(store).create(request.bucket, request.key, about, name)
    answer = document("InitiateMultipartUploadResult", [*_place(request), ("UploadId", upload.id)])
    return with_headers(answer, {"x-amz-checksum-algorithm": name.upper(), "x-amz-checksum-type": kind} if name else {})


def put_part(store: ObjectStore, request: Request) -> Answer:
    """UploadPart."""
    uploads, upload = _found(store, request)
    with store.files.new() as file:
        received = receive(request, file, upload.algorithm)
        part = uploads.put_part(upload, _part_number(request), file, received.etag, received.checksums)
    return with_headers(empty(ETag=quoted(part.etag)), checksum_headers(About(checksums=part.checksums)))


def copy_part(store: ObjectStore, request: Request) -> Answer:
    """UploadPartCopy."""
    uploads, upload = _found(store, request)
    source, content = open_source(store, request)
    with content, store.files.new() as file:
        span = span_of(request.headers.get("x-amz-copy-source-range"), source.size) or Span(0, source.size)
        sums = Sums([upload.algorithm] if upload.algorithm else [])
        content.seek(span.start)
        rest = span.length
        while rest and (piece := content.read(min(PIECE, rest))):
            rest -= len(piece)
            file.write(piece)
            sums.update(piece)
        part = uploads.put_part(upload, _part_number(request), file, sums.md5.hex(), sums.checksums)
    return document("CopyPartResult", _described(part)[1:])


def complete(store: ObjectStore, request: Request) -> Answer:
    """CompleteMultipartUpload; repeated, it answers the same again."""
    done = store.find(request.bucket, request.key)
    if done is None or done.about.upload != request.query["uploadId"]:
        uploads, upload = _found(store, request)
        wanted = read_xml(request, "CompleteMultipartUpload").findall("Part")
        parts = _selected(wanted, {each.number: each for each in uploads.parts(upload)})
        try:
            done = uploads.complete(upload, parts, write_condition(request), request.headers.get(f"x-amz-checksum-{upload.algorithm}"))
        except WrongChecksum:
            raise bad_request("BadDigest", "The checksum you specified did not match the calculated checksum.") from None
    location = f"http://{request.headers.get('host', '')}/{quote(request.bucket)}/{quote(request.key)}"
    elements = [("Location", location), *_place(request)[:2], ("ETag", quoted(done.etag)), *checksum_elements(done.about.checksums)]
    return with_headers(document("CompleteMultipartUploadResult", elements), encryption(done))


def abort(store: ObjectStore, request: Request) -> Answer:
    """AbortMultipartUpload."""
    uploads, upload = _found(store, request)
    uploads.abort(upload)
    return empty("204 No Content")


def list_parts(store: ObjectStore, request: Request) -> Answer:
    """ListParts."""
    uploads, upload = _found(store, request)
    after, most = number(request.query, "part-number-marker", 0), min(number(request.query, "max-parts", 1000), 1000)
    left = [each for each in uploads.parts(upload) if each.number > after]
    shown = left[:most]
    elements = [
        *_place(request),
        ("UploadId", upload.id),
        ("StorageClass", "STANDARD"),
        ("PartNumberMarker", after),
        ("NextPartNumberMarker", shown[-1].number if shown else 0),
        ("MaxParts", most),
        ("IsTruncated", len(left) > len(shown)),
        *(("Part", _described(each)) for each in shown),
    ]
    return document("ListPartsResult", elements)


def list_uploads(store: ObjectStore, request: Request) -> Answer:
    """ListMultipartUploads."""
    query = request.query
    if query.get("delimiter"):
        raise not_implemented("a delimiter for lists of uploads")
    most, after = min(number(query, "max-uploads", 1000), 1000), (query.get("key-marker", ""), query.get("upload-id-marker", ""))
    left = _after(Uploads(store).all(request.bucket, query.get("prefix", "")), *after)
    shown = left[:most]
    is_truncated = len(left) > len(shown) > 0
    elements = [
        ("Bucket", request.bucket),
        ("KeyMarker", after[0]),
        ("UploadIdMarker", after[1]),
        ("NextKeyMarker", shown[-1].key if is_truncated else None),
        ("NextUploadIdMarker", shown[-1].id if is_truncated else None),
        ("Prefix", query.get("prefix", "")),
        ("MaxUploads", most),
        ("IsTruncated", is_truncated),
        *(("Upload", _upload_elements(each)) for each in shown),
    ]
    return document("ListMultipartUploadsResult", elements)


def _after(uploads: list[Upload], key: str, upload_id: str) -> list[Upload]:
    """Return the uploads that come after the markers."""
    ids = [each.id for each in uploads if each.key == key]
    seen = set(ids[: ids.index(upload_id) + 1]) if upload_id in ids else set(ids)
    return [each for each in uploads if each.key.encode() >= key.encode() and each.id not in seen]


def _found(store: ObjectStore, request: Request) -> tuple[Uploads, Upload]:
    store.check(request.bucket, request.key, lambda stored: None)
    uploads = Uploads(store)
    return uploads, uploads.find(request.query["uploadId"], request.bucket, request.key)


def _part_number(request: Request) -> int:
    wanted = number(request.query, "partNumber", 0)
    if not 1 <= wanted <= MAX_PARTS:
        message = f"Part number must be an integer between 1 and {MAX_PARTS}, inclusive"
        raise bad_request("InvalidArgument", message, ArgumentName="partNumber", ArgumentValue=wanted)
    return wanted


def _selected(wanted: list[Element], parts: Mapping[int, Part]) -> list[Part]:
    """Return the parts that a client wants to join; raise S3Error if they are not what it thinks."""
    if not wanted:
        raise malformed()
    numbers = [_text(each, "PartNumber") for each in wanted]
    if not all(each.isascii() and each.isdecimal() for each in numbers):
        raise malformed()
    order = [int(each) for each in numbers]
    if any(later <= earlier for earlier, later in pairwise(order)):
        raise bad_request("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
    selected = [_matching(each, parts.get(place)) for each, place in zip(wanted, order, strict=True)]
    for part in selected[:-1]:
        if part.size < MIN_PART_BYTES:
            message = "Your proposed upload is smaller than the minimum allowed size"
            raise bad_request("EntityTooSmall", message, ProposedSize=part.size, MinSizeAllowed=MIN_PART_BYTES, PartNumber=part.number)
    return selected


def _matching(wanted: Element, part: Part | None) -> Part:
    given = {name: value for name in ALGORITHMS if (value := _text(wanted, f"Checksum{name.upper()}"))}
    if part is None or _text(wanted, "ETag").strip('"') != part.etag or any(part.checksums.get(name) != given[name] for name in given):
        raise _invalid_part()
    return part


def _invalid_part() -> S3Error:
    return bad_request(
        "InvalidPart",
        "One or more of the specified parts could not be found. The part may not have been uploaded,"
        " or the specified entity tag may not match the part's entity tag.",
    )


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _place(request: Request) -> list[tuple[str, str]]:
    return [("Bucket", request.bucket), ("Key", request.key)]


def _described(part: Part) -> list[tuple[str, str | int]]:
    size: Elements = [("Size", part.size)]
    return [
        ("PartNumber", part.number),
        ("LastModified", xml_date(part.modified)),
        ("ETag", quoted(part.etag)),
        *size,
        *checksum_elements(part.checksums),
    ]


def _upload_elements(upload: Upload) -> Elements:
    return [("Key", upload.key), ("UploadId", upload.id), ("StorageClass", "STANDARD"), ("Initiated", xml_date(upload.started))]
