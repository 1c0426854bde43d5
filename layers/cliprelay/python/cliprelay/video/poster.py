"""Facts, poster and provenance of a finished video: what may have them, and how clients see them."""

from typing import Any

from cliprelay.media.bucket import POSTER_TYPE
from cliprelay.video.links import poster_link
from cliprelay.video.record import Video
from cliprelay.video.states import Status

# Code of the warning about a video that was to have a poster, and has none.
NO_POSTER = "no_poster"


def may_have_poster(video: Video) -> bool:
    """Return whether a poster is still of use: the video has a file, its event is not sent yet, and nothing was given up."""
    has_one = video.poster is not None or any(each.get("code") == NO_POSTER for each in video.warnings)
    # The file of a canceled video may have been thrown away, and that of a deleted one is gone.
    has_file = video.status is Status.SUCCEEDED and video.object_key is not None
    return has_file and video.must_be_announced and not has_one


def no_poster() -> dict[str, str]:
    """Return the warning."""
    return {"code": NO_POSTER, "message": "No poster could be made of this video. The video itself is not affected."}


def shown_facts(video: Video) -> dict[str, Any]:
    """Return what is known of the file, as members of `video`, without unknown ones."""
    members = {**_facts(video), "provenance": _provenance(video), "poster": _poster(video)}
    return {name: value for name, value in members.items() if value is not None}


def _facts(video: Video) -> dict[str, Any]:
    facts = video.facts
    if facts is None:
        return {}
    return {
        "width": facts.width,
        "height": facts.height,
        "fps": facts.fps_thousandths / 1_000 if facts.fps_thousandths else None,
        "frames": facts.frames or None,
        "duration": facts.milliseconds / 1_000 if facts.milliseconds else None,
        "codec": facts.codec,
        "sound": facts.sound,
    }


def _provenance(video: Video) -> dict[str, bool] | None:
    """Return what marks the file as made by a model: a manifest in it, and whether the provider was to draw its mark."""
    members = {"c2pa": video.c2pa, "watermark": video.settings.get("watermark")}
    return {name: value for name, value in members.items() if isinstance(value, bool)} or None


def _poster(video: Video) -> dict[str, Any] | None:
    poster = video.poster
    if poster is None:
        return None
    link = poster_link(video)
    known = {"content_type": POSTER_TYPE, "bytes": poster.bytes, "width": poster.width, "height": poster.height}
    return known | ({"link": link} if link else {})
