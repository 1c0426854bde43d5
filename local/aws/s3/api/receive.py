"""Write a request's body to a file, and compare it with the checksums that the client sent."""

import base64
import binascii
from dataclasses import dataclass

from local.aws.s3.api.request import Request
from local.aws.s3.errors import S3Error, bad_request
from local.aws.s3.store.checksums import ALGORITHMS, Sums
from local.aws.s3.store.files import NewFile

_CHECKSUM = "x-amz-checksum-"


@dataclass(frozen=True)
class Received:
    """What the body turned out to be."""

    etag: str
    checksums: dict[str, str]


def receive(request: Request, file: NewFile, algorithm: str | None = None) -> Received:
    """Write the body piece by piece; raise S3Error if it is not what was announced. Also calculate `algorithm`."""
    md5 = _md5(request)
    given = given_checksums(request)
    names = {*given, *_announced(request), *([algorithm] if algorithm else [])}
    sums = Sums(sorted(names))
    for piece in request.body.pieces():
        sums.update(piece)
        file.write(piece)
    if md5 is not None and md5 != sums.md5:
        raise bad_request("BadDigest", "The Content-MD5 you specified did not match what we received.")
    trailing = {name: request.body.trailers[_CHECKSUM + name] for name in names if _CHECKSUM + name in request.body.trailers}
    compare(given | trailing, sums.checksums)
    return Received(sums.md5.hex(), sums.checksums)


def given_checksums(request: Request) -> dict[str, str]:
    """Return the checksums in the headers, by algorithm; raise S3Error if there are several, or they are no checksums."""
    given = {name: request.headers[_CHECKSUM + name] for name in ALGORITHMS if _CHECKSUM + name in request.headers}
    if len(given) > 1:
        raise bad_request("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    for name, value in given.items():
        if _decoded(value, len(ALGORITHMS[name]().digest())) is None:
            raise bad_request("InvalidRequest", f"Value for {_CHECKSUM}{name} header is invalid.")
    return given


def compare(given: dict[str, str], found: dict[str, str]) -> None:
    """Raise S3Error if a given checksum is not the one that was found."""
    for name, value in given.items():
        if found.get(name) != value:
            raise bad_request("BadDigest", f"The {name.upper()} you specified did not match the calculated checksum.")


def algorithm(value: str) -> str:
    """Return the algorithm that a header names; raise S3Error."""
    if value.lower() not in ALGORITHMS:
        raise bad_request("InvalidRequest", f"Checksum algorithm provided is unsupported: {value}")
    return value.lower()


def _announced(request: Request) -> set[str]:
    """Return the algorithms whose values follow the body, or are left to us."""
    trailer = request.headers.get("x-amz-trailer", "").lower()
    names = {name for name in ALGORITHMS if _CHECKSUM + name in trailer.replace(" ", "").split(",")}
    named = request.headers.get("x-amz-sdk-checksum-algorithm")
    return names | ({algorithm(named)} if named else set())


def _md5(request: Request) -> bytes | None:
    value = request.headers.get("content-md5")
    if value is None:
        return None
    found = _decoded(value, 16)
    if found is None:
        raise _invalid_digest()
    return found


def _invalid_digest() -> S3Error:
    return bad_request("InvalidDigest", "The Content-MD5 you specified was invalid.")


def _decoded(value: str, size: int) -> bytes | None:
    """Return the bytes of base64, if they have this size."""
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) == size else None
