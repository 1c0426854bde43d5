"""Uploads: images too large for a request body, which clients send straight to the bucket, each tenant under a prefix of its own.

An upload that no order takes dies with its prefix after a day or two; what an order takes is copied under inputs/, by the ETag that was
looked at, where no form can reach it.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cliprelay.ids import object_name
from cliprelay.images.reader import Blocks, Reader

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Long enough for 30 MB over a slow line; the role's own credentials may end the form sooner.
FORM_SECONDS = 900
_VALUE = re.compile(r"upload_([0-9a-f]{32})")
# Deep metadata are read further than behind a foreign address: this costs a fraction of a cent per thousand reads, and no stranger's time.
BLOCK, MOST_BLOCKS = 65_536, 8
# S3's words for what is not there, or not there any more as it was.
_GONE = ("404", "NoSuchKey", "NotFound", "PreconditionFailed", "412")


@dataclass(frozen=True)
class Offer:
    """What a client needs to upload one image: the form, and the value that then stands for the image."""

    image: str
    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class StoredUpload:
    """An uploaded image as it lay in the bucket when it was looked at."""

    key: str
    etag: str
    content_type: str
    bytes: int


def is_upload(value: str) -> bool:
    """Whether the value of an image field means an upload."""
    return value.startswith("upload_")


class UploadStore:
    """The part of the bucket that clients write; `client` must sign with SigV4 for the bucket's regional host."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def offer(self, tenant: str, content_type: str, most: int) -> Offer:
        """A form that S3 takes for FORM_SECONDS, for one object of that type and of 1 to `most` bytes."""
        name = object_name()
        form = self._client.generate_presigned_post(
            self._bucket,
            _key(tenant, name),
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, most]],
            ExpiresIn=FORM_SECONDS,
        )
        return Offer(f"upload_{name}", form["url"], form["fields"])

    def find(self, tenant: str, value: str) -> StoredUpload | None:
        """The tenant's upload of that value; None for one that is not there, is no longer, or is another's: they look the same."""
        match = _VALUE.fullmatch(value)
        if match is None:
            return None
        key = _key(tenant, match[1])
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if is_gone(error):
                return None
            raise
        return StoredUpload(key, head["ETag"], head.get("ContentType", ""), head["ContentLength"])

    def reader(self, upload: StoredUpload) -> Reader:
        """Its bytes, as they were when it was found; a read of one that changed meanwhile raises ClientError."""

        def load(offset: int, length: int) -> bytes:
            if offset >= upload.bytes:
                return b""
            span = f"bytes={offset}-{offset + length - 1}"
            return self._client.get_object(Bucket=self._bucket, Key=upload.key, Range=span, IfMatch=upload.etag)["Body"].read()

        return Reader(Blocks(load, block=BLOCK, most=MOST_BLOCKS), upload.bytes)

    def copy_to_inputs(self, tenant: str, upload: StoredUpload) -> str:
        """Copy what was looked at to where only we write, and return its key; raises ClientError if it is gone or changed."""
        key = f"inputs/{tenant}/{object_name()}"
        source = {"Bucket": self._bucket, "Key": upload.key}
        self._client.copy_object(Bucket=self._bucket, Key=key, CopySource=source, CopySourceIfMatch=upload.etag)  # type: ignore[arg-type]
        return key


def is_gone(error: ClientError) -> bool:
    """Whether S3 says that the object is not there, or not the one that was asked for."""
    return error.response.get("Error", {}).get("Code") in _GONE


def _key(tenant: str, name: str) -> str:
    return f"uploads/{tenant}/{name}"
