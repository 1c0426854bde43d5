"""The shapes of refusals, for the OpenAPI document."""

from pydantic import BaseModel, Field

from cliprelay.video.states import Status


class Complaint(BaseModel):
    """One thing to mend in a request."""

    field: str
    message: str
    accepted: str | None = None
    code: str | None = Field(None, description="Of an image: what is wrong with it.")


class ProblemAnswer(BaseModel):
    """An RFC 9457 problem with a stable `code`."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Complaint] | None = None
    video_id: str | None = Field(None, description="Of `not_recorded`: ask for it.")
    video_status: Status | None = Field(None, description="Of `not_ready`: the state of the video.")


class GatewayAnswer(BaseModel):
    """What the gateway says by itself."""

    message: str
