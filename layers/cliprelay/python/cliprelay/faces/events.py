"""Events in the form of the API that a video was ordered through, for the webhook that its order names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cliprelay.video.record import Video


@dataclass(frozen=True)
class EventFacts:
    """What every event says: its id, its type in our words, and its time, as ISO 8601 in UTC."""

    id: str
    kind: str
    at: str


def _myrouter(video: Video, event: EventFacts) -> bytes:
    from cliprelay.faces.myrouter import event_of  # with the catalog, which most deliveries do not need

    return event_of(video, event)


def _openai(video: Video, event: EventFacts) -> bytes:
    from cliprelay.faces.openai import event_body

    return event_body(video, event)


def _ark(video: Video, event: EventFacts) -> bytes:
    from cliprelay.faces.ark import callback_body  # Poll needs this module, and no form

    return callback_body(video)


# By the name of the API in the record.
FORMS: Mapping[str, Callable[[Video, EventFacts], bytes]] = {"openai": _openai, "ark": _ark, "myrouter": _myrouter}
# The APIs whose webhooks also say that a video has begun to run.
_SAYING_RUNNING = frozenset({"ark"})


def says_running(video: Video) -> bool:
    """Return whether the webhook of the order, if it names one, is told that the video has begun to run."""
    return video.webhook_url is not None and video.face in _SAYING_RUNNING


def foreign_body(video: Video, event: EventFacts) -> bytes | None:
    """Return the body of an event in the form of the API that the video was ordered through; None if that is our own."""
    form = FORMS.get(video.face or "")
    return form(video, event) if form else None
