"""The relay's own fields of an order, which are never sent upstream."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from cliprelay.catalog.micros import micros
from cliprelay.images.inline import InlineImage, trimmed
from cliprelay.net.urls import CLOUD, MAX_LENGTH, AddressRefused, Limits, check_address
from cliprelay.orders.not_before import ACCEPTED, PATTERN, normal_time
from cliprelay.video.record import METADATA_KEY, METADATA_PAIRS, METADATA_VALUE


def _check_metadata(value: dict[str, str]) -> dict[str, str]:
    if len(value) > METADATA_PAIRS:
        raise PydanticCustomError("too_many_pairs", f"must have at most {METADATA_PAIRS} pairs")
    return value


MetadataKey = Annotated[str, Field(min_length=1, max_length=METADATA_KEY)]
MetadataValue = Annotated[str, Field(max_length=METADATA_VALUE)]


def check_webhook(value: str, limits: Limits) -> str:
    """Return a trimmed webhook URL that the deployment's rules allow; raises PydanticCustomError for others."""
    try:
        return check_address(trimmed(value), limits)
    except AddressRefused as refusal:
        raise PydanticCustomError("address_refused", str(refusal)) from None


class Reading:
    """The context of one order's validation: the addresses that the deployment allows, and the inline images, which it keeps by field."""

    def __init__(self, addresses: Limits) -> None:
        self.addresses = addresses
        self.images: dict[str, InlineImage] = {}


def _check_in_context(value: str, info: ValidationInfo) -> str:
    return check_webhook(value, reading_of(info).addresses)


def reading_of(info: ValidationInfo) -> Reading:
    """Return the context; the cloud's rules without one."""
    return info.context if isinstance(info.context, Reading) else Reading(info.context or CLOUD)


def _check_different(value: list[str]) -> list[str]:
    if len(set(value)) != len(value):
        raise PydanticCustomError("repeated", "must not name an event twice")
    return value


URL_SCHEMA = Field(json_schema_extra={"format": "uri", "maxLength": MAX_LENGTH})
WebhookUrl = Annotated[str, AfterValidator(_check_in_context), URL_SCHEMA]
WebhookEvent = Literal["video.canceled", "video.expired", "video.failed", "video.succeeded", "video.unconfirmed"]
TenantEvent = WebhookEvent | Literal["budget.reached"]
_SET = Field(min_length=1, json_schema_extra={"uniqueItems": True})
WebhookEvents = Annotated[list[WebhookEvent], AfterValidator(_check_different), _SET]
TenantEvents = Annotated[list[TenantEvent], AfterValidator(_check_different), _SET]
WEBHOOK_URL = "An https:// URL that receives this video's signed events; its host must be reachable from the internet."
WEBHOOK_EVENTS = (
    "The events to send, each at most once: video.succeeded, video.failed, video.expired, video.canceled, video.unconfirmed. Default: all."
)


def _check_max_cost(value: object) -> int:
    """Convert US dollars, as a decimal string or a number, to micro-dollars."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("amount_type", "must be a string or a number")
    text = value if isinstance(value, str) else repr(value)
    if not (AMOUNT.fullmatch(text) if isinstance(value, str) else True):
        raise PydanticCustomError("amount", "must be an amount of US dollars: digits, with a point before at most six decimals")
    found = Decimal(text)
    if not (found.is_finite() and micros(found) > 0):
        raise PydanticCustomError("amount", "must be more than 0")
    if found > MOST_USD:
        raise PydanticCustomError("amount", f"must be at most {MOST_USD:,}")
    return micros(found)


# A currency sign, a comma or an exponent may mean another amount than we would read.
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
MOST_USD = 1_000_000
_AMOUNT_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": f"^{AMOUNT.pattern}$"},
        {"type": "number", "exclusiveMinimum": 0, "maximum": MOST_USD},
        {"type": "null"},
    ]
}
MaxCost = Annotated[int, BeforeValidator(_check_max_cost), WithJsonSchema(_AMOUNT_SCHEMA)]
MAX_COST = 'The most that this video may cost in US dollars, such as "0.30" or 0.3; if it can cost more, it is refused.'

SHORTEST_EXPIRY, LONGEST_EXPIRY = 60, 259_200
EXPIRES_IN = (
    "An integer from 60 to 259200: seconds in which the video must be submitted, counted from the order or from `not_before`. "
    "After them it ends as `failed` with the code `not_submitted`, unpaid. Default: `execution_expires_after` and 15 minutes."
)
NOT_BEFORE = (
    f"The earliest time of the submit: {ACCEPTED}. Until then the video is `queued`, and not counted in the limit of queued videos."
)


def _check_time(value: str) -> str:
    normal = normal_time(value)
    if normal is None:
        raise PydanticCustomError("time", "must be a date and time with its zone, as in 2026-11-22T06:00:00Z")
    return normal


_TIME_SCHEMA = Field(json_schema_extra={"format": "date-time", "pattern": PATTERN})
Moment = Annotated[str, AfterValidator(_check_time), _TIME_SCHEMA]
Expiry = Annotated[int, Field(ge=SHORTEST_EXPIRY, le=LONGEST_EXPIRY)]


class OwnFields(BaseModel):
    """The fields that orders of every model share."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str  # each model's class narrows it and decides whether it is required
    metadata: Annotated[
        dict[MetadataKey, MetadataValue],
        AfterValidator(_check_metadata),
        Field(
            description="Up to 16 key-value pairs of your own strings, returned with the video.",
            json_schema_extra={"maxProperties": METADATA_PAIRS},
        ),
    ] = {}
    max_cost_usd: Annotated[MaxCost | None, Field(description=MAX_COST)] = None  # in micro-dollars, once it is read
    webhook_url: Annotated[WebhookUrl | None, Field(description=WEBHOOK_URL)] = None
    webhook_events: Annotated[WebhookEvents | None, Field(description=WEBHOOK_EVENTS)] = None
    expires_in: Annotated[Expiry | None, Field(description=EXPIRES_IN)] = None
    not_before: Annotated[Moment | None, Field(description=NOT_BEFORE)] = None
