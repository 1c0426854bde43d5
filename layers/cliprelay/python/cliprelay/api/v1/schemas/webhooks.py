"""Schemas of webhooks and deliveries."""

from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, create_model, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from cliprelay.net.urls import Limits
from cliprelay.orders.null_fields import allow_nulls, without_nulls
from cliprelay.orders.relay_fields import URL_SCHEMA, TenantEvents, WebhookUrl, check_webhook
from cliprelay.orders.wording import in_our_words

_UNKNOWN = PydanticCustomError("unknown_field", "is not a field of this request; its fields are url, events, enabled")


def _again(error: ErrorDetails) -> InitErrorDetails:
    """Copy a pydantic error so that it can be raised again with others."""
    return InitErrorDetails(type=PydanticCustomError("refused", "{said}", {"said": in_our_words(error)}), loc=error["loc"], input=None)


def _document(schema: dict[str, Any]) -> None:
    allow_nulls(schema)
    schema["additionalProperties"] = False
    schema["example"] = {"url": "https://hooks.example.com/clips", "events": ["video.succeeded", "video.failed"], "enabled": True}


_URL = Field(description="Receives the events of all your videos; null: no default webhook.")


class WebhookOrder(BaseModel):
    """The body of PUT /v1/webhook; replaces all previous settings."""

    model_config = ConfigDict(
        extra="allow",  # unknown fields are refused below, with a better message
        strict=True,
        json_schema_extra=_document,
    )

    url: Annotated[WebhookUrl | None, _URL] = None
    events: Annotated[TenantEvents | None, Field(description="The events to send; null: all.")] = None
    enabled: Annotated[bool, Field(description="false: stop sending, but retain the URL.")] = True

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_unknown(cls, value: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        """Report unknown fields together with the errors in known ones."""
        value = without_nulls(value, cls) if isinstance(value, dict) else value
        unknown = sorted(set(value) - set(cls.model_fields)) if isinstance(value, dict) else []
        complaints = [InitErrorDetails(type=_UNKNOWN, loc=(str(name),), input=None) for name in unknown]
        try:
            checked = check(value)
        except ValidationError as error:
            known = [_again(each) for each in error.errors()]
            raise ValidationError.from_exception_data(cls.__name__, [*known, *complaints]) from None
        if complaints:
            raise ValidationError.from_exception_data(cls.__name__, complaints)
        return checked


def webhook_order(addresses: Limits) -> type[WebhookOrder]:
    """Build the body type for the addresses that the deployment allows."""
    url: Any = Annotated[str, AfterValidator(partial(check_webhook, limits=addresses)), URL_SCHEMA]
    return create_model("WebhookOrder", __base__=WebhookOrder, __doc__=WebhookOrder.__doc__, url=(Annotated[url | None, _URL], None))


class WebhookTestOrder(BaseModel):
    """The body of POST /v1/webhook/test, which may be absent."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=allow_nulls)

    url: WebhookUrl | None = None


def webhook_test_order(addresses: Limits) -> type[WebhookTestOrder]:
    """Build the body type for the addresses that the deployment allows."""
    url: Any = Annotated[str, AfterValidator(partial(check_webhook, limits=addresses)), URL_SCHEMA]
    described = Annotated[url | None, Field(description="Where to send the test events; null: to your default webhook.")]
    return create_model("WebhookTestOrder", __base__=WebhookTestOrder, __doc__=WebhookTestOrder.__doc__, url=(described, None))


class WebhookSecrets(BaseModel):
    """One version of the secrets."""

    version: int
    secret: str = Field(description="`whsec_…`, for signatures that begin with `v1,`. Keep it secret.")
    public_key: str = Field(description="`whpk_…`, for signatures that begin with `v1a,`. It can only verify.")
    until: str | None = Field(description="When this version stops signing; null for the current one.")


class WebhookAnswer(BaseModel):
    """A tenant's webhook."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "webhook",
                "url": "https://hooks.example.com/clips",
                "events": None,
                "enabled": True,
                "secrets": [{"version": 1, "secret": "whsec_…", "public_key": "whpk_…", "until": None}],
            }
        }
    )

    object: Literal["webhook"]
    url: str | None
    events: list[str] | None = Field(description="null: all.")
    enabled: bool
    disabled_at: str | None = Field(None, description="When sending was suspended; PUT /v1/webhook resumes it.")
    disabled_for: Literal["gone", "failing"] | None = Field(
        None, description="`gone`: it answered 410. `failing`: every delivery failed for five days."
    )
    failing_since: str | None = None
    secrets: list[WebhookSecrets] = Field(description="The current version first.")


class Attempt(BaseModel):
    """One POST to a webhook."""

    at: str
    status: int | None = Field(None, description="The receiver's status; only 2xx is success.")
    error: str | None = Field(
        None, description="Why there was no usable response: timeout, dns, connect, tls, address_refused, and others."
    )
    ms: int | None = None


class TestEvent(BaseModel):
    """One test event, and what the receiver answered."""

    type: str
    event_id: str = Field(description="The `webhook-id`; that of a test event begins with `evt_test_`.")
    delivered: bool = Field(description="Whether the receiver answered 2xx, completely and in time.")
    status: int | None = Field(None, description="The receiver's status.")
    error: str | None = Field(
        None, description="Why there was no usable response, as in a delivery; `not_sent`: there was no time left, or no answer before."
    )
    ms: int | None = None


class WebhookTestAnswer(BaseModel):
    """What became of the test events."""

    object: Literal["webhook_test"]
    url_host: str
    delivered: bool = Field(description="Whether all of them were delivered.")
    events: list[TestEvent]


class DeliveryAnswer(BaseModel):
    """The delivery of one event to a webhook."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "evt_01M81CB6M1T4PSZ9EXW2A4PSJE-1",
                "object": "delivery",
                "event_id": "evt_01M81CB6M1T4PSZ9EXW2A4PSJE",
                "type": "video.succeeded",
                "url_host": "hooks.example.com",
                "status": "pending",
                "created_at": "2026-11-22T06:01:12Z",
                "attempts": [{"at": "2026-11-22T06:01:13Z", "status": 503, "ms": 82}],
                "next_attempt_at": "2026-11-22T06:01:18Z",
            }
        }
    )

    id: str
    object: Literal["delivery"]
    event_id: str = Field(description="The `webhook-id` of every attempt; use it to drop duplicates.")
    type: str = Field(description="`video.running`: only of an order through the Ark API with a `callback_url`.")
    url_host: str | None = None
    status: Literal["pending", "delivered", "failed", "disabled"]
    created_at: str
    attempts: list[Attempt]
    next_attempt_at: str | None = None


class DeliveryList(BaseModel):
    """A video's deliveries, newest first."""

    data: list[DeliveryAnswer]
