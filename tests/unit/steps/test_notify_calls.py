"""Notify's AWS calls, in order."""

from typing import TYPE_CHECKING

from cliprelay.notifications.topic import EventsTopic
from cliprelay.steps.notify import notify
from cliprelay.video.states import Status
from cliprelay.video.table import DUE
from cliprelay.workflow.contract import Event
from tests.support.makers import any_video
from tests.support.recorded_calls import calls_of

if TYPE_CHECKING:
    from tests.support.world import World

ENDED = any_video(
    status=Status.FAILED, event_id="evt_1", event_at="2026-11-22T06:01:00Z", error={"code": "moderated", "message": "Refused."}, due=DUE
)


def _calls(world: "World") -> list[str]:
    topic = EventsTopic(world.sns, world.sns.create_topic(Name=world.name)["TopicArn"])
    dispatch = world.dispatch()
    with calls_of(world) as calls:
        notify(Event(video_id=ENDED.id, run=1), videos=world.videos, store=world.store, topic=topic, dispatch=dispatch, clock=world.clock)
    return calls


def test_an_event_is_published_before_it_is_marked_as_published(world: "World") -> None:
    world.put(ENDED)
    # The second read is of the tenant's webhook, which may have changed a moment ago.
    assert _calls(world) == ["GetItem", "Publish", "GetItem", "UpdateItem"]


def test_an_event_that_was_published_costs_a_read(world: "World") -> None:
    world.put(any_video(status=Status.FAILED, event_id="evt_1", told="evt_1", updated_at="2026-11-22T06:01:00Z"))
    assert _calls(world) == ["GetItem"]
