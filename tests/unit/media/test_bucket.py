"""The bucket: random input names, videos stored once, and URLs for one method only."""

import base64
import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

from cliprelay.media.bucket import MediaBucket, StoredVideo
from tests.support.makers import PICTURE_TYPE, Meddled, any_mp4, any_png, one_at_a_time

if TYPE_CHECKING:
    from tests.support.world import World

KEY = "videos/acme/vid_1.mp4"


def _put(store: MediaBucket, data: bytes) -> StoredVideo:
    return store.put_video(KEY, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())


def _stored(data: bytes) -> StoredVideo:
    return StoredVideo(KEY, len(data), hashlib.sha256(data).hexdigest())


def test_an_input_image_comes_back_as_it_was_stored(world: "World") -> None:
    key = world.store.put_input("acme", any_png(), PICTURE_TYPE)
    assert world.store.read_input(key) == any_png()
    assert world.s3.head_object(Bucket=world.bucket, Key=key)["ContentType"] == PICTURE_TYPE


def test_the_same_image_is_stored_twice_under_two_random_names(world: "World") -> None:
    keys = {world.store.put_input("acme", any_png(), PICTURE_TYPE) for _ in range(2)}
    assert len(keys) == 2
    for key in keys:
        assert len(bytes.fromhex(key.removeprefix("inputs/acme/"))) == 16


def test_a_deleted_input_is_gone_and_can_be_deleted_again(world: "World") -> None:
    key = world.store.put_input("acme", any_png(), PICTURE_TYPE)
    world.store.delete_input(key)
    world.store.delete_input(key)
    assert world.objects() == []


def test_a_video_is_stored_with_its_type_length_and_checksum(world: "World") -> None:
    assert _put(world.store, any_mp4()) == _stored(any_mp4())
    head = world.s3.head_object(Bucket=world.bucket, Key=KEY, ChecksumMode="ENABLED")
    assert head["ContentType"] == "video/mp4"
    assert head["ContentLength"] == len(any_mp4())
    assert head["Metadata"] == {"sha256": _stored(any_mp4()).sha256}


def test_the_bucket_is_asked_to_verify_the_content(world: "World") -> None:
    asked: dict[str, Any] = {}
    store = MediaBucket(Meddled(world.s3, put_object=lambda real, **kwargs: asked.update(kwargs)), world.bucket)  # type: ignore[arg-type]
    _put(store, any_mp4())
    assert asked["IfNoneMatch"] == "*"
    assert asked["ChecksumSHA256"]
    assert asked["ContentLength"] == len(any_mp4())


def test_the_second_to_store_a_video_gets_the_stored_one(world: "World") -> None:
    _put(world.store, any_mp4(b"first"))
    assert _put(world.store, any_mp4(b"second one")) == _stored(any_mp4(b"first"))
    assert world.s3.get_object(Bucket=world.bucket, Key=KEY)["Body"].read() == any_mp4(b"first")


def test_two_racing_copies_store_one_object_and_both_return_it(world: "World") -> None:
    store = MediaBucket(Meddled(world.s3, put_object=one_at_a_time()), world.bucket)  # type: ignore[arg-type]
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(lambda media: _put(store, any_mp4(media)), [b"first", b"second one"])
    assert one == other
    assert world.objects() == [KEY]


def _conflicting(times: int, taken_by: bytes | None = None) -> Callable[..., Any]:
    """S3's answer to an upload while another one under the same name is on its way, which stores its file in the end if it is given."""
    left = [taken_by] * times

    def put(real: Any, **kwargs: Any) -> Any:
        body = kwargs["Body"].read()  # from where the file stands
        if not left:
            return real(**{**kwargs, "Body": body})
        other = left.pop()
        if other is not None:
            real(**{**kwargs, **_described(other)})
        raise ClientError(_CONFLICT, "PutObject")  # type: ignore[arg-type]

    return put


_CONFLICT = {"Error": {"Code": "ConditionalRequestConflict"}, "ResponseMetadata": {"HTTPStatusCode": 409}}


def _described(data: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(data)
    checksum = base64.b64encode(sha256.digest()).decode()
    return {"Body": data, "ContentLength": len(data), "ChecksumSHA256": checksum, "Metadata": {"sha256": sha256.hexdigest()}}


def test_an_upload_that_conflicts_with_another_is_sent_again_whole(world: "World") -> None:
    slept: list[float] = []
    store = MediaBucket(Meddled(world.s3, put_object=_conflicting(3)), world.bucket, sleep=slept.append)  # type: ignore[arg-type]
    assert _put(store, any_mp4()) == _stored(any_mp4())
    assert world.s3.get_object(Bucket=world.bucket, Key=KEY)["Body"].read() == any_mp4()
    assert len(slept) == 3


def test_an_upload_that_conflicts_with_one_that_is_stored_meanwhile_gets_the_stored_one(world: "World") -> None:
    first = any_mp4(b"first")
    client = Meddled(world.s3, put_object=_conflicting(1, first))
    assert _put(MediaBucket(client, world.bucket, sleep=lambda seconds: None), any_mp4(b"second one")) == _stored(first)  # type: ignore[arg-type]


def test_an_upload_that_conflicts_for_long_is_an_error(world: "World") -> None:
    store = MediaBucket(Meddled(world.s3, put_object=_conflicting(9)), world.bucket, sleep=lambda seconds: None)  # type: ignore[arg-type]
    with pytest.raises(ClientError, match="ConditionalRequestConflict"):
        _put(store, any_mp4())
    assert world.objects() == []


def test_a_doubt_is_stored_with_the_video(world: "World") -> None:
    sha256 = hashlib.sha256(b"odd").hexdigest()
    stored = world.store.put_video(KEY, io.BytesIO(b"odd"), 3, sha256, "no_picture")
    assert stored == world.store.find_video(KEY) == StoredVideo(KEY, 3, sha256, "no_picture")


@pytest.mark.parametrize("c2pa", [True, False, None])
def test_whether_a_video_has_a_manifest_is_stored_with_it(world: "World", c2pa: bool | None) -> None:
    sha256 = hashlib.sha256(b"film").hexdigest()
    stored = world.store.put_video(KEY, io.BytesIO(b"film"), 4, sha256, c2pa=c2pa)
    assert stored == world.store.find_video(KEY) == StoredVideo(KEY, 4, sha256, c2pa=c2pa)


def test_a_video_is_read_whole_and_a_missing_one_is_said_to_be_missing(world: "World") -> None:
    file, data = io.BytesIO(), bytes(3_000_000)
    assert not world.store.read_video(KEY, file)
    _put(world.store, data)
    assert world.store.read_video(KEY, file)
    assert (file.tell(), file.read() == data) == (0, True)


def test_a_poster_is_stored_as_an_image_and_may_be_stored_again(world: "World") -> None:
    keys = {world.store.put_poster("acme", "vid_1", jpeg) for jpeg in (b"first", b"second")}
    assert keys == {"posters/acme/vid_1.jpg"}
    stored = world.s3.get_object(Bucket=world.bucket, Key="posters/acme/vid_1.jpg")
    assert (stored["ContentType"], stored["Body"].read()) == ("image/jpeg", b"second")


def _keep(world: "World", data: bytes, video_id: str = "vid_1") -> bool:
    return world.store.keep_aside("acme", video_id, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest(), 2)


def test_different_files_are_kept_aside_up_to_a_number_per_video(world: "World") -> None:
    assert [_keep(world, data) for data in (b"one", b"two", b"one", b"three", b"two")] == [True, True, True, False, True]
    assert _keep(world, b"three", "vid_2")
    assert _keep(world, b"three", "vid_11")
    assert len(world.objects()) == 4


def test_a_file_that_was_kept_aside_comes_back_until_it_is_gone(world: "World") -> None:
    _keep(world, b"one")
    sha256, file = hashlib.sha256(b"one").hexdigest(), io.BytesIO()
    assert world.store.read_aside("acme", "vid_1", sha256, file)
    assert file.read() == b"one"
    assert not world.store.read_aside("acme", "vid_2", sha256, io.BytesIO())


def test_a_browser_does_not_show_what_is_kept_aside(world: "World") -> None:
    _keep(world, b"<script>")
    assert world.s3.head_object(Bucket=world.bucket, Key=world.objects()[0])["ContentType"] == "application/octet-stream"


def test_a_bucket_that_refuses_to_show_a_kept_file_is_an_error(world: "World") -> None:
    with pytest.raises(ClientError):
        MediaBucket(Meddled(world.s3, get_object=_forbidden), world.bucket).read_aside("acme", "vid_1", "0" * 64, io.BytesIO())  # type: ignore[arg-type]


def _forbidden(real: Any, **kwargs: Any) -> Any:
    raise ClientError({"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "GetObject")  # type: ignore[typeddict-item]


def test_a_refused_put_is_an_error(world: "World") -> None:
    with pytest.raises(ClientError):
        _put(MediaBucket(world.s3, "a-bucket-that-is-not-there"), any_mp4())


def test_a_missing_video_is_not_found(world: "World") -> None:
    assert world.store.find_video(KEY) is None
    _put(world.store, any_mp4())
    assert world.store.find_video(KEY) == _stored(any_mp4())


def test_an_unavailable_bucket_is_an_error_and_not_a_missing_video(world: "World") -> None:
    def forbidden(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "HeadObject")  # type: ignore[typeddict-item]

    with pytest.raises(ClientError):
        MediaBucket(Meddled(world.s3, head_object=forbidden), world.bucket).find_video(KEY)  # type: ignore[arg-type]


def test_a_video_is_stored_under_its_tenant_and_its_id(world: "World") -> None:
    assert world.store.video_key("acme", "vid_1") == KEY


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_presigned_url_names_the_object_and_its_expiry(world: "World", method: str) -> None:
    parts = urlsplit(world.store.presign(KEY, seconds=3_600, method=method))
    query = parse_qs(parts.query)
    assert parts.path.endswith(KEY)
    assert query.get("X-Amz-Expires", query.get("Expires"))


def test_a_presigned_url_is_for_one_method_only(world: "World") -> None:
    get, head = (parse_qs(urlsplit(world.store.presign(KEY, seconds=60, method=method)).query) for method in ("GET", "HEAD"))
    assert get != head
