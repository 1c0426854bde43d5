"""The operation that reports what a tenant has used."""

from datetime import date
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from cliprelay.api.openapi.resolver import DocumentedResolver, header, refusals, shows
from cliprelay.api.v1.schemas.usage import UsageAnswer
from cliprelay.api.v1.views.usage import COLUMNS
from cliprelay.tenants.period import MOST_DAYS

From = Annotated[date | None, Query(alias="from", description="The first UTC day. Default: the first one of the month of `to`.")]
To = Annotated[date | None, Query(description=f"The last UTC day, at most {MOST_DAYS} days from the first. Default: today.")]
By = Annotated[Literal["day", "model", "key", "status"], Query(description="What a row is for.")]

_VARY = header("Vary", "`Accept`: `text/csv` gets CSV.")


def describe_usage(app: DocumentedResolver) -> None:
    """Describe the operation of usage."""
    found = shows("The sums by day, model, key name or status; CSV with `Accept: text/csv`.", UsageAnswer, _VARY)
    lines = ["day," + ",".join(COLUMNS), "2026-11-26,12,60,1197900,0.0000,2.8750,0.2614"]
    found["content"]["text/csv"] = {"schema": {"type": "string", "example": "\r\n".join([*lines, ""])}}

    @app.operation(
        "GET",
        "/v1/usage",
        summary="Read what your videos have used",
        tags=["usage"],
        operation_id="getUsage",
        responses={200: found, **refusals("unauthorized", "invalid_request", "unavailable")},
    )
    def get_usage(first: From = None, to: To = None, by: By = "day") -> Response[dict[str, Any]]: ...
