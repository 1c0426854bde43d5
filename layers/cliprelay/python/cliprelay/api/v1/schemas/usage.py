"""Schemas of the report about usage, for the OpenAPI document."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_MONEY = r"^\d+\.\d{4}$"


class UsageSums(BaseModel):
    """Sums over videos; money is a string of US dollars."""

    videos: int = Field(ge=0)
    seconds: int = Field(ge=0, description="As ordered.")
    tokens: int = Field(ge=0, description="Of the videos that were charged.")
    reserved_usd: str = Field(pattern=_MONEY, description="Of open videos: the most that they may cost.")
    settled_usd: str = Field(pattern=_MONEY, description="Of videos that were charged.")
    doubtful_usd: str = Field(pattern=_MONEY, description="Of videos that ended, and may have been charged.")


class UsageGroup(UsageSums):
    """What one day, model, key name or status has used; it has the member that the report is `by`."""

    day: str | None = Field(None, description="The UTC day on which the videos were accepted.")
    model: str | None = None
    key: str | None = Field(None, description="The name of the API key; `-` for keys without one.")
    status: Literal["open", "succeeded", "failed", "expired", "canceled"] | None = None


class UsageAnswer(BaseModel):
    """What your videos have used, by the day of their acceptance."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "usage",
                "from": "2026-11-26",
                "to": "2026-11-27",
                "by": "day",
                "data": [
                    {
                        "day": "2026-11-26",
                        "videos": 12,
                        "seconds": 60,
                        "tokens": 1197900,
                        "reserved_usd": "0.0000",
                        "settled_usd": "2.8750",
                        "doubtful_usd": "0.2614",
                    },
                    {
                        "day": "2026-11-27",
                        "videos": 1,
                        "seconds": 5,
                        "tokens": 0,
                        "reserved_usd": "0.2622",
                        "settled_usd": "0.0000",
                        "doubtful_usd": "0.0000",
                    },
                ],
                "total": {
                    "videos": 13,
                    "seconds": 65,
                    "tokens": 1197900,
                    "reserved_usd": "0.2622",
                    "settled_usd": "2.8750",
                    "doubtful_usd": "0.2614",
                },
            }
        }
    )

    object: Literal["usage"]
    from_: str = Field(alias="from", description="The first UTC day.")
    to: str = Field(description="The last UTC day.")
    by: Literal["day", "model", "key", "status"]
    data: list[UsageGroup] = Field(description="In the order of the names; only what was used.")
    total: UsageSums
