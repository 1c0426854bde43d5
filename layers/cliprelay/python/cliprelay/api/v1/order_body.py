"""The body of an order: one OpenAPI component with a schema per offered model."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import ConfigDict, RootModel, WrapValidator

from cliprelay.catalog.registry import Offer
from cliprelay.net.urls import Limits
from cliprelay.orders.order import Order
from cliprelay.orders.parser import InvalidOrder, OrderParser


class OrderBody(RootModel[Order]):
    """The parsed body: `root` is the checked order, or an InvalidOrder for the route to refuse."""


def order_body(offer: Offer, addresses: Limits) -> type[OrderBody]:
    """Build the body type; its schemas are distinguished by `model`, which is optional only for the default."""
    parser = OrderParser(offer, addresses)

    def read(body: Any, _: Any) -> Order | InvalidOrder:
        return parser.read(body if isinstance(body, Mapping) else {})

    shapes: Any = reduce(or_, parser.types())
    made = RootModel[Annotated[shapes, WrapValidator(read)]]
    return type(
        "VideoOrder",
        (made,),
        {"__module__": __name__, "__doc__": "The body of POST /v1/videos.", "model_config": ConfigDict(json_schema_extra=_either)},
    )


def _either(schema: dict[str, Any]) -> None:
    """Require exactly one schema; no `discriminator`, because OpenAPI requires its property to be mandatory."""
    if "anyOf" in schema:
        schema["oneOf"] = schema.pop("anyOf")
