"""Intake records one video per intent, despite races, crashes and lost responses."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cliprelay.errors import Refusal
from cliprelay.media.bucket import MediaBucket
from cliprelay.orders.draft import KEEPER_EXPECTED
from cliprelay.orders.intake import Intake
from cliprelay.tenants.api_keys import Identity
from cliprelay.video.record import Video, deadline_after
from cliprelay.video.states import Status
from cliprelay.video.table import DUE, due_key
from tests.support.makers import (
    GRACE,
    NOW,
    PICTURE_TYPE,
    Meddled,
    any_body,
    any_png,
    any_settings,
    any_spec,
    conflict,
    data_uri,
    one_at_a_time,
    read_order,
)
from tests.support.world import QUEUE_LIMIT

if TYPE_CHECKING:
    from tests.support.world import World

BODY = b'{"any": "body"}'
INLINE = data_uri(any_png())


def _intake(world: "World", **parts: Any) -> Intake:
    inspector, gate = world.inspector(), world.webhook_gate()
    return replace(
        Intake(world.videos, world.store, world.executions, inspector, world.clock, QUEUE_LIMIT, gate, world.budgets, world.repeats),
        **parts,
    )


def _accept(intake: Intake, *, key: str | None = "order-7", body: bytes = BODY, tenant: str = "acme", **changes: Any) -> tuple[Video, bool]:
    order = read_order(any_body(**changes))
    return intake.accept(order, identity=Identity(tenant), key=key, body=body, base_url="https://api.example.com")


def _failing(failure: Exception, *, after: bool = False) -> Any:
    def fail(real: Any, **kwargs: Any) -> Any:
        if after:
            real(**kwargs)
        raise failure

    return fail


DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "any")


def test_accept_records_a_queued_video_and_starts_its_execution(world: "World") -> None:
    video, replayed = _accept(_intake(world), metadata={"order": "7"}, seed=7)
    assert not replayed
    assert world.read(video.id) == video
    assert (video.status, video.run, video.tenant, video.metadata) == (Status.QUEUED, 1, "acme", {"order": "7"})
    assert video.settings == any_settings(seed=7)
    assert world.started() == [f"{video.id}-1"]


def test_a_new_video_has_a_deadline_and_is_due_for_the_sweep(world: "World") -> None:
    video, _ = _accept(_intake(world, executions=world.executions_over(Meddled(world.sfn, start_execution=_failing(DOWN)))))
    assert video.deadline == deadline_after(NOW, any_spec())
    assert (video.due, video.due_at) == (due_key(video.id), int((NOW + KEEPER_EXPECTED).timestamp()))
    assert list(world.videos.due(DUE, NOW + KEEPER_EXPECTED)) == [video.id]


def test_an_inline_image_is_stored_in_the_bucket_and_the_record_holds_only_its_key(world: "World") -> None:
    video, _ = _accept(_intake(world), image=INLINE, last_image=INLINE)
    assert sorted(world.objects()) == sorted([video.image.key, (video.last_image or video.image).key])  # type: ignore[type-var]
    assert world.store.read_input(video.image.key or "") == any_png()
    assert video.image.content_type == PICTURE_TYPE
    assert "base64" not in str(world.items())


def test_an_image_url_is_recorded_unchanged(world: "World") -> None:
    video, _ = _accept(_intake(world))
    assert (video.image.url, video.image.key) == (any_body()["image"], None)
    assert world.objects() == []


# Intents


def test_the_same_key_and_body_return_the_same_video_and_store_nothing_new(world: "World") -> None:
    first, _ = _accept(_intake(world), image=INLINE)
    second, replayed = _accept(_intake(world), image=INLINE)
    assert (second, replayed) == (first, True)
    assert len(world.items()) == 2
    assert len(world.objects()) == 1


def test_a_replay_returns_the_current_state_of_the_video(world: "World") -> None:
    first, _ = _accept(_intake(world))
    world.change(first.id, status="running", progress=40)
    assert _accept(_intake(world))[0].progress == 40


def test_a_replay_starts_a_missing_execution(world: "World") -> None:
    _accept(_intake(world, executions=world.executions_over(Meddled(world.sfn, start_execution=_failing(DOWN)))))
    assert world.started() == []
    video, _ = _accept(_intake(world))
    assert world.started() == [f"{video.id}-1"]


def test_a_replay_of_an_ended_video_starts_no_execution(world: "World") -> None:
    starts: list[Any] = []
    first, _ = _accept(_intake(world))
    world.change(first.id, status="failed", event_id="evt_1")
    sfn = Meddled(world.sfn, start_execution=lambda real, **kwargs: starts.append(kwargs))
    assert _accept(_intake(world, executions=world.executions_over(sfn)))[1]
    assert starts == []


def test_the_same_key_with_another_order_is_refused_and_stores_nothing(world: "World") -> None:
    first, _ = _accept(_intake(world))
    with pytest.raises(Refusal) as caught:
        _accept(_intake(world), body=BODY + b" ", image=INLINE)
    assert (caught.value.code, caught.value.facts) == ("idempotency_key_reused", {"video_id": first.id})
    assert len(world.items()) == 2
    assert world.objects() == []


def test_tenants_do_not_share_idempotency_keys(world: "World") -> None:
    (first, _), (second, replayed) = _accept(_intake(world)), _accept(_intake(world), tenant="other")
    assert not replayed
    assert first.id != second.id


def test_without_a_key_every_order_creates_a_new_video_with_a_warning(world: "World") -> None:
    (first, _), (second, replayed) = _accept(_intake(world), key=None), _accept(_intake(world), key=None)
    assert not replayed
    assert first.id != second.id
    assert first.warnings[0]["code"] == "no_idempotency_key"
    assert _accept(_intake(world), key="any", generate_audio=True)[0].warnings == []


@pytest.mark.parametrize("days", [-0.007, 0.0007, 1, 6.96])  # the first: a clock that was put back by ten minutes
def test_a_key_is_valid_as_long_as_its_video_is_retained(world: "World", days: float) -> None:
    first, _ = _accept(_intake(world))
    world.videos.move(first, Status.CANCELED, NOW)
    world.clock.advance(days * 86_400)
    assert _accept(_intake(world))[0].id == first.id


def test_a_key_can_be_reused_after_its_video_was_deleted(world: "World") -> None:
    first, _ = _accept(_intake(world))
    world.videos.move(first, Status.CANCELED, NOW)
    world.clock.advance(31 * 86_400)
    second, replayed = _accept(_intake(world))
    assert not replayed
    assert second.id != first.id


# A full queue


def _fill(world: "World", intake: Intake) -> list[Video]:
    return [_accept(intake, key=f"order-{number}")[0] for number in range(intake.queue_limit)]


def test_a_full_queue_refuses_the_order_with_a_retry_time_and_records_nothing(world: "World") -> None:
    intake = _intake(world, queue_limit=3)
    _fill(world, intake)
    with pytest.raises(Refusal) as caught:
        _accept(intake, key="one more", image=INLINE)
    assert caught.value.code == "queue_full"
    assert caught.value.retry_after == 60
    assert len(world.items()) == 6
    assert world.objects() == []


def test_a_full_queue_affects_neither_replays_nor_other_tenants(world: "World") -> None:
    intake = _intake(world, queue_limit=2)
    first, _ = _fill(world, intake)
    assert _accept(intake, key="order-0") == (first, True)
    assert not _accept(intake, key="order-0", tenant="other")[1]


@pytest.mark.parametrize("leaves", ["claim", "cancel"])
def test_a_video_that_leaves_the_queue_makes_room(world: "World", leaves: str) -> None:
    intake = _intake(world, queue_limit=2)
    first, _ = _fill(world, intake)
    if leaves == "claim":
        world.videos.claim(first, "token", NOW, first.deadline, GRACE, world.permit())
    else:
        world.videos.move(first, Status.CANCELED, NOW)
    assert not _accept(intake, key="one more")[1]


def test_a_requeued_video_counts_towards_the_limit_again(world: "World") -> None:
    intake = _intake(world, queue_limit=1)
    (video,) = _fill(world, intake)
    claimed = world.videos.claim(video, "token", NOW, video.deadline, GRACE, world.permit())
    assert claimed.won
    world.videos.move(claimed.video, Status.QUEUED, NOW)
    with pytest.raises(Refusal):
        _accept(intake, key="one more")


# Races


def _racing(world: "World", racers: int) -> tuple[Intake, Any]:
    """Every racer has looked for the key before the first one writes."""
    start, turns = Barrier(racers), one_at_a_time()

    def together(real: Any, **kwargs: Any) -> Any:
        start.wait()
        return turns(real, **kwargs)

    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=together))
    executions = world.executions_over(Meddled(world.sfn, start_execution=one_at_a_time()))
    return _intake(world, videos=table, executions=executions), ThreadPoolExecutor(racers)


@pytest.mark.parametrize("racers", [2, 16])
def test_concurrent_requests_with_the_same_key_and_body_get_the_same_video(world: "World", racers: int) -> None:
    intake, threads = _racing(world, racers)
    answers = list(threads.map(lambda _: _accept(intake, image=INLINE), range(racers)))
    assert len({video.id for video, _ in answers}) == 1
    assert [replayed for _, replayed in answers].count(False) == 1
    assert len(world.items()) == 2
    assert world.started() == [f"{answers[0][0].id}-1"]


def test_the_losers_of_a_race_delete_their_own_images_and_never_the_winners(world: "World") -> None:
    intake, threads = _racing(world, 8)
    (video, _), *_ = threads.map(lambda _: _accept(intake, image=INLINE, last_image=INLINE), range(8))
    winner = world.read(video.id)
    assert winner.last_image is not None
    assert set(world.objects()) == {winner.image.key, winner.last_image.key}


def test_a_loser_whose_image_cannot_be_deleted_still_gets_the_winners_video(world: "World") -> None:
    client: Any = Meddled(world.s3, delete_object=_failing(DOWN))
    intake, threads = _racing(world, 2)
    intake = replace(intake, store=MediaBucket(client, world.bucket))
    answers = list(threads.map(lambda _: _accept(intake, image=INLINE), range(2)))
    assert len({video.id for video, _ in answers}) == 1


def test_of_two_concurrent_requests_with_the_same_key_and_different_orders_one_is_refused(world: "World") -> None:
    intake, threads = _racing(world, 2)

    def ask(number: int) -> str:
        try:
            _accept(intake, body=b"%d" % number, image=INLINE, seed=number)
        except Refusal as refusal:
            return refusal.code
        return "recorded"

    assert sorted(threads.map(ask, range(2))) == ["idempotency_key_reused", "recorded"]
    assert len(world.items()) == 2
    assert len(world.objects()) == 1


def test_a_transaction_conflict_with_another_request_causes_no_error(world: "World") -> None:
    winner: list[Video] = []

    def meet(real: Any, **kwargs: Any) -> Any:
        """The other request's transaction is under way when this one comes."""
        if winner:
            return real(**kwargs)
        winner.append(_accept(_intake(world))[0])
        raise conflict(world.dynamodb)

    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=meet))
    video, replayed = _accept(_intake(world, videos=table), image=INLINE)
    assert (video.id, replayed) == (winner[0].id, True)
    assert world.objects() == []


# Outages


@pytest.mark.parametrize("failure", [DOWN, EndpointConnectionError(endpoint_url="any")], ids=["error", "silence"])
@pytest.mark.parametrize("recorded", [False, True], ids=["not recorded", "recorded"])
def test_an_uncertain_write_is_refused_with_the_video_id_to_read(world: "World", failure: Exception, recorded: bool) -> None:
    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=_failing(failure, after=recorded)))
    with pytest.raises(Refusal) as caught:
        _accept(_intake(world, videos=table))
    assert caught.value.code == "not_recorded"
    assert caught.value.retry_after == 5
    assert (world.videos.get(caught.value.facts["video_id"]) is not None) == recorded


def test_after_a_lost_response_the_same_request_gets_the_recorded_video(world: "World") -> None:
    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=_failing(DOWN, after=True)))
    with pytest.raises(Refusal) as caught:
        _accept(_intake(world, videos=table))
    video, replayed = _accept(_intake(world))
    assert (video.id, replayed) == (caught.value.facts["video_id"], True)
    assert world.started() == [f"{video.id}-1"]


@pytest.mark.parametrize("failure", [DOWN, EndpointConnectionError(endpoint_url="any")], ids=["error", "silence"])
def test_a_recorded_order_succeeds_even_if_its_execution_cannot_be_started(world: "World", failure: Exception) -> None:
    video, _ = _accept(_intake(world, executions=world.executions_over(Meddled(world.sfn, start_execution=_failing(failure)))))
    assert world.read(video.id).status is Status.QUEUED


def test_nothing_is_recorded_while_the_bucket_is_down(world: "World") -> None:
    client: Any = Meddled(world.s3, put_object=_failing(DOWN))
    with pytest.raises(ClientError):
        _accept(_intake(world, store=MediaBucket(client, world.bucket)), image=INLINE)
    assert world.items() == []
