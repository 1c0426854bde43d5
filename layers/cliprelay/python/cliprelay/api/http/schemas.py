"""Schemas of refusals, for the OpenAPI document."""

from pydantic import BaseModel, Field

from cliprelay.video.states import Status


class Complaint(BaseModel):
    """One field to fix in a request."""

    field: str
    message: str
    accepted: str | None = None
    code: str | None = Field(None, description="For images: what is wrong.")


class ProblemAnswer(BaseModel):
    """An RFC 9457 problem with a stable `code`."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Complaint] | None = None
    video_id: str | None = Field(
        None, description="For `not_recorded`: the video to read. For `idempotency_key_reused`: the video of the key."
    )
    video_status: Status | None = Field(None, description="For `not_ready`: the state of the video.")


class GatewayAnswer(BaseModel):
    """An error from the gateway, sent before the API is reached."""

    message: str
