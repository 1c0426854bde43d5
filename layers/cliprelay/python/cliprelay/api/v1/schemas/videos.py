"""Response schemas, for the OpenAPI document and the clients generated from it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cliprelay.api.v1.schemas.models import DataProvider
from cliprelay.catalog.data_handling import MYROUTER
from cliprelay.video.shown import Billed
from cliprelay.video.states import Status


class CodedMessage(BaseModel):
    """A stable code and a human-readable message."""

    code: str
    message: str


class PosterFile(BaseModel):
    """The first clear frame, as JPEG."""

    content_type: Literal["image/jpeg"]
    bytes: int
    width: int
    height: int
    link: str | None = Field(None, description="Durable link that works without a key; revoked with `link` of the video.")


class Provenance(BaseModel):
    """What marks the file as made by a model; nothing of it is verified, and the file is stored as the provider serves it."""

    c2pa: bool | None = Field(None, description="Whether the file has a C2PA manifest (Content Credentials). Its signature is not checked.")
    watermark: bool | None = Field(None, description="Whether the request ordered the provider's visible mark. The picture is not checked.")


class VideoFile(BaseModel):
    """The finished file, stored in the deployment's own bucket."""

    bytes: int
    sha256: str = Field(description="Hex digest of the file.")
    content_type: Literal["video/mp4"]
    url: str = Field(description="Presigned URL that works without a key until `url_expires_at` at most; `link` lasts.")
    url_expires_at: str
    link: str | None = Field(None, description="Durable link that works without a key until `kept_until` or until it is revoked.")
    width: int | None = Field(None, description="In pixels, as coded. This and the members below are probed from the file.")
    height: int | None = None
    fps: float | None = Field(None, description="Average frames per second.")
    frames: int | None = None
    duration: float | None = Field(None, description="In seconds.")
    codec: str | None = Field(None, description="Of the picture, such as `h264`.")
    sound: bool | None = Field(None, description="Whether the file has a sound track.")
    provenance: Provenance | None = None
    poster: PosterFile | None = None


class RequestedWebhook(BaseModel):
    """The webhook settings of the request."""

    url_host: str | None = Field(None, description="Host of `webhook_url`; the path and query are not shown.")
    events: list[str] | None = None


class Cost(BaseModel):
    """The cost of a video; money is a string to avoid rounding errors."""

    tokens: int = Field(ge=0)
    usd: str = Field(pattern=r"^\d+\.\d{4}$", description="US dollars.")
    estimated: bool = Field(description="True if calculated from published prices, not reported by the upstream.")
    settled: bool = Field(description="True once the cost is final.")


class VideoAnswer(BaseModel):
    """A video; unknown members are absent."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB",
                "object": "video",
                "status": "succeeded",
                "progress": 100,
                "model": "seedance-v1.5-pro-i2v",
                "created_at": "2026-11-22T06:00:00Z",
                "updated_at": "2026-11-22T06:01:12Z",
                "ended_at": "2026-11-22T06:01:12Z",
                "kept_until": "2026-12-22T06:01:12Z",
                "request": {
                    "prompt": "A slow push-in on the lighthouse at dusk.",
                    "ratio": "adaptive",
                    "duration": 5,
                    "resolution": "720p",
                    "fps": 24,
                    "watermark": False,
                    "camera_fixed": False,
                    "generate_audio": True,
                    "service_tier": "default",
                    "execution_expires_after": 172800,
                },
                "metadata": {},
                "cost": {"tokens": 108900, "usd": "0.2614", "estimated": True, "settled": True},
                "provider": {**MYROUTER.shown()},
                "video": {
                    "bytes": 2174532,
                    "sha256": "c350036799516f3eca8aafe1b62a45699fa463c636fec6a99f8b7ddb751293af",
                    "content_type": "video/mp4",
                    "url": "https://bucket.s3.us-east-1.amazonaws.com/videos/acme/vid_01KAN3J9M4S9A5XH7W2T0QZ8RB.mp4?X-Amz-Expires=3600",
                    "url_expires_at": "2026-11-22T07:01:12Z",
                    "link": f"https://api.example.com/v1/links/vid_01KAN3J9M4S9A5XH7W2T0QZ8RB.{'A' * 43}",
                    "width": 1280,
                    "height": 720,
                    "fps": 24.0,
                    "frames": 121,
                    "duration": 5.042,
                    "codec": "h264",
                    "sound": True,
                    "provenance": {"c2pa": False, "watermark": False},
                    "poster": {
                        "content_type": "image/jpeg",
                        "bytes": 61204,
                        "width": 1280,
                        "height": 720,
                        "link": f"https://api.example.com/v1/links/vid_01KAN3J9M4S9A5XH7W2T0QZ8RB.{'A' * 43}?variant=poster",
                    },
                },
                "warnings": [],
            }
        }
    )

    id: str
    object: Literal["video"]
    status: Status
    progress: int = Field(ge=0, le=100, description="In percent. Never decreases; 100 means the file is stored.")
    model: str
    created_at: str
    updated_at: str
    ended_at: str | None = None
    kept_until: str | None = Field(None, description="When the ended video, its file and its link are deleted.")
    cancel_requested_at: str | None = Field(None, description="When the video was canceled with POST /v1/videos/{id}/cancel.")
    discard: bool | None = Field(None, description="True if its file is thrown away.")
    billed: Billed | None = Field(
        None,
        description="Whether a canceled video is paid for: `possibly` until that is known, then `yes`, `no` or `unknown`; "
        "its event and `ended_at` come then.",
    )
    deleted_at: str | None = Field(None, description="When you deleted the video; then only its id, times and money are left.")
    request: dict[str, Any] = Field(description="All settings except the images, with defaults filled in.")
    metadata: dict[str, str]
    cost: Cost | None = None
    provider: DataProvider | None = Field(None, description="Where the data of the order goes.")
    video: VideoFile | None = None
    webhook: RequestedWebhook | None = None
    error: CodedMessage | None = None
    warnings: list[CodedMessage]


class CancelOrder(BaseModel):
    """What becomes of a canceled video."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": {"discard": True}})

    discard: bool = Field(
        False, description="Throw the file away, if the upstream makes one all the same. It is not stored, and can never be had."
    )


class VideoList(BaseModel):
    """A page of a tenant's videos."""

    data: list[VideoAnswer]
    has_more: bool
    next: str | None = Field(None, description="The cursor for `after`; absent on the last page.")
    missing: list[str] | None = Field(None, description="With `ids`: those that name no video of yours, or a deleted one.")


class Health(BaseModel):
    """The API is up."""

    status: Literal["ok"]
