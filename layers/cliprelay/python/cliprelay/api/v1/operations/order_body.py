"""The body of an order: one OpenAPI component with a schema per offered model."""

from functools import reduce
from operator import or_
from typing import Any

from pydantic import ConfigDict, RootModel

from cliprelay.catalog.registry import Offer
from cliprelay.orders.order import Order
from cliprelay.orders.parser import OrderParser


class OrderBody(RootModel[Order]):
    """The body of an order; only its schema is used, because `OrderReader` reads the orders."""


def order_body(offer: Offer) -> type[OrderBody]:
    """Build the body type; its schemas are distinguished by `model`, which is optional only for the default."""
    shapes: Any = reduce(or_, OrderParser(offer).types())
    made = RootModel[shapes]
    return type(
        "VideoOrder",
        (made,),
        {"__module__": __name__, "__doc__": "The body of POST /v1/videos.", "model_config": ConfigDict(json_schema_extra=_either)},
    )


def _either(schema: dict[str, Any]) -> None:
    """Require exactly one schema; no `discriminator`, because OpenAPI requires its property to be mandatory."""
    if "anyOf" in schema:
        schema["oneOf"] = schema.pop("anyOf")
