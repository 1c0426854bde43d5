"""The endpoints of durable links: anyone may open one, and its tenant may revoke it."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from cliprelay.api.http.answers import PRIVATE, Answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.page_requests import VARY, wants_page
from cliprelay.api.http.query import OneOf
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services, was_deleted
from cliprelay.api.v1.link_page import refusal_page, video_page
from cliprelay.api.v1.videos import CONTENT, object_of
from cliprelay.errors import Refusal
from cliprelay.ids import link_bits
from cliprelay.video.links import Opening, opening, read_token
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.view import URL_SECONDS

_OPEN = {"download": OneOf(("0", "1")), **CONTENT}


def add_links(app: Endpoints, api: Services) -> None:
    """Register the endpoints of links; only opening is public."""

    @app.endpoint("GET", "/v1/links/<token>", is_public=True, query=_OPEN)
    def open_link(asking: Request) -> Answer:
        return _open(api, asking, "GET")

    @app.endpoint("HEAD", "/v1/links/<token>", is_public=True, query=_OPEN)
    def head_link(asking: Request) -> Answer:
        return _open(api, asking, "HEAD")

    @app.endpoint("DELETE", "/v1/videos/<video_id>/links")
    def revoke_links(asking: Request) -> Answer:
        video = api.find_whole(asking.path["video_id"], asking.tenant)
        if video.object_key is None:
            raise Refusal("not_ready", f"The video is {shown(video).value}; it has no link.", video_status=shown(video).value)
        # If a concurrent revocation came first, the earlier link is revoked all the same.
        renewed = api.videos.renew_link(video, link_bits()).video
        if renewed.deleted_at:
            raise was_deleted(renewed)
        return api.answer(renewed, 200, None)


def _open(api: Services, asking: Request, method: str) -> Answer:
    """Redirect to the file; people get a page first, if the operator wants that and the address names no variant."""
    is_page = api.link_pages and wants_page(asking)
    try:
        video = _opened(api, asking.path["token"])
        url = _file_url(api, asking, video, method)
    except Refusal as refusal:
        if is_page:
            return refusal_page(refusal)
        raise
    if is_page and not {"variant", "download"} & asking.query.keys():
        return video_page(video, "{0.scheme}://{0.netloc}".format(urlsplit(url)))
    return Answer(302, {"Location": url, **PRIVATE, **({"Vary": VARY} if api.link_pages else {})})


def _file_url(api: Services, asking: Request, video: Video, method: str) -> str:
    key = object_of(video, asking.query.get("variant"))
    save_as = video.id + PurePosixPath(key).suffix if asking.query.get("download") == "1" else None
    return api.store.presign(key, seconds=URL_SECONDS, method=method, save_as=save_as)


def _opened(api: Services, token: str) -> Video:
    """Find the video of a token; a wrong token does not reveal whether the video exists."""
    parts = read_token(token)
    video = api.videos.get(parts[0]) if parts else None
    found = opening(video, parts[1]) if video and parts else Opening.UNKNOWN
    if video is None or found is Opening.UNKNOWN:
        raise Refusal("not_found", "This link does not exist.")
    if video.deleted_at:
        raise was_deleted(video)
    if found is Opening.REVOKED:
        raise Refusal("link_revoked", "This link was revoked. Ask the sender for a new one.")
    if video.expires_at is not None and video.expires_at <= api.clock().timestamp():
        raise Refusal("link_expired", f"The video was available until {video.kept_until}.")
    if video.object_key is None:
        raise Refusal("not_found", "This link does not exist.")
    return video
