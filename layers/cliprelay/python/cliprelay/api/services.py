"""What every route shares: the API's parts, who is asking, and how an answer leaves."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from cliprelay.api.http.pagination import is_visible
from cliprelay.api.http.preconditions import Admitted
from cliprelay.api.http.prefer_wait import watch
from cliprelay.catalog.registry import Offer
from cliprelay.errors import Refusal
from cliprelay.images.uploads import UploadStore
from cliprelay.media.bucket import MediaBucket
from cliprelay.orders.intake import Intake
from cliprelay.video.record import Video
from cliprelay.video.table import VideoTable
from cliprelay.video.view import show
from cliprelay.webhooks.dispatch import Dispatch
from cliprelay.webhooks.settings import WebhookSettingsTable

if TYPE_CHECKING:
    from cliprelay.webhooks.secrets import WebhookKeys

# Answers show what only their tenant may see, and links that are credentials.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

VideoId = Annotated[str, Path(description="As given by POST /v1/videos.", examples=["vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"])]

# A key of DynamoDB has at most 2,048 bytes, and asking for a longer one is an error there.
VIDEO_ID = re.compile(r"vid_[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True)
class Services:
    """The API's parts; `seconds` and `sleep` are a monotonic clock for `Prefer: wait`."""

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

    def find(self, video_id: str, tenant: str) -> Video:
        """A tenant's own video; raises Refusal `not_found` for every other id, so that no tenant learns of another's."""
        video = self.videos.get(video_id) if VIDEO_ID.fullmatch(video_id) else None
        if video is None or not is_visible(video, tenant, self.clock()):
            raise Refusal("not_found", "There is no video with this id.")
        return video

    def wait_for(self, video: Video, enough: Callable[[Video], bool], wait: int | None) -> Video:
        """The video once `enough`, or after `wait` seconds."""
        return watch(video, enough, wait, videos=self.videos, seconds=self.seconds, sleep=self.sleep)

    def answer(self, video: Video, status: int, wait: int | None, **headers: str) -> Response[dict[str, Any]]:
        """A video as an HTTP answer."""
        applied = {} if wait is None else {"Preference-Applied": f"wait={wait}"}
        return json_answer(show(video, self.store, self.clock()), status, **applied, **headers)


def admitted(app: APIGatewayHttpResolver) -> Admitted:
    """Whose request it is, and its body as sent."""
    found: Admitted = app.context["admitted"]
    return found


def json_answer(body: Mapping[str, Any], status: int = HTTPStatus.OK, **headers: str) -> Response[dict[str, Any]]:
    """A JSON answer that no cache keeps."""
    return Response(status_code=int(status), content_type="application/json", headers={**PRIVATE, **headers}, body=dict(body))
