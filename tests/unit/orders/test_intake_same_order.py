"""The same order in another form, or with the same picture under another name, is the same payment."""

import hashlib
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.errors import Refusal
from cliprelay.images.uploads import UploadStore
from cliprelay.orders.intake import Intake
from cliprelay.tenants.api_keys import Identity
from cliprelay.video.record import Video
from tests.support.makers import Meddled, any_body, any_png, data_uri, one_at_a_time, read_order
from tests.support.world import QUEUE_LIMIT

if TYPE_CHECKING:
    from tests.support.world import World

PICTURE, OTHER = any_png(), any_png(640, 480)


def _intake(world: "World", **parts: Any) -> Intake:
    inspector, gate = world.inspector(), world.webhook_gate()
    return replace(
        Intake(world.videos, world.store, world.executions, inspector, world.clock, QUEUE_LIMIT, gate, world.budgets, world.repeats),
        **parts,
    )


def _over(world: "World", client: Any) -> Intake:
    """An intake whose uploads are read through another client."""
    intake = _intake(world)
    return replace(intake, inspector=replace(intake.inspector, uploads=UploadStore(client, world.bucket)))


def _accept(intake: Intake, *, key: str | None = "order-7", **changes: Any) -> tuple[Video, bool]:
    body = any_body(**changes)
    return intake.accept(read_order(body), identity=Identity("acme"), key=key, body=json.dumps(body).encode(), base_url="")


def _upload(world: "World", data: bytes = PICTURE, *, checksum: bool = False) -> str:
    """Upload as a client does with a form, with or without a SHA-256 of its own."""
    form = world.uploads.offer("acme", "image/png", len(data))
    digest = {"ChecksumSHA256": b64encode(hashlib.sha256(data).digest()).decode(), "ChecksumAlgorithm": "SHA256"} if checksum else {}
    world.s3.put_object(Bucket=world.bucket, Key=form.fields["key"], Body=data, ContentType="image/png", **digest)
    return form.image


def _inline(world: "World") -> str:
    return data_uri(PICTURE)


def _plain(world: "World") -> str:
    return _upload(world)


def _checked(world: "World") -> str:
    return _upload(world, checksum=True)


@pytest.mark.parametrize("first", [_inline, _plain, _checked])
@pytest.mark.parametrize("second", [_inline, _plain, _checked])
def test_the_same_picture_in_any_form_gets_the_same_video(world: "World", first: Any, second: Any) -> None:
    video, _ = _accept(_intake(world), image=first(world), last_image=first(world))
    stored = world.objects()
    known = {"image": second(world), "last_image": second(world)}
    assert _accept(_intake(world), **known) == (video, True)
    assert [key for key in world.objects() if key.startswith("inputs/")] == [key for key in stored if key.startswith("inputs/")]
    assert len(world.items()) == 2


@pytest.mark.parametrize("first", [_inline, _plain, _checked])
@pytest.mark.parametrize("checksum", [False, True])
def test_another_picture_under_the_same_key_is_refused_with_the_video_of_the_key(world: "World", first: Any, checksum: bool) -> None:
    video, _ = _accept(_intake(world), image=first(world))
    with pytest.raises(Refusal) as caught:
        _accept(_intake(world), image=_upload(world, OTHER, checksum=checksum))
    assert (caught.value.code, caught.value.facts) == ("idempotency_key_reused", {"video_id": video.id})
    assert len(world.items()) == 2


def test_exchanged_pictures_are_another_order(world: "World") -> None:
    _accept(_intake(world), image=data_uri(PICTURE), last_image=data_uri(OTHER))
    with pytest.raises(Refusal, match="idempotency_key_reused"):
        _accept(_intake(world), image=data_uri(OTHER), last_image=data_uri(PICTURE))


@pytest.mark.parametrize("same", [{"duration": 5}, {"metadata": {}}, {"model": "seedance-v1.5-pro-i2v"}])
def test_the_same_order_in_other_words_gets_the_same_video(world: "World", same: dict[str, Any]) -> None:
    video, _ = _accept(_intake(world))
    assert _accept(_intake(world), **same) == (video, True)


@pytest.mark.parametrize("change", [{"duration": 6}, {"generate_audio": False}, {"metadata": {"a": "b"}}, {"seed": 0}])
def test_a_changed_field_under_the_same_key_is_refused_with_the_video_of_the_key(world: "World", change: dict[str, Any]) -> None:
    video, _ = _accept(_intake(world), image=_upload(world))
    with pytest.raises(Refusal) as caught:
        _accept(_intake(world), image=_upload(world), **change)
    assert (caught.value.code, caught.value.facts) == ("idempotency_key_reused", {"video_id": video.id})


def _forbidden(real: Any, **kwargs: Any) -> Any:
    raise AssertionError(kwargs)


def test_the_same_body_is_answered_without_reading_the_bucket(world: "World") -> None:
    image = _upload(world)
    video, _ = _accept(_intake(world), image=image)
    blind = Meddled(world.s3, head_object=_forbidden, get_object=_forbidden, copy_object=_forbidden)
    assert _accept(_over(world, blind), image=image) == (video, True)


def test_an_accepted_upload_costs_no_call_beyond_its_check_and_its_copy(world: "World") -> None:
    calls: list[str] = []

    def counted(name: str) -> Any:
        def call(real: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return real(**kwargs)

        return call

    names = ("head_object", "get_object", "copy_object")
    _accept(_over(world, Meddled(world.s3, **{name: counted(name) for name in names})), image=_upload(world))
    assert calls == ["head_object", "get_object", "copy_object"]


def test_a_repeated_upload_with_a_checksum_is_compared_without_reading_it(world: "World") -> None:
    video, _ = _accept(_intake(world), image=_upload(world))
    blind = Meddled(world.s3, get_object=_forbidden, copy_object=_forbidden)
    assert _accept(_over(world, blind), image=_upload(world, checksum=True)) == (video, True)


def test_a_copy_without_a_checksum_is_read_instead(world: "World") -> None:
    def copy(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        answer["CopyObjectResult"].pop("ChecksumSHA256")
        return answer

    video, _ = _accept(_over(world, Meddled(world.s3, copy_object=copy)), image=_upload(world))
    assert _accept(_intake(world), image=data_uri(PICTURE)) == (video, True)


def test_an_older_record_is_compared_by_its_body_alone(world: "World") -> None:
    image = _upload(world)
    video, _ = _accept(_intake(world), image=image)
    world.change(video.intent or "", order_sha256=None)
    assert _accept(_intake(world), image=image) == (video, True)
    with pytest.raises(Refusal) as caught:
        _accept(_intake(world), image=_upload(world))
    assert (caught.value.code, caught.value.facts) == ("idempotency_key_reused", {"video_id": video.id})


def test_an_unknown_upload_under_a_known_key_is_a_complaint_about_its_field(world: "World") -> None:
    _accept(_intake(world), image=_upload(world))
    with pytest.raises(Refusal) as caught:
        _accept(_intake(world), image="upload_" + "0" * 32, last_image="upload_" + "1" * 32)
    assert caught.value.code == "invalid_request"
    assert [(each["field"], each["code"]) for each in caught.value.complaints] == [
        ("image", "image_upload"),
        ("last_image", "image_upload"),
    ]


def test_an_upload_that_vanishes_while_it_is_compared_is_refused_as_changed(world: "World") -> None:
    _accept(_intake(world), image=_upload(world))

    def vanish(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")

    with pytest.raises(Refusal, match="upload_changed"):
        _accept(_over(world, Meddled(world.s3, get_object=vanish)), image=_upload(world))


def _racing(world: "World", racers: int) -> tuple[Intake, ThreadPoolExecutor]:
    """Every racer has looked for the key before the first one writes."""
    start, turns = Barrier(racers), one_at_a_time()

    def together(real: Any, **kwargs: Any) -> Any:
        start.wait()
        return turns(real, **kwargs)

    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=together))
    executions = world.executions_over(Meddled(world.sfn, start_execution=one_at_a_time()))
    return _intake(world, videos=table, executions=executions), ThreadPoolExecutor(racers)


def test_concurrent_orders_of_the_same_picture_under_different_names_get_the_same_video(world: "World") -> None:
    images = [_upload(world), _upload(world), _upload(world, checksum=True), data_uri(PICTURE)]
    intake, threads = _racing(world, len(images))
    answers = list(threads.map(lambda image: _accept(intake, image=image), images))
    assert len({video.id for video, _ in answers}) == 1
    assert [replayed for _, replayed in answers].count(False) == 1
    assert len([key for key in world.objects() if key.startswith("inputs/")]) == 1


def test_of_two_concurrent_orders_of_different_pictures_the_loser_learns_the_video_of_the_key(world: "World") -> None:
    intake, threads = _racing(world, 2)

    def ask(image: str) -> Any:
        try:
            return _accept(intake, image=image)[0].id
        except Refusal as refusal:
            return (refusal.code, refusal.facts["video_id"])

    answers = list(threads.map(ask, [_upload(world), _upload(world, OTHER)]))
    (video_id,) = [answer for answer in answers if isinstance(answer, str)]
    assert ("idempotency_key_reused", video_id) in answers
