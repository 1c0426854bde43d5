"""The shape of a quote, for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cliprelay.api.v1.schemas.videos import CodedMessage
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.orders.quote import quote

_MONEY = r"^\d+\.\d{4}$"


class TierPrice(BaseModel):
    """US dollars of this order in one tier."""

    silent: str = Field(pattern=_MONEY)
    audio: str | None = Field(None, pattern=_MONEY, description="Absent for a model without sound.")


class QuotedDollars(BaseModel):
    """US dollars as strings, so that no cent is lost in a binary fraction."""

    request: str = Field(pattern=_MONEY, description="Of the order as it was sent.")
    default: TierPrice
    flex: TierPrice | None = Field(None, description="Absent for a model without this tier.")


class UnitPrice(BaseModel):
    """What the numbers are reckoned from."""

    usd_per_million_tokens: str
    source: str
    date: str = Field(description="When it was read.")


class QuotedGeometry(BaseModel):
    """The file that comes out."""

    ratio: str
    width: int
    height: int
    exact: bool = Field(description="False while the shape of an adaptive video is assumed to be 16:9.")
    fps: int
    frames: int
    duration: float = Field(description="Seconds that the file plays: one frame more than was ordered.")


class TypicalSeconds(BaseModel):
    """From submit to the end; null where nobody knows."""

    median: int | None
    p95: int | None
    source: str


def _example() -> dict[str, Any]:
    settings = {field.name: field.default for field in IMAGE_TO_VIDEO.fields} | {"prompt": "A lighthouse."}
    return quote(IMAGE_TO_VIDEO, IMAGE_TO_VIDEO.spec(settings), frozenset(settings), {})


class QuoteAnswer(BaseModel):
    """What an order would bring and cost."""

    model_config = ConfigDict(json_schema_extra={"example": _example()})

    object: Literal["quote"]
    model: str
    tokens: int = Field(ge=0)
    usd: QuotedDollars
    estimated: Literal[True] = Field(description="Reckoned from published prices: the upstream gives no quotes.")
    price: UnitPrice
    geometry: QuotedGeometry
    typical_seconds: TypicalSeconds
    warnings: list[CodedMessage]
