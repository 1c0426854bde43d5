"""Uploads: images too large for a request body, sent straight to the bucket under a prefix per tenant.

An upload expires after one to two days. An order copies its uploads to inputs/, by the ETag that was checked, where no form can
overwrite them.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cliprelay.ids import object_name
from cliprelay.images.reader import Blocks, Reader

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Long enough for 30 MB over a slow connection; the form ends earlier if the role's credentials expire.
FORM_SECONDS = 900
_VALUE = re.compile(r"upload_([0-9a-f]{32})")
# More than for a client's URL, to reach headers after much metadata: it costs a fraction of a cent per thousand reads, and no one's time.
BLOCK, MOST_BLOCKS = 65_536, 8
# The form field of a SHA-256 in base64; S3 rejects a file with another one.
# https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
_CHECKSUM = "x-amz-checksum-sha256"
# An upload that must be hashed is read in pieces of this size.
_PIECE = 1 << 20
# S3's codes for an object that is missing or has changed.
_GONE = ("404", "NoSuchKey", "NotFound", "PreconditionFailed", "412")


@dataclass(frozen=True)
class UploadForm:
    """A form to upload one image, and the value for the image field afterwards."""

    image: str
    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class StoredUpload:
    """An uploaded image as it was in the bucket when it was checked; `sha256` only if its form carried one, which S3 then enforced."""

    key: str
    etag: str
    content_type: str
    bytes: int
    sha256: str | None = None


@dataclass(frozen=True)
class InputCopy:
    """An upload's copy in inputs/, with the SHA-256 of its bytes."""

    key: str
    sha256: str


def is_upload(value: str) -> bool:
    """Return whether the value of an image field refers to an upload."""
    return value.startswith("upload_")


class UploadStore:
    """The part of the bucket that clients write to; `client` must sign with SigV4 for the bucket's regional host."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def offer(self, tenant: str, content_type: str, most: int, sha256: str | None = None) -> UploadForm:
        """Return a form, valid for FORM_SECONDS, for one object of this type and of 1 to `most` bytes, with this SHA-256 if given (hex)."""
        name = object_name()
        fixed = {"Content-Type": content_type}
        if sha256 is not None:
            fixed[_CHECKSUM] = base64.b64encode(bytes.fromhex(sha256)).decode()
        form = self._client.generate_presigned_post(
            self._bucket,
            _key(tenant, name),
            Fields=fixed,
            Conditions=[*({name: value} for name, value in fixed.items()), ["content-length-range", 1, most]],
            ExpiresIn=FORM_SECONDS,
        )
        return UploadForm(f"upload_{name}", form["url"], form["fields"])

    def find(self, tenant: str, value: str) -> StoredUpload | None:
        """Return the tenant's upload; None if it is missing, has expired or is another tenant's, without distinction."""
        match = _VALUE.fullmatch(value)
        if match is None:
            return None
        key = _key(tenant, match[1])
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if is_gone(error):
                return None
            raise
        return StoredUpload(key, head["ETag"], head.get("ContentType", ""), head["ContentLength"], _hex(head.get("ChecksumSHA256")))

    def reader(self, upload: StoredUpload) -> Reader:
        """Return a reader of the bytes as they were found; if the upload has changed, it raises ClientError."""

        def load(offset: int, length: int) -> bytes:
            if offset >= upload.bytes:
                return b""
            span = f"bytes={offset}-{offset + length - 1}"
            return self._client.get_object(Bucket=self._bucket, Key=upload.key, Range=span, IfMatch=upload.etag)["Body"].read()

        return Reader(Blocks(load, block=BLOCK, most=MOST_BLOCKS), upload.bytes)

    def copy_to_inputs(self, tenant: str, upload: StoredUpload) -> InputCopy:
        """Copy the checked upload to inputs/; raises ClientError if it is gone or has changed."""
        key = f"inputs/{tenant}/{object_name()}"
        # S3 calculates the checksum while it copies, so it costs no further call.
        copied = self._client.copy_object(
            Bucket=self._bucket,
            Key=key,
            CopySource={"Bucket": self._bucket, "Key": upload.key},
            CopySourceIfMatch=upload.etag,
            ChecksumAlgorithm="SHA256",
        )
        return InputCopy(key, _hex(copied["CopyObjectResult"].get("ChecksumSHA256")) or self.sha256(upload))

    def sha256(self, upload: StoredUpload) -> str:
        """Return the SHA-256 of an upload, reading it if S3 has none; raises ClientError if it is gone or has changed."""
        if upload.sha256 is not None:
            return upload.sha256
        body = self._client.get_object(Bucket=self._bucket, Key=upload.key, IfMatch=upload.etag)["Body"]
        digest = hashlib.sha256()
        for piece in body.iter_chunks(_PIECE):
            digest.update(piece)
        return digest.hexdigest()


def is_gone(error: ClientError) -> bool:
    """Return whether S3 says that the object is missing or has changed."""
    return error.response.get("Error", {}).get("Code") in _GONE


def _hex(checksum: str | None) -> str | None:
    """Convert S3's checksum, in base64, to hex."""
    return base64.b64decode(checksum).hex() if checksum else None


def _key(tenant: str, name: str) -> str:
    return f"uploads/{tenant}/{name}"
