"""The operations of durable links."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from cliprelay.api.openapi.resolver import DocumentedResolver, leads, refusals, shows
from cliprelay.api.v1.operations.videos import Variant, VideoId
from cliprelay.api.v1.schemas.videos import VideoAnswer

Token = Annotated[str, Path(description="The last part of a video's `link`.", examples=[f"vid_01KAN3J9M4S9A5XH7W2T0QZ8RB.{'A' * 43}"])]
Download = Annotated[Literal["0", "1"], Query(description="1: the browser saves the file instead of playing it.")]


def describe_links(app: DocumentedResolver) -> None:
    """Describe the operations of links."""
    opened: dict[int, OpenAPIResponse] = {
        200: {"description": "A page for a browser, if the operator has set `LinkPages`.", "content": {"text/html": {}}},
        302: leads("Follow `Location`, a fresh URL presigned for this method."),
        **refusals("not_found", "link_revoked", "link_expired", "deleted", "not_ready", "invalid_request", "unavailable"),
    }

    @app.operation("GET", "/v1/links/<token>", summary="Open a link", tags=["links"], operation_id="openLink", responses=opened)
    def open_link(token: Token, download: Download = "0", variant: Variant = "video") -> Response[str]: ...

    @app.operation("HEAD", "/v1/links/<token>", summary="Check a link", tags=["links"], operation_id="headLink", responses=opened)
    def head_link(token: Token, download: Download = "0", variant: Variant = "video") -> Response[str]: ...

    @app.operation(
        "DELETE",
        "/v1/videos/<video_id>/links",
        summary="Revoke a video's link",
        tags=["links"],
        operation_id="revokeLinks",
        responses={
            200: shows("The video with its new link; all earlier links have stopped working.", VideoAnswer),
            **refusals("unauthorized", "not_found", "not_ready", "deleted", "invalid_request", "unavailable"),
        },
    )
    def revoke_links(video_id: VideoId) -> Response[dict[str, Any]]: ...
