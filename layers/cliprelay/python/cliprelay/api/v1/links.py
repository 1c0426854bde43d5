"""The routes of durable links: whoever has one may watch, and its owner may revoke it."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.openapi.resolver import leads, refusals, shows
from cliprelay.api.services import PRIVATE, Services, VideoId, admitted
from cliprelay.api.v1.schemas.videos import VideoAnswer
from cliprelay.errors import Refusal
from cliprelay.ids import link_bits
from cliprelay.video.links import Opening, opening, read_token
from cliprelay.video.record import Video
from cliprelay.video.view import URL_SECONDS

Token = Annotated[str, Path(description="As in the `link` of a video.", examples=[f"vid_01KAN3J9M4S9A5XH7W2T0QZ8RB.{'A' * 43}"])]
Download = Annotated[Literal["0", "1"], Query(description="1: a browser saves the file under a name instead of showing it.")]


def add_links(app: EndpointResolver, api: Services) -> None:
    """Opening needs no key; revoking does."""
    opened: dict[int, OpenAPIResponse] = {
        302: leads("Go to `Location`, a URL presigned for this verb just now."),
        **refusals("not_found", "link_revoked", "link_expired", "invalid_request", "unavailable"),
    }

    @app.endpoint(
        "GET", "/v1/links/<token>", is_public=True, summary="Open a link", tags=["links"], operation_id="openLink", responses=opened
    )
    def open_link(token: Token, download: Download = "0") -> Response[str]:
        return _redirect(api, token, "GET", save=download == "1")

    @app.endpoint(
        "HEAD", "/v1/links/<token>", is_public=True, summary="Look at a link", tags=["links"], operation_id="headLink", responses=opened
    )
    def head_link(token: Token, download: Download = "0") -> Response[str]:
        return _redirect(api, token, "HEAD", save=download == "1")

    @app.endpoint(
        "DELETE",
        "/v1/videos/<video_id>/links",
        summary="Revoke the link of a video",
        tags=["links"],
        operation_id="revokeLinks",
        responses={
            200: shows("Every link so far opens nothing now; the video with its new link.", VideoAnswer),
            **refusals("unauthorized", "not_found", "not_ready", "unavailable"),
        },
    )
    def revoke_links(video_id: VideoId) -> Response[dict[str, Any]]:
        video = api.find(video_id, admitted(app).tenant)
        if video.object_key is None:
            raise Refusal("not_ready", f"The video is {video.status.value}; it has no link.", video_status=video.status.value)
        # When another revocation came first, the link of before is gone as well.
        return api.answer(api.videos.renew_link(video, link_bits()) or api.find(video.id, video.tenant), 200, None)


def _redirect(api: Services, token: str, method: str, *, save: bool) -> Response[str]:
    video = _opened(api, token)
    save_as = f"{video.id}.mp4" if save else None
    url = api.store.presign(video.object_key or "", seconds=URL_SECONDS, method=method, save_as=save_as)
    return Response(status_code=302, headers={"Location": url, **PRIVATE}, body="")


def _opened(api: Services, token: str) -> Video:
    """The video that a token opens; a wrong token learns nothing, not even whether there is such a video."""
    parts = read_token(token)
    video = api.videos.get(parts[0]) if parts else None
    found = opening(video, parts[1]) if video and parts else Opening.UNKNOWN
    if video is None or found is Opening.UNKNOWN or video.object_key is None:
        raise Refusal("not_found", "There is nothing behind this link.")
    if found is Opening.REVOKED:
        raise Refusal("link_revoked", "This link was revoked. Ask whoever gave it to you for a new one.")
    if video.expires_at is not None and video.expires_at <= api.clock().timestamp():
        raise Refusal("link_expired", f"The video was kept until {video.kept_until}.")
    return video
