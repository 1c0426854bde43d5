"""Notify publishes one event per end, and repeats it only under the same id."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.media.facts import Facts, Poster
from cliprelay.notifications.topic import EventsTopic
from cliprelay.steps.notify import LINK_SECONDS, notify
from cliprelay.video.poster import no_poster
from cliprelay.video.record import Video
from cliprelay.video.states import ANNOUNCED, TERMINAL, Status
from cliprelay.video.table import DUE, VideoTable
from cliprelay.workflow.contract import Event, Result
from cliprelay.workflow.deletion import Deletion
from tests.support.makers import NOW, Meddled, any_settings, any_video
from tests.support.world import RETENTION

if TYPE_CHECKING:
    from tests.support.world import World

ERROR = {"code": "moderated", "message": "The content was refused."}


class Sent:
    """Record what is published, in place of the operator's subscribers."""

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
def sent(world: "World") -> Sent:
    return Sent(world.sns)


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
def test_every_end_is_published_once_and_marked(world: "World", sent: Sent, status: Status) -> None:
    world.put(_ended(status))
    assert _notify(world, sent.topic)["next"] == "done"
    assert [event["id"] for event in sent.events] == ["evt_1"]
    assert world.read(any_video().id).told == "evt_1"
    assert _notify(world, sent.topic)["next"] == "done"
    assert len(sent.published) == 1


@pytest.mark.parametrize("status", sorted(ANNOUNCED))
def test_the_log_has_the_status_and_the_seconds_since_acceptance(
    world: "World", sent: Sent, status: Status, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="cliprelay.notify")
    world.put(_ended(status))
    _notify(world, sent.topic)
    assert [(each.message, vars(each)["status"], vars(each)["age"]) for each in caplog.records] == [("told", status.value, 60)]


def test_one_publish_contains_text_for_people_and_json_for_machines(world: "World", sent: Sent) -> None:
    world.put(_ended())
    _notify(world, sent.topic)
    (published,) = sent.published
    message = json.loads(published["Message"])
    assert published["MessageStructure"] == "json"
    assert set(message) == {"default", "email"}
    assert message["email"].startswith("Your video is ready.")
    assert published["Subject"] == f"ClipRelay: video {any_video().id} is ready"
    assert {name: each["StringValue"] for name, each in published["MessageAttributes"].items()}["type"] == "video.succeeded"


def test_a_success_contains_a_freshly_presigned_url_and_its_expiry(world: "World", sent: Sent) -> None:
    world.put(_ended())
    world.clock.advance(86_400)
    _notify(world, sent.topic)
    file = sent.events[0]["data"]["video"]
    assert "videos/acme/vid.mp4?" in file["url"]
    assert LINK_SECONDS == 3_600
    assert file["url_expires_at"] == "2026-11-23T07:00:00Z"


def test_a_crash_between_publishing_and_marking_publishes_again_under_the_same_id(world: "World", sent: Sent) -> None:
    def crash(real: Any, **kwargs: Any) -> Any:
        raise SystemExit

    world.put(_ended())
    with pytest.raises(SystemExit):
        _notify(world, sent.topic, table=world.videos_over(Meddled(world.dynamodb, update_item=crash)))
    _notify(world, sent.topic)
    assert [event["id"] for event in sent.events] == ["evt_1", "evt_1"]


def test_an_unavailable_topic_raises_and_the_event_remains_to_be_announced(world: "World", sent: Sent) -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "Throttled"}}, "Publish")

    world.put(_ended())
    with pytest.raises(ClientError):
        _notify(world, EventsTopic(Meddled(world.sns, publish=fail), "arn:aws:sns:us-east-1:123456789012:events"))  # type: ignore[arg-type]
    assert world.read(any_video().id).must_be_announced
    _notify(world, sent.topic)
    assert len(sent.published) == 1


def test_an_unconfirmed_video_and_its_end_are_two_events(world: "World", sent: Sent) -> None:
    unsure = world.put(_ended(Status.UNCONFIRMED, claim="a"))
    _notify(world, sent.topic)
    world.videos.move(world.read(unsure.id), Status.FAILED, NOW, error=ERROR)
    _notify(world, sent.topic)
    assert [event["type"] for event in sent.events] == ["video.unconfirmed", "video.failed"]
    assert len({event["id"] for event in sent.events}) == 2


def test_a_video_that_moved_during_publishing_is_not_marked(world: "World", sent: Sent) -> None:
    world.put(_ended(Status.UNCONFIRMED))

    def publish(real: Any, **kwargs: Any) -> Any:
        world.change(any_video().id, status="failed", event_id="evt_2")
        return real(**kwargs)

    arn = world.sns.create_topic(Name="events")["TopicArn"]
    _notify(world, EventsTopic(Meddled(world.sns, publish=publish), arn))  # type: ignore[arg-type]
    assert world.read(any_video().id).must_be_announced
    _notify(world, sent.topic)
    assert [event["id"] for event in sent.events] == ["evt_2"]


@pytest.mark.parametrize("prompt", ["\r\nSubject: x", "🌊" * 8_000, "<script>alert(1)</script>", "\x00\x1b[31m"])
def test_any_prompt_can_be_published(world: "World", sent: Sent, prompt: str) -> None:
    world.put(_ended(settings=any_settings(prompt=prompt)))
    _notify(world, sent.topic)
    assert len(sent.published[0]["Message"].encode()) < 20_000


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_end_that_is_told_after_the_delete_says_which_video_it_was(world: "World", sent: Sent, status: Status) -> None:
    world.put(_ended(status, settings=any_settings(prompt="velvet-comet"), metadata={"velvet-comet": "1"}, link="b" * 43))
    assert Deletion(world.videos, world.deliveries, world.clock).delete(any_video().id)
    _notify(world, sent.topic)
    event = sent.events[0]
    assert (event["id"], event["type"]) == ("evt_1", f"video.{status.value}")
    assert event["data"] == {"id": any_video().id, "status": status.value, "deleted_at": "2026-11-22T06:00:00Z"}
    assert "velvet-comet" not in sent.published[0]["Message"]
    assert "http" not in sent.published[0]["Message"]


def test_a_stale_run_or_a_missing_video_publishes_nothing(world: "World", sent: Sent) -> None:
    done = {"video_id": any_video().id, "run": 1, "next": "done"}
    assert _notify(world, sent.topic) == done
    world.put(_ended(run=2))
    assert _notify(world, sent.topic) == done
    assert sent.published == []


@pytest.mark.parametrize(("status", "then"), [(Status.QUEUED, "submit"), (Status.RUNNING, "wait")])
def test_an_open_video_is_not_announced(world: "World", sent: Sent, status: Status, then: str) -> None:
    world.put(any_video(status=status, upstream_id="task-1"))
    assert _notify(world, sent.topic)["next"] == then
    assert sent.published == []


# Cost

QUOTE = {"tokens": 108_900, "usd": "0.2614", "usd_per_million": "2.4"}
REFUSED = {"error": ERROR, "upstream_id": None}


@pytest.mark.parametrize(
    ("status", "changes", "usd", "line"),
    [
        (Status.SUCCEEDED, {"upstream_id": "t"}, "0.2614", "Cost:   $0.2614 (estimated from published prices)"),
        (Status.SUCCEEDED, {"upstream_id": "t", "tokens": 100_000}, "0.2400", "Cost:   $0.2400"),
        (Status.FAILED, REFUSED, "0.0000", "Cost:   nothing was charged"),
        (Status.FAILED, {"upstream_id": "t"}, "0.2614", "Cost:   at most $0.2614; whether it was charged is not known"),
    ],
)
def test_every_message_carries_the_cost(world: "World", sent: Sent, status: Status, changes: dict[str, Any], usd: str, line: str) -> None:
    world.put(_ended(status, quote=QUOTE, **changes))
    _notify(world, sent.topic)
    message = json.loads(sent.published[0]["Message"])
    assert json.loads(message["default"])["data"]["cost"]["usd"] == usd
    assert f"  {line}\n" in message["email"]


def test_the_message_about_a_record_without_a_quote_has_no_cost(world: "World", sent: Sent) -> None:
    world.put(_ended())
    _notify(world, sent.topic)
    assert "cost" not in sent.events[0]["data"]
    assert "Cost:" not in json.loads(sent.published[0]["Message"])["email"]


# A poster


def test_a_poster_that_is_due_is_given_up_with_a_warning_and_the_video_is_announced(world: "World", sent: Sent) -> None:
    world.put(_ended(poster_due=True, link="A" * 43))
    _notify(world, sent.topic)
    video = world.read(any_video().id)
    assert (video.warnings, video.poster_due, video.told) == ([no_poster()], False, "evt_1")
    (event,) = sent.events
    assert event["data"]["warnings"] == [no_poster()]
    assert "poster" not in event["data"]["video"]


def test_a_video_that_was_to_have_no_poster_has_no_warning(world: "World", sent: Sent) -> None:
    world.put(_ended())
    _notify(world, sent.topic)
    assert world.read(any_video().id).warnings == []
    assert "warnings" not in sent.events[0]["data"]


def test_a_poster_that_has_just_come_is_announced(world: "World", sent: Sent) -> None:
    video = world.put(_ended(poster_due=True, link="A" * 43))
    poster = Poster(key="posters/acme/vid.jpg", bytes=700, width=64, height=36)
    facts = Facts(width=64, height=36, frames=3, fps_thousandths=24_000, milliseconds=125, codec="h264", sound=True)

    def read_just_before(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        world.videos.note_look(video, facts, poster)
        return answer

    client = Meddled(world.dynamodb, get_item=read_just_before)
    table = VideoTable(client, world.videos_table, retention=RETENTION, event_ids=lambda now: "evt_2", spend=lambda: world.spend)  # type: ignore[arg-type]
    _notify(world, sent.topic, table=table)
    (event,) = sent.events
    assert event["data"]["video"]["poster"]["link"].endswith("?variant=poster")
    assert (event["data"]["video"]["frames"], world.read(any_video().id).warnings) == (3, [])


def test_the_text_of_an_e_mail_links_the_poster(world: "World", sent: Sent) -> None:
    poster = Poster(key="posters/acme/vid.jpg", bytes=700, width=64, height=36)
    world.put(_ended(poster=poster, link="A" * 43, expires_at=int(NOW.timestamp())))
    _notify(world, sent.topic)
    text = json.loads(sent.published[0]["Message"])["email"]
    assert f"A picture of it:\n\nhttps://api.example.com/v1/links/{any_video().id}.{'A' * 43}?variant=poster\n" in text
