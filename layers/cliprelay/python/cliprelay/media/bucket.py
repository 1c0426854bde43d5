"""The bucket: input images, finished videos and their posters, copies that could not be verified, and presigned URLs for reading."""

import base64
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from botocore.exceptions import ClientError

from cliprelay.ids import object_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

VIDEO_TYPE, POSTER_TYPE = "video/mp4", "image/jpeg"
_PIECE = 1 << 20
# How an object's metadata, which are texts, say whether it has a manifest.
_WORDS = {True: "yes", False: "no"}
_TRUTHS = {word: truth for truth, word in _WORDS.items()}
# Of two concurrent uploads under one name, S3 stores one. It answers the other with 412 once the name is taken, and before that with 409:
# then it must be sent again. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (If-None-Match)
_TAKEN, _CONFLICT = 412, 409
# The other upload takes a few seconds at most; seconds of the longest pause before each attempt after the first.
_CONFLICT_PAUSES = (1.0, 2.0, 4.0)


@dataclass(frozen=True)
class StoredVideo:
    """A finished video as stored in the bucket."""

    key: str
    bytes: int
    sha256: str
    doubt: str | None = None  # why it could not be verified
    c2pa: bool | None = None  # whether it has a C2PA manifest; None: not looked at


class MediaBucket:
    """One bucket; `client` must sign with SigV4 for the bucket's regional host."""

    def __init__(self, client: "S3Client", bucket: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._bucket, self._sleep = client, bucket, sleep

    def put_input(self, tenant: str, data: bytes, content_type: str) -> str:
        """Store an input image and return its key, a random one so that a duplicate request cannot overwrite it."""
        key = f"inputs/{tenant}/{object_name()}"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)
        return key

    def delete_input(self, key: str) -> None:
        """Delete an input image that no video refers to."""
        self._client.delete_object(Bucket=self._bucket, Key=key)

    def read_input(self, key: str) -> bytes:
        """Return the bytes of an input image."""
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def video_key(self, tenant: str, video_id: str) -> str:
        """Return the key of a finished video."""
        return f"videos/{tenant}/{video_id}.mp4"

    def put_video(
        self, key: str, file: IO[bytes], size: int, sha256_hex: str, doubt: str | None = None, *, c2pa: bool | None = None
    ) -> StoredVideo:
        """Store a video under its final name, unless one is stored already; return what is stored.

        The doubt about it, and whether it has a manifest, are stored with it: the caller may die before it writes the record.
        """
        noted = ({"doubt": doubt} if doubt else {}) | ({} if c2pa is None else {"c2pa": _WORDS[c2pa]})
        for pause in (*_CONFLICT_PAUSES, None):
            try:
                self._put_new(key, file, size, sha256_hex, noted)
            except ClientError as error:
                status = _status(error)
                if status not in (_TAKEN, _CONFLICT):
                    raise
                if found := self.find_video(key):
                    return found
                if status == _TAKEN or pause is None:
                    raise
                self._sleep(pause * random.random())  # noqa: S311 - jitter, not a secret
                file.seek(0)
            else:
                break
        return StoredVideo(key, size, sha256_hex, doubt, c2pa)

    def _put_new(self, key: str, file: IO[bytes], size: int, sha256_hex: str, noted: dict[str, str]) -> None:
        self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=file,
            ContentLength=size,
            ContentType=VIDEO_TYPE,
            ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256_hex)).decode(),
            IfNoneMatch="*",
            Metadata={"sha256": sha256_hex, **noted},
        )

    def find_video(self, key: str) -> StoredVideo | None:
        """Return what is stored under a video's final name; None if nothing is."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _status(error) == 404:
                return None
            raise
        noted = head["Metadata"]
        return StoredVideo(key, head["ContentLength"], noted["sha256"], noted.get("doubt"), _TRUTHS.get(noted.get("c2pa", "")))

    def read_video(self, key: str, file: IO[bytes]) -> bool:
        """Write a finished video to `file`; False if it is no longer stored."""
        return self._read(key, file)

    def put_poster(self, tenant: str, video_id: str, jpeg: bytes) -> str:
        """Store the poster of a video and return its key; a repeated step writes it again."""
        key = f"posters/{tenant}/{video_id}.jpg"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=jpeg, ContentType=POSTER_TYPE)
        return key

    def keep_aside(self, tenant: str, video_id: str, file: IO[bytes], size: int, sha256_hex: str, most: int) -> bool:
        """Store a copy that could not be verified, once per content and at most `most` of a video; return whether it is stored."""
        folder = _unverified(tenant, video_id)
        listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=folder, MaxKeys=most + 1).get("Contents", [])
        keys = [each["Key"] for each in listed]
        if folder + sha256_hex in keys:
            return True
        if len(keys) >= most:
            return False
        self._client.put_object(
            Bucket=self._bucket,
            Key=folder + sha256_hex,
            Body=file,
            ContentLength=size,
            ContentType="application/octet-stream",  # no browser shows it
            ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256_hex)).decode(),
        )
        return True

    def delete_video(self, tenant: str, video_id: str) -> None:
        """Delete everything that was stored of a finished video: the file, and the copies that were kept aside; idempotent."""
        aside = self._client.list_objects_v2(Bucket=self._bucket, Prefix=_unverified(tenant, video_id)).get("Contents", [])
        for key in (self.video_key(tenant, video_id), *(each["Key"] for each in aside)):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def read_aside(self, tenant: str, video_id: str, sha256_hex: str, file: IO[bytes]) -> bool:
        """Write a copy that was kept aside to `file`; False if it is no longer stored."""
        return self._read(_unverified(tenant, video_id) + sha256_hex, file)

    def _read(self, key: str, file: IO[bytes]) -> bool:
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        except ClientError as error:
            if _status(error) == 404:
                return False
            raise
        for piece in body.iter_chunks(_PIECE):
            file.write(piece)
        file.seek(0)
        return True

    def delete_all(self, tenant: str, video_id: str, inputs: Sequence[str]) -> None:
        """Delete everything that is stored of a video, with all versions, should an operator have made the bucket keep them."""
        # Without an ending: whatever is made of the file has its name.
        own = [f"{folder}/{tenant}/{video_id}" for folder in ("videos", "posters")]
        for prefix in (*own, _unverified(tenant, video_id), *inputs):
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix):
                for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    self._client.delete_object(Bucket=self._bucket, Key=each["Key"], VersionId=each["VersionId"])

    def presign(self, key: str, *, seconds: int, method: str = "GET", save_as: str | None = None) -> str:
        """Return a URL that reads one object with one method, for `seconds` or until the signing credentials expire.

        With `save_as`, a browser saves the file under that name (ASCII without quotes) instead of showing it.
        """
        operation = "head_object" if method == "HEAD" else "get_object"
        params = {"Bucket": self._bucket, "Key": key}
        if save_as:
            params["ResponseContentDisposition"] = f'attachment; filename="{save_as}"'
        return self._client.generate_presigned_url(operation, Params=params, ExpiresIn=seconds, HttpMethod=method)


def _status(error: ClientError) -> int | None:
    """Return the HTTP status of an error: a HEAD has no body, and so no code."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")


def _unverified(tenant: str, video_id: str) -> str:
    """Return the prefix of a video's unverified copies; their names are their SHA-256."""
    return f"unverified/{tenant}/{video_id}/"
