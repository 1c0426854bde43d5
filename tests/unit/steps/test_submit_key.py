"""Submit reads the upstream's key before it pays, and calls again only with a rotated key and enough time."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cliprelay.steps.submit import ENOUGH, RESERVE
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.video.record import ImageSource
from cliprelay.video.states import Status
from tests.support.fake_upstream import KEY, FakeUpstream
from tests.support.makers import (
    PICTURE_TYPE,
    Meddled,
    any_video,
)
from tests.support.submitting import read_back, submit

if TYPE_CHECKING:
    from tests.support.world import World


def _counted(world: "World", value: str = KEY) -> tuple[UpstreamKey, list[str]]:
    world.upstream_key(value)
    read: list[str] = []

    def note(real: Any, **kwargs: Any) -> Any:
        read.append(kwargs["SecretId"])
        return real(**kwargs)

    client: Any = Meddled(world.secrets, get_secret_value=note)
    return UpstreamKey(client, world.name, seconds=world.clock.seconds), read


def test_a_rotated_key_is_fetched_again_and_pays_for_the_video(world: "World") -> None:
    world.put(any_video())
    key, _ = _counted(world, "old key")
    key()
    world.rotate(KEY)
    upstream = FakeUpstream()
    assert submit(world, upstream, key=key)["status"] == "running"
    assert upstream.keys_seen == ["old key", KEY]
    assert len(upstream.ledger) == 1


def test_an_unchanged_key_that_is_refused_is_fetched_once_more_but_not_used_again(world: "World") -> None:
    world.put(any_video())
    key, read = _counted(world, "wrong key")
    upstream = FakeUpstream()
    result = submit(world, upstream, key=key)
    assert (result["next"], result["status"], result["wait"]) == ("submit", "queued", 30)
    assert read_back(world).waiting_for == "upstream_key"
    assert upstream.keys_seen == ["wrong key"]
    assert len(read) == 2


def test_a_rotated_key_that_is_refused_is_not_retried(world: "World") -> None:
    world.put(any_video())
    key, read = _counted(world, "wrong key")
    key()
    world.rotate("another wrong key")
    upstream = FakeUpstream()
    assert submit(world, upstream, key=key)["status"] == "queued"
    assert upstream.keys_seen == ["wrong key", "another wrong key"]
    assert len(read) == 2


def test_a_second_call_is_made_only_if_both_fit_into_the_time_of_one(world: "World") -> None:
    world.put(any_video())
    key, _ = _counted(world, "old key")
    key()
    world.rotate(KEY)
    upstream = FakeUpstream(during=lambda: world.clock.advance(FakeUpstream.submit_seconds - ENOUGH + 1))
    assert submit(world, upstream, key=key)["status"] == "queued"
    assert upstream.keys_seen == ["old key"]


@pytest.mark.parametrize(("left", "patience"), [(180, 120), (RESERVE + 120, 120), (RESERVE + 119, 119), (RESERVE + ENOUGH, ENOUGH)])
def test_the_timeout_of_the_paid_call_leaves_time_for_the_evidence(world: "World", left: float, patience: float) -> None:
    world.put(any_video())
    upstream = FakeUpstream()
    assert submit(world, upstream, seconds_left=left)["status"] == "running"
    assert upstream.patience == [patience]


def test_a_video_is_requeued_unpaid_when_too_little_time_is_left_for_call_and_evidence(world: "World") -> None:
    world.put(any_video())
    upstream = FakeUpstream()
    result = submit(world, upstream, seconds_left=RESERVE + ENOUGH - 1)
    assert (result["status"], result["next"], upstream.ledger) == ("queued", "submit", [])
    assert read_back(world).waiting_for == "slow_preparation"
    assert submit(world, upstream)["status"] == "running"


def test_a_video_stays_queued_and_unclaimed_while_no_key_is_stored(world: "World") -> None:
    world.put(any_video())
    world.secrets.create_secret(Name=world.name)
    result = submit(world, FakeUpstream(), key=UpstreamKey(world.secrets, world.name))
    assert (result["next"], result["status"], result["wait"]) == ("submit", "queued", 30)
    assert (read_back(world).claim, read_back(world).waiting_for, read_back(world).attempts) == (None, "upstream_key_missing", 0)


def _unreachable(real: Any, **kwargs: Any) -> Any:
    raise ClientError({"Error": {"Code": "InternalServiceError"}}, "any")


def test_failures_to_read_the_key_or_an_image_come_before_the_claim(world: "World") -> None:
    secrets: Any = Meddled(world.secrets, get_secret_value=_unreachable)
    world.put(any_video())
    with pytest.raises(ClientError):
        submit(world, FakeUpstream(), key=UpstreamKey(secrets, "any"))
    assert read_back(world) == any_video()
    world.put(any_video(image=ImageSource(key="inputs/acme/gone", content_type=PICTURE_TYPE)))
    with pytest.raises(ClientError):
        submit(world, FakeUpstream())
    assert read_back(world).status is Status.QUEUED


def _silent(real: Any, **kwargs: Any) -> Any:
    raise EndpointConnectionError(endpoint_url="any")


def _emptied(real: Any, **kwargs: Any) -> Any:
    return {"SecretString": " "}


@pytest.mark.parametrize("failure", [_unreachable, _silent, _emptied])
def test_a_refused_video_is_queued_without_doubt_even_if_the_key_cannot_be_fetched_again(world: "World", failure: Any) -> None:
    world.put(any_video())
    answers = iter([{"SecretString": "wrong key"}])

    def once(real: Any, **kwargs: Any) -> Any:
        return next(answers, None) or failure(real)

    secrets: Any = Meddled(world.secrets, get_secret_value=once)
    assert submit(world, FakeUpstream(), key=UpstreamKey(secrets, "any"))["status"] == "queued"
    assert (read_back(world).status, read_back(world).error, read_back(world).waiting_for) == (Status.QUEUED, None, "upstream_key")
