"""The routes of one video: reading and deleting it, and its file."""

import logging

from cliprelay.api.http.answers import PRIVATE, Answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.request import Request
from cliprelay.api.openai.answers import answer_to, video_answer
from cliprelay.api.openai.prefix import FACE, VIDEO
from cliprelay.api.services import Services
from cliprelay.errors import FieldComplaint, Refusal, invalid_request
from cliprelay.faces.openai import STATUSES
from cliprelay.video.record import Video
from cliprelay.video.shown import has_ended, shown
from cliprelay.video.view import URL_SECONDS

logger = logging.getLogger("cliprelay.api")

# How long a GET of a polling helper is held, unless the client names a wait itself: it shows the end sooner, for one read a second.
HELD = "wait=5"
_HELPER = "x-stainless-poll-helper"
_VARIANTS = ("video", "thumbnail")


def add_videos(app: Endpoints, api: Services) -> None:
    """Register the routes."""

    @app.endpoint("GET", VIDEO, face=FACE)
    def get_video(asking: Request) -> Answer:
        video = api.find_whole(asking.path["video_id"], asking.tenant)
        wait = api.asked_wait(asking.header("prefer") or (HELD if asking.header(_HELPER) == "true" else None))
        return video_answer(asking, api.wait_for(video, has_ended, wait, asking.arrived))

    @app.endpoint("DELETE", VIDEO, face=FACE)
    def delete_video(asking: Request) -> Answer:
        video = api.delete(api.find(asking.path["video_id"], asking.tenant).id)
        logger.info("deleted", extra={"video_id": video.id, "tenant": video.tenant})
        return answer_to(asking, {"id": video.id, "object": "video.deleted", "deleted": True})

    @app.endpoint("GET", f"{VIDEO}/content", face=FACE)
    def get_content(asking: Request) -> Answer:
        return _content(api, asking, "GET")

    @app.endpoint("HEAD", f"{VIDEO}/content", face=FACE)
    def head_content(asking: Request) -> Answer:
        return _content(api, asking, "HEAD")


def _content(api: Services, asking: Request, method: str) -> Answer:
    """Redirect to the file in the bucket; clients drop the API key on the way to another host."""
    variant = _variant(asking)
    video = api.find_whole(asking.path["video_id"], asking.tenant)
    if video.object_key is None:
        raise Refusal("not_ready", f"The video is {STATUSES[shown(video)]}; it has no file{'' if has_ended(video) else ' yet'}.")
    key = video.object_key if variant == "video" else _poster(video)
    return Answer(
        302, {"Location": api.store.presign(key, seconds=URL_SECONDS, method=method), **PRIVATE, "x-request-id": asking.gateway_id}
    )


def _variant(asking: Request) -> str:
    variant = dict(asking.raw_query).get("variant", "video")
    if variant not in _VARIANTS:
        raise invalid_request([FieldComplaint(field="variant", message="does not exist here", accepted="one of video, thumbnail")])
    return variant


def _poster(video: Video) -> str:
    if video.poster is None:
        if video.awaits_poster:
            raise Refusal("not_ready", "The thumbnail is being made; ask again in a minute.")
        raise Refusal("not_found", "The video has no thumbnail.")
    return video.poster.key
