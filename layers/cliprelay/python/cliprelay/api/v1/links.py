"""The endpoints of durable links: anyone may open one, and its tenant may revoke it."""

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

Token = Annotated[str, Path(description="The last part of a video's `link`.", examples=[f"vid_01KAN3J9M4S9A5XH7W2T0QZ8RB.{'A' * 43}"])]
Download = Annotated[Literal["0", "1"], Query(description="1: the browser saves the file instead of playing it.")]


def add_links(app: EndpointResolver, api: Services) -> None:
    """Register the endpoints of links; only opening is public."""
    opened: dict[int, OpenAPIResponse] = {
        302: leads("Follow `Location`, a fresh URL presigned for this method."),
        **refusals("not_found", "link_revoked", "link_expired", "invalid_request", "unavailable"),
    }

    @app.endpoint(
        "GET", "/v1/links/<token>", is_public=True, summary="Open a link", tags=["links"], operation_id="openLink", responses=opened
    )
    def open_link(token: Token, download: Download = "0") -> Response[str]:
        return _redirect(api, token, "GET", save=download == "1")

    @app.endpoint(
        "HEAD", "/v1/links/<token>", is_public=True, summary="Check a link", tags=["links"], operation_id="headLink", responses=opened
    )
    def head_link(token: Token, download: Download = "0") -> Response[str]:
        return _redirect(api, token, "HEAD", save=download == "1")

    @app.endpoint(
        "DELETE",
        "/v1/videos/<video_id>/links",
        summary="Revoke a video's link",
        tags=["links"],
        operation_id="revokeLinks",
        responses={
            200: shows("The video with its new link; all earlier links have stopped working.", VideoAnswer),
            **refusals("unauthorized", "not_found", "not_ready", "invalid_request", "unavailable"),
        },
    )
    def revoke_links(video_id: VideoId) -> Response[dict[str, Any]]:
        video = api.find(video_id, admitted(app).tenant)
        if video.object_key is None:
            raise Refusal("not_ready", f"The video is {video.status.value}; it has no link.", video_status=video.status.value)
        # If a concurrent revocation came first, the earlier link is revoked all the same.
        return api.answer(api.videos.renew_link(video, link_bits()).video, 200, None)


def _redirect(api: Services, token: str, method: str, *, save: bool) -> Response[str]:
    video = _opened(api, token)
    save_as = f"{video.id}.mp4" if save else None
    url = api.store.presign(video.object_key or "", seconds=URL_SECONDS, method=method, save_as=save_as)
    return Response(status_code=302, headers={"Location": url, **PRIVATE}, body="")


def _opened(api: Services, token: str) -> Video:
    """Find the video of a token; a wrong token does not reveal whether the video exists."""
    parts = read_token(token)
    video = api.videos.get(parts[0]) if parts else None
    found = opening(video, parts[1]) if video and parts else Opening.UNKNOWN
    if video is None or found is Opening.UNKNOWN or video.object_key is None:
        raise Refusal("not_found", "This link does not exist.")
    if found is Opening.REVOKED:
        raise Refusal("link_revoked", "This link was revoked. Ask the sender for a new one.")
    if video.expires_at is not None and video.expires_at <= api.clock().timestamp():
        raise Refusal("link_expired", f"The video was available until {video.kept_until}.")
    return video
