"""Notify: one event per ending, told once, or again under the same id."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.notifications.topic import EventsTopic
from cliprelay.steps.notify import LINK_SECONDS, notify
from cliprelay.video.record import Video
from cliprelay.video.states import ANNOUNCED, Status
from cliprelay.video.table import DUE
from cliprelay.workflow.contract import Event, Result
from tests.support.makers import NOW, Meddled, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

ERROR = {"code": "moderated", "message": "The content was refused."}


class Told:
    """What was published, in place of the operator's subscribers."""

    def __init__(self, client: Any) -> None:
        self.published: list[dict[str, Any]] = []
        arn = client.create_topic(Name="events")["TopicArn"]
        self.topic = EventsTopic(Meddled(client, publish=self._note), arn)  # type: ignore[arg-type]

    def _note(self, real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        self.published.append(kwargs)
        return answer

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(json.loads(each["Message"])["default"]) for each in self.published]


@pytest.fixture
def told(world: "World") -> Told:
    return Told(world.sns)


def _ended(status: Status = Status.SUCCEEDED, **changes: Any) -> Video:
    ending: dict[str, Any] = {
        "status": status,
        "event_id": "evt_1",
        "event_at": "2026-11-22T06:01:00Z",
        "due": DUE,
        "due_at": int(NOW.timestamp()),
    }
    if status is Status.SUCCEEDED:
        ending |= {"object_key": "videos/acme/vid.mp4", "bytes": 5, "sha256": "ab"}
    else:
        ending |= {"error": ERROR}
    return any_video(**(ending | changes))


def _notify(world: "World", topic: EventsTopic, *, run: int = 1, table: Any = None) -> Result:
    event = Event(video_id=any_video().id, run=run)
    return notify(event, videos=table or world.videos, store=world.store, topic=topic, dispatch=world.dispatch(), clock=world.clock)


@pytest.mark.parametrize("status", sorted(ANNOUNCED))
def test_every_ending_is_published_once_and_noted(world: "World", told: Told, status: Status) -> None:
    world.put(_ended(status))
    assert _notify(world, told.topic)["next"] == "done"
    assert [event["id"] for event in told.events] == ["evt_1"]
    assert world.read(any_video().id).told == "evt_1"
    assert _notify(world, told.topic)["next"] == "done"
    assert len(told.published) == 1


def test_people_get_text_and_machines_get_json_in_one_publish(world: "World", told: Told) -> None:
    world.put(_ended())
    _notify(world, told.topic)
    (published,) = told.published
    message = json.loads(published["Message"])
    assert published["MessageStructure"] == "json"
    assert set(message) == {"default", "email"}
    assert message["email"].startswith("Your video is ready.")
    assert published["Subject"] == f"ClipRelay: video {any_video().id} is ready"
    assert {name: each["StringValue"] for name, each in published["MessageAttributes"].items()}["type"] == "video.succeeded"


def test_the_link_of_a_success_is_presigned_now_with_its_end(world: "World", told: Told) -> None:
    world.put(_ended())
    world.clock.advance(86_400)
    _notify(world, told.topic)
    file = told.events[0]["data"]["video"]
    assert "videos/acme/vid.mp4?" in file["url"]
    assert LINK_SECONDS == 3_600
    assert file["url_expires_at"] == "2026-11-23T07:00:00Z"


def test_a_crash_between_telling_and_noting_tells_again_under_the_same_id(world: "World", told: Told) -> None:
    def crash(real: Any, **kwargs: Any) -> Any:
        raise SystemExit

    world.put(_ended())
    with pytest.raises(SystemExit):
        _notify(world, told.topic, table=world.videos_over(Meddled(world.dynamodb, update_item=crash)))
    _notify(world, told.topic)
    assert [event["id"] for event in told.events] == ["evt_1", "evt_1"]


def test_a_topic_that_is_down_is_an_error_and_the_event_stays_to_be_told(world: "World", told: Told) -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "Throttled"}}, "Publish")

    world.put(_ended())
    with pytest.raises(ClientError):
        _notify(world, EventsTopic(Meddled(world.sns, publish=fail), "arn:aws:sns:us-east-1:123456789012:events"))  # type: ignore[arg-type]
    assert world.read(any_video().id).must_be_announced
    _notify(world, told.topic)
    assert len(told.published) == 1


def test_an_unconfirmed_video_and_its_end_are_two_events(world: "World", told: Told) -> None:
    unsure = world.put(_ended(Status.UNCONFIRMED, claim="a"))
    _notify(world, told.topic)
    world.videos.move(world.read(unsure.id), Status.FAILED, NOW, error=ERROR)
    _notify(world, told.topic)
    assert [event["type"] for event in told.events] == ["video.unconfirmed", "video.failed"]
    assert len({event["id"] for event in told.events}) == 2


def test_a_video_that_went_on_while_it_was_told_is_not_noted_as_told(world: "World", told: Told) -> None:
    world.put(_ended(Status.UNCONFIRMED))

    def publish(real: Any, **kwargs: Any) -> Any:
        world.change(any_video().id, status="failed", event_id="evt_2")
        return real(**kwargs)

    arn = world.sns.create_topic(Name="events")["TopicArn"]
    _notify(world, EventsTopic(Meddled(world.sns, publish=publish), arn))  # type: ignore[arg-type]
    assert world.read(any_video().id).must_be_announced
    _notify(world, told.topic)
    assert [event["id"] for event in told.events] == ["evt_2"]


@pytest.mark.parametrize("prompt", ["\r\nSubject: x", "🌊" * 8_000, "<script>alert(1)</script>", "\x00\x1b[31m"])
def test_any_prompt_can_be_told(world: "World", told: Told, prompt: str) -> None:
    world.put(_ended(settings=any_settings(prompt=prompt)))
    _notify(world, told.topic)
    assert len(told.published[0]["Message"].encode()) < 20_000


def test_a_step_of_an_older_run_and_a_video_that_is_gone_tell_nothing(world: "World", told: Told) -> None:
    done = {"video_id": any_video().id, "run": 1, "next": "done"}
    assert _notify(world, told.topic) == done
    world.put(_ended(run=2))
    assert _notify(world, told.topic) == done
    assert told.published == []


@pytest.mark.parametrize(("status", "then"), [(Status.QUEUED, "submit"), (Status.RUNNING, "wait")])
def test_a_video_that_goes_on_is_not_told_of(world: "World", told: Told, status: Status, then: str) -> None:
    world.put(any_video(status=status, upstream_id="task-1"))
    assert _notify(world, told.topic)["next"] == then
    assert told.published == []
