"""Schemas of /v1/models, for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class ModelField(BaseModel):
    """One field of a request; members that do not apply are absent."""

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
    """Length limits of a prompt."""

    advised_characters: int = Field(description="A longer prompt is accepted with the warning `long_prompt`.")
    max_characters: int
    counted_in: Literal["code points"]


class Between(BaseModel):
    """Exclusive bounds."""

    more_than: float
    less_than: float


class Below(BaseModel):
    """An exclusive upper bound."""

    less_than: int


class ImageLimits(BaseModel):
    """Requirements for images."""

    formats: list[str]
    side_pixels: Between
    width_to_height: Between
    bytes: Below


class Combination(BaseModel):
    """A forbidden combination of values."""

    when: dict[str, list[Any]]
    why: str


class FrameSize(BaseModel):
    """Width and height in pixels."""

    width: int
    height: int


class TokenPrice(BaseModel):
    """US dollars per million tokens, as strings."""

    silent: str
    audio: str | None = Field(description="null for a model without audio.")


class ModelPrice(BaseModel):
    """A published price, with its source and date."""

    usd_per_million_tokens: TokenPrice
    flex_factor: str | None
    source: str
    date: str


class TypicalTime(BaseModel):
    """Seconds to generate a five-second video; null where no figure is published."""

    median: int | None
    p95: int | None
    per_extra_second: int
    source: str


class DataProvider(BaseModel):
    """Who gets the prompt and the images, and what is published about it; `not published` where nothing is."""

    name: str
    vendor: str = Field(description="Who makes the model; the provider runs it, or passes orders on.")
    region: str = Field(description="Where data is processed.")
    retention: str = Field(description="How long data is stored.")
    source: str
    date: str = Field(description="When the source was read.")


class ModelAnswer(BaseModel):
    """A model that this deployment offers."""

    id: str = Field(description="The value for `model` in an order.")
    object: Literal["model"]
    description: str
    default: bool = Field(description="True for the model of orders that name none.")
    verified: bool = Field(description="True if the upstream itself documents the model.")
    source: str
    notes: list[str] = Field(description="What is inferred or unknown.")
    fields: list[ModelField]
    prompt: PromptLimits
    images: ImageLimits | None = Field(description="null for a model without image input.")
    tiers: list[str]
    forbidden: list[Combination]
    sizes: dict[str, dict[str, FrameSize]] = Field(description="By resolution and ratio.")
    fps: int
    price: ModelPrice
    typical_seconds: dict[str, TypicalTime] = Field(description="By service tier.")
    provider: DataProvider


class ModelList(BaseModel):
    """All offered models, the default first."""

    data: list[ModelAnswer]
