"""A video with everything that a delete removes."""

from cliprelay.video.record import ImageSource, Video, iso
from cliprelay.video.states import Status
from tests.support.makers import NOW, any_settings, any_video

# In every text that the client chose.
CLIENTS_WORD = "velvet-comet"


def full_video(**changes: object) -> Video:
    """Return an ended video whose every text that a client chose contains CLIENTS_WORD."""
    return any_video(
        **{
            "status": Status.SUCCEEDED,
            "settings": any_settings(prompt=CLIENTS_WORD, seed=7),
            "image": ImageSource(key="inputs/acme/1", content_type="image/png"),
            "last_image": ImageSource(url=f"https://assets.example.com/{CLIENTS_WORD}.png"),
            "metadata": {CLIENTS_WORD: CLIENTS_WORD},
            "warnings": [{"code": "any", "message": CLIENTS_WORD}],
            "error": {"code": "moderated", "message": CLIENTS_WORD},
            "webhook_url": f"https://hooks.example.com/{CLIENTS_WORD}",
            "webhook_events": ["video.succeeded"],
            "link": "b" * 43,
            "object_key": "videos/acme/vid.mp4",
            "bytes": 4,
            "sha256": "ab" * 32,
            "upstream_id": "task-1",
            "tokens": 108_900,
            "event_id": "evt_1",
            "told": "evt_1",
            "ended_at": iso(NOW),
        }
        | changes
    )
