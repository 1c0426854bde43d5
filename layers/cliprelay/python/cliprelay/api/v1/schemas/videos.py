"""The shapes of the answers, for the OpenAPI document and for whoever generates a client from it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cliprelay.video.states import Status


class CodedMessage(BaseModel):
    """A stable code and a sentence for people."""

    code: str
    message: str


class VideoFile(BaseModel):
    """The finished file in the account's own bucket."""

    bytes: int
    sha256: str = Field(description="Of the whole file, in hex.")
    content_type: Literal["video/mp4"]
    url: str = Field(description="Presigned: works without a key until `url_expires_at`.")
    url_expires_at: str
    link: str | None = Field(None, description="Durable: works without a key until `kept_until`, or until it is revoked.")


class RequestedWebhook(BaseModel):
    """What the request said of its webhook."""

    url_host: str | None = Field(None, description="Of `webhook_url`; its path and query are not shown.")
    events: list[str] | None = None


class Cost(BaseModel):
    """What a video costs; money is a string, so that no cent is lost in a binary fraction."""

    tokens: int = Field(ge=0)
    usd: str = Field(pattern=r"^\d+\.\d{4}$", description="US dollars.")
    estimated: bool = Field(description="Reckoned from published prices, not told by the upstream.")
    settled: bool = Field(description="Nothing will change it any more.")


class VideoAnswer(BaseModel):
    """A video; members that are not known are absent."""

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
                "request": {"prompt": "A slow push-in on the lighthouse at dusk.", "duration": 5, "resolution": "720p"},
                "metadata": {},
                "cost": {"tokens": 108900, "usd": "0.2614", "estimated": True, "settled": True},
                "warnings": [],
            }
        }
    )

    id: str
    object: Literal["video"]
    status: Status
    progress: int = Field(ge=0, le=100, description="Percent; only rises.")
    model: str
    created_at: str
    updated_at: str
    ended_at: str | None = None
    kept_until: str | None = Field(None, description="When an ended video, its file and its link go.")
    request: dict[str, Any] = Field(description="All settings but the images, with the defaults filled in.")
    metadata: dict[str, str]
    cost: Cost | None = None
    video: VideoFile | None = None
    webhook: RequestedWebhook | None = None
    error: CodedMessage | None = None
    warnings: list[CodedMessage]


class VideoList(BaseModel):
    """A page of a tenant's videos."""

    data: list[VideoAnswer]
    has_more: bool
    next: str | None = Field(None, description="Cursor for `after`; absent on the last page.")


class Health(BaseModel):
    """The API answers."""

    status: Literal["ok"]
