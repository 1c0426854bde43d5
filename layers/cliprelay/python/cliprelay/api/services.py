"""What every route shares: its services, the caller's identity and the form of a response."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import RootModel

from cliprelay.api.http.pagination import is_visible
from cliprelay.api.http.preconditions import Admitted
from cliprelay.api.http.prefer_wait import watch
from cliprelay.api.http.problems import with_accepted
from cliprelay.catalog.registry import Offer
from cliprelay.errors import Refusal, invalid_request
from cliprelay.images.uploads import UploadStore
from cliprelay.media.bucket import MediaBucket
from cliprelay.net.urls import CLOUD, Limits
from cliprelay.orders.intake import Intake
from cliprelay.video.record import Video
from cliprelay.video.table import VideoTable
from cliprelay.video.view import show
from cliprelay.webhooks.dispatch import Dispatch
from cliprelay.webhooks.settings import WebhookSettingsTable

if TYPE_CHECKING:
    from cliprelay.webhooks.secrets import WebhookKeys

# Responses contain a tenant's private data, and links that act as credentials.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

VideoId = Annotated[str, Path(description="The `id` from POST /v1/videos.", examples=["vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"])]

# DynamoDB rejects keys over 2,048 bytes, so other ids are never looked up.
VIDEO_ID = re.compile(r"vid_[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True)
class Services:
    """The services that routes use; `seconds` and `sleep` are the monotonic clock of `Prefer: wait`."""

    videos: VideoTable
    store: MediaBucket
    uploads: UploadStore
    intake: Intake
    tenant_of: Callable[[str], str | None]
    clock: Callable[[], datetime]
    seconds: Callable[[], float]
    sleep: Callable[[float], None]
    public_base_url: str
    dispatch: Dispatch
    webhook_settings: WebhookSettingsTable
    webhook_keys: Callable[[], "WebhookKeys"]  # built when first needed
    offer: Offer = field(default_factory=lambda: Offer.of(""))
    addresses: Limits = CLOUD

    def find(self, video_id: str, tenant: str) -> Video:
        """Find a tenant's own video; raises the same `not_found` for unknown ids and other tenants' videos."""
        video = self.videos.get(video_id) if VIDEO_ID.fullmatch(video_id) else None
        if video is None or not is_visible(video, tenant, self.clock()):
            raise Refusal("not_found", "There is no video with this id.")
        return video

    def wait_for(self, video: Video, enough: Callable[[Video], bool], wait: int | None) -> Video:
        """Poll a video until `enough`, or for `wait` seconds."""
        return watch(video, enough, wait, videos=self.videos, seconds=self.seconds, sleep=self.sleep)

    def answer(self, video: Video, status: int, wait: int | None, **headers: str) -> Response[dict[str, Any]]:
        """Build the response that shows a video."""
        applied = {} if wait is None else {"Preference-Applied": f"wait={wait}"}
        return json_answer(show(video, self.store, self.clock()), status, **applied, **headers)


def admitted(app: APIGatewayHttpResolver) -> Admitted:
    """Return the tenant and the raw body of the current request."""
    found: Admitted = app.context["admitted"]
    return found


def refuse_query(app: APIGatewayHttpResolver, route: Callable[[APIGatewayHttpResolver], Response[Any]]) -> Response[Any]:
    """Refuse a query with complaints, once the rest of the request has been validated (middleware).

    A route that reads an order takes the complaints itself, to list them together with those about the order.
    """
    asking = admitted(app)
    if asking.query and not (asking.model and issubclass(asking.model, RootModel)):
        raise invalid_request(with_accepted(asking.query))
    return route(app)


def json_answer(body: Mapping[str, Any], status: int = HTTPStatus.OK, **headers: str) -> Response[dict[str, Any]]:
    """Build a JSON response that must not be cached."""
    return Response(status_code=int(status), content_type="application/json", headers={**PRIVATE, **headers}, body=dict(body))
