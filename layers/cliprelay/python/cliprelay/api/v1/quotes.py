"""The endpoint that quotes an order: its result and its price."""

from typing import TYPE_CHECKING

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.problems import with_accepted
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services
from cliprelay.orders.quote import quote
from cliprelay.orders.reader import OrderReader

if TYPE_CHECKING:
    from cliprelay.orders.order import Order


def add_quotes(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    """Register the endpoint of quotes, which validates like an order but records nothing."""

    @app.endpoint("POST", "/v1/quotes", body=read_order, lists_complaints=True)
    def create_quote(asking: Request) -> Answer:
        inspected = api.intake.examine(asking.body, asking.tenant, with_accepted(asking.complaints))
        asked: Order = asking.body  # `examine` refuses an InvalidOrder
        quoted = quote(asked.entry, asked.spec, asked.given, asked.sizes, turned="image" in asked.turned)
        budget = api.intake.fit(asked, asking.identity)
        return json_answer(quoted | ({"budget": budget} if budget else {}) | {"warnings": [*quoted["warnings"], *inspected.warnings]})
