"""Schemas of a quote, for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cliprelay.api.v1.schemas.models import DataProvider
from cliprelay.api.v1.schemas.videos import CodedMessage
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.orders.quote import quote

_MONEY = r"^\d+\.\d{4}$"


class TierPrice(BaseModel):
    """The order's price in US dollars in one tier."""

    silent: str = Field(pattern=_MONEY)
    audio: str | None = Field(None, pattern=_MONEY, description="Absent for a model without audio.")


class QuotedDollars(BaseModel):
    """US dollars, as strings to avoid rounding errors."""

    request: str = Field(pattern=_MONEY, description="The price of the order as sent.")
    most: str = Field(pattern=_MONEY, description="The most that it can cost: while its shape is not known, the price of the largest one.")
    default: TierPrice
    flex: TierPrice | None = Field(None, description="Absent for a model without this tier.")


class UnitPrice(BaseModel):
    """The unit price behind the estimate."""

    usd_per_million_tokens: str
    source: str
    date: str = Field(description="The date of the source.")


class QuotedGeometry(BaseModel):
    """The dimensions of the resulting file."""

    ratio: str
    width: int
    height: int
    exact: bool = Field(description="False if the shape of an adaptive video is assumed to be 16:9.")
    fps: int
    frames: int
    duration: float = Field(description="Playing time in seconds: one frame more than ordered.")


class QuotedBudget(BaseModel):
    """The budget of which the least is left, and whether the order fits into it now."""

    fits: bool = Field(description="False: the order would be refused with `budget_exceeded`.")
    budget: str = Field(description="`tenant:day`, `tenant:month`, or `key:NAME:day` or `key:NAME:month` for the keys of a name.")
    limit_usd: str = Field(pattern=_MONEY)
    spent_usd: str = Field(pattern=_MONEY, description="Settled, or in doubt.")
    reserved_usd: str = Field(pattern=_MONEY, description="What open videos may cost.")
    asked_usd: str = Field(pattern=_MONEY, description="What this order may cost.")
    resets_at: str


class TypicalSeconds(BaseModel):
    """Seconds from submission to completion; null where no figure is published."""

    median: int | None
    p95: int | None
    source: str


def _example() -> dict[str, Any]:
    settings = {field.name: field.default for field in IMAGE_TO_VIDEO.fields} | {"prompt": "A lighthouse."}
    return quote(IMAGE_TO_VIDEO, IMAGE_TO_VIDEO.spec(settings), frozenset(settings), {})


class QuoteAnswer(BaseModel):
    """The result and price of an order."""

    model_config = ConfigDict(json_schema_extra={"example": _example()})

    object: Literal["quote"]
    model: str
    tokens: int = Field(ge=0)
    usd: QuotedDollars
    estimated: Literal[True] = Field(description="Calculated from published prices, because the upstream gives no quotes.")
    price: UnitPrice
    geometry: QuotedGeometry
    typical_seconds: TypicalSeconds
    provider: DataProvider
    budget: QuotedBudget | None = Field(None, description="Absent without a budget.")
    warnings: list[CodedMessage]
