"""The endpoint that reports what a tenant has used."""

from cliprelay.api.http.answers import PRIVATE, Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.query import Day, OneOf, Parameter
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services
from cliprelay.api.v1.views.usage import CSV, prefers_csv, show_usage, usage_csv
from cliprelay.errors import invalid_request
from cliprelay.tenants.period import complaints_about, period_of
from cliprelay.tenants.usage import WAYS, grouped

_REPORT: dict[str, Parameter] = {"from": Day(), "to": Day(), "by": OneOf(WAYS)}
# The answer depends on Accept, also in a cache that ignores `no-store`.
_VARY = {"Vary": "Accept"}


def add_usage(app: Endpoints, api: Services) -> None:
    """Register the endpoint of usage."""

    @app.endpoint("GET", "/v1/usage", query=_REPORT)
    def get_usage(asking: Request) -> Answer:
        period = period_of(asking.query, api.clock())
        if complaints := complaints_about(period):
            raise invalid_request(complaints)
        by = asking.query.get("by", "day")
        groups = grouped(api.usage.of(asking.tenant, period), by)
        if prefers_csv(asking.header("accept")):
            return Answer(200, {**PRIVATE, **_VARY, "Content-Type": CSV}, usage_csv(groups, by))
        return json_answer(show_usage(groups, by, period), 200, **_VARY)
