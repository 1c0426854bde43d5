"""The bucket: input images under random names, finished videos under their ids, and presigned URLs to read them."""

import base64
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from botocore.exceptions import ClientError

from cliprelay.ids import object_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

VIDEO_TYPE = "video/mp4"


@dataclass(frozen=True)
class StoredVideo:
    """A finished video as the bucket has it."""

    key: str
    bytes: int
    sha256: str


class MediaBucket:
    """One bucket; `client` must sign with SigV4 for the bucket's regional host."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def put_input(self, tenant: str, data: bytes, content_type: str) -> str:
        """Store an input image and return its random key, so that a losing duplicate cannot replace the winner's picture."""
        key = f"inputs/{tenant}/{object_name()}"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)
        return key

    def delete_input(self, key: str) -> None:
        """Remove an input image that no video refers to."""
        self._client.delete_object(Bucket=self._bucket, Key=key)

    def read_input(self, key: str) -> bytes:
        """The bytes of an input image."""
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def video_key(self, tenant: str, video_id: str) -> str:
        """Where the finished video of that id lies."""
        return f"videos/{tenant}/{video_id}.mp4"

    def put_video(self, key: str, file: IO[bytes], size: int, sha256_hex: str) -> StoredVideo:
        """Store a verified video under its final name, once: whoever comes second gets what the first one stored."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=file,
                ContentLength=size,
                ContentType=VIDEO_TYPE,
                ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256_hex)).decode(),
                IfNoneMatch="*",
                Metadata={"sha256": sha256_hex},
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "PreconditionFailed":
                raise
            found = self.find_video(key)
            if found is None:
                raise
            return found
        return StoredVideo(key, size, sha256_hex)

    def find_video(self, key: str) -> StoredVideo | None:
        """What lies under a video's final name, if anything does."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                return None
            raise
        return StoredVideo(key, head["ContentLength"], head["Metadata"]["sha256"])

    def presign(self, key: str, *, seconds: int, method: str = "GET", save_as: str | None = None) -> str:
        """A URL that reads one object with one verb for so long, or until the credentials that signed it end.

        With `save_as` a browser saves the file under that name (ASCII without quotes) instead of showing it.
        """
        operation = "head_object" if method == "HEAD" else "get_object"
        params = {"Bucket": self._bucket, "Key": key}
        if save_as:
            params["ResponseContentDisposition"] = f'attachment; filename="{save_as}"'
        return self._client.generate_presigned_url(operation, Params=params, ExpiresIn=seconds, HttpMethod=method)
