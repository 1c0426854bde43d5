"""The shapes of /v1/models, for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class ModelField(BaseModel):
    """One field of a request; what does not apply to it is absent."""

    name: str
    type: Literal["string", "integer", "boolean"]
    kind: Literal["prompt", "image", "integer", "choice", "flag"]
    required: bool
    default: Any = None
    minimum: int | None = None
    maximum: int | None = None
    enum: list[str | int] | None = None
    description: str | None = None


class PromptLimits(BaseModel):
    """How long a prompt may be."""

    advised_characters: int = Field(description="More is taken, with the warning `long_prompt`.")
    max_characters: int
    counted_in: Literal["code points"]


class Between(BaseModel):
    """Bounds that are not included."""

    more_than: float
    less_than: float


class Below(BaseModel):
    """A bound that is not included."""

    less_than: int


class ImageLimits(BaseModel):
    """What an image has to be."""

    formats: list[str]
    side_pixels: Between
    width_to_height: Between
    bytes: Below


class Combination(BaseModel):
    """Values that do not go together."""

    when: dict[str, list[Any]]
    why: str


class FrameSize(BaseModel):
    """In pixels."""

    width: int
    height: int


class TokenPrice(BaseModel):
    """US dollars per million tokens, as strings."""

    silent: str
    audio: str | None = Field(description="null for a model without sound.")


class ModelPrice(BaseModel):
    """A published price, and where and when it was read."""

    usd_per_million_tokens: TokenPrice
    flex_factor: str | None
    source: str
    date: str


class TypicalTime(BaseModel):
    """Seconds for a video of five seconds; null where nobody knows."""

    median: int | None
    p95: int | None
    per_extra_second: int
    source: str


class ModelAnswer(BaseModel):
    """A model that this deployment offers."""

    id: str = Field(description="What `model` takes.")
    object: Literal["model"]
    description: str
    default: bool = Field(description="Meant when an order names no model.")
    verified: bool = Field(description="Documented by the upstream itself.")
    source: str
    notes: list[str] = Field(description="What is inferred, or not known.")
    fields: list[ModelField]
    prompt: PromptLimits
    images: ImageLimits | None = Field(description="null for a model that takes none.")
    tiers: list[str]
    forbidden: list[Combination]
    sizes: dict[str, dict[str, FrameSize]] = Field(description="By resolution and ratio.")
    fps: int
    price: ModelPrice
    typical_seconds: dict[str, TypicalTime] = Field(description="By service tier.")


class ModelList(BaseModel):
    """All models on offer, the default first."""

    data: list[ModelAnswer]
