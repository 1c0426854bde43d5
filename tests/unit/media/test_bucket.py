"""The bucket: inputs nobody can guess, videos stored once, links that do one thing."""

import hashlib
import io
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


def test_the_same_image_twice_lies_under_two_names_that_nobody_can_guess(world: "World") -> None:
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


def test_the_bucket_is_asked_to_verify_what_arrives(world: "World") -> None:
    asked: dict[str, Any] = {}
    store = MediaBucket(Meddled(world.s3, put_object=lambda real, **kwargs: asked.update(kwargs)), world.bucket)  # type: ignore[arg-type]
    _put(store, any_mp4())
    assert asked["IfNoneMatch"] == "*"
    assert asked["ChecksumSHA256"]
    assert asked["ContentLength"] == len(any_mp4())


def test_whoever_stores_second_gets_what_the_first_one_stored(world: "World") -> None:
    _put(world.store, any_mp4(b"first"))
    assert _put(world.store, any_mp4(b"second one")) == _stored(any_mp4(b"first"))
    assert world.s3.get_object(Bucket=world.bucket, Key=KEY)["Body"].read() == any_mp4(b"first")


def test_of_two_racing_copies_one_object_remains_and_both_hear_of_it(world: "World") -> None:
    store = MediaBucket(Meddled(world.s3, put_object=one_at_a_time()), world.bucket)  # type: ignore[arg-type]
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(lambda media: _put(store, any_mp4(media)), [b"first", b"second one"])
    assert one == other
    assert world.objects() == [KEY]


def test_a_store_that_refuses_is_an_error(world: "World") -> None:
    with pytest.raises(ClientError):
        _put(MediaBucket(world.s3, "a-bucket-that-is-not-there"), any_mp4())


def test_what_is_not_stored_is_not_found(world: "World") -> None:
    assert world.store.find_video(KEY) is None
    _put(world.store, any_mp4())
    assert world.store.find_video(KEY) == _stored(any_mp4())


def test_a_bucket_that_does_not_answer_is_no_proof_of_absence(world: "World") -> None:
    def forbidden(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "HeadObject")  # type: ignore[typeddict-item]

    with pytest.raises(ClientError):
        MediaBucket(Meddled(world.s3, head_object=forbidden), world.bucket).find_video(KEY)  # type: ignore[arg-type]


def test_a_video_lies_under_its_tenant_and_its_id(world: "World") -> None:
    assert world.store.video_key("acme", "vid_1") == KEY


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_presigned_url_names_the_object_and_its_end(world: "World", method: str) -> None:
    parts = urlsplit(world.store.presign(KEY, seconds=3_600, method=method))
    query = parse_qs(parts.query)
    assert parts.path.endswith(KEY)
    assert query.get("X-Amz-Expires", query.get("Expires"))


def test_a_presigned_url_for_one_verb_does_not_fit_the_other(world: "World") -> None:
    get, head = (parse_qs(urlsplit(world.store.presign(KEY, seconds=60, method=method)).query) for method in ("GET", "HEAD"))
    assert get != head
