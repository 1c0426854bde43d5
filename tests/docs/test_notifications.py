"""docs/notifications.md shows a real message."""

import json
from datetime import timedelta

from cliprelay.media.facts import Facts, Poster
from cliprelay.notifications.message import announce
from cliprelay.video.states import ANNOUNCED, Status
from tests.support.documents import TEXTS, example, names
from tests.support.makers import NOW, any_video

NOTIFICATIONS = TEXTS["docs/notifications.md"]
EVENT = example(NOTIFICATIONS, "video.")


def test_the_event_has_the_members_of_a_real_one() -> None:
    file = {"bytes": 1, "sha256": "0" * 64, "object_key": "videos/acme/vid.mp4", "link": "A" * 43, "expires_at": 1}
    file |= {"quote": {"tokens": 1, "usd": "0.0001", "usd_per_million": "2.4"}}
    facts = Facts(width=864, height=496, frames=97, fps_thousandths=24_000, milliseconds=4_042, codec="h264", sound=False)
    file |= {"facts": facts, "c2pa": False, "poster": Poster(key="posters/acme/vid.jpg", bytes=42_180, width=864, height=496)}
    video = any_video(status=Status.SUCCEEDED, event_id="evt_1", event_at="any", **file)
    real = json.loads(announce(video, url="https://any.example.com", url_expires_at=str(NOW + timedelta(hours=1))).data)
    assert list(EVENT) == list(real)
    assert list(EVENT["data"]) == list(real["data"])
    assert list(EVENT["data"]["video"]) == list(real["data"]["video"])
    assert EVENT["data"]["video"]["poster"].keys() == real["data"]["video"]["poster"].keys()


def test_the_types_of_events_are_those_of_the_states_that_are_announced() -> None:
    real = {f"video.{status.value}" for status in ANNOUNCED}
    for page in ("docs/notifications.md", "docs/webhooks.md"):
        (line,) = (line for line in TEXTS[page].splitlines() if line.startswith(("The types are", "The events are")))
        assert {name for name in names(line) if name.startswith("video.")} == real
