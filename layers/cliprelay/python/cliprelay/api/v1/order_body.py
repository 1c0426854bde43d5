"""The body of an order in the API: one component with a shape per offered model, read by the one reader."""

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
    """What a route gets: `root` is the checked order, or an InvalidOrder that the route refuses."""


def order_body(offer: Offer, addresses: Limits) -> type[OrderBody]:
    """The body of a deployment's orders. Shapes exclude each other by `model`, which only the default's may leave out."""
    reader = OrderParser(offer, addresses)

    def read(body: Any, _: Any) -> Order | InvalidOrder:
        return reader.read(body if isinstance(body, Mapping) else {})

    shapes: Any = reduce(or_, reader.types())
    made = RootModel[Annotated[shapes, WrapValidator(read)]]
    return type(
        "VideoOrder",
        (made,),
        {"__module__": __name__, "__doc__": "The body of POST /v1/videos.", "model_config": ConfigDict(json_schema_extra=_either)},
    )


def _either(schema: dict[str, Any]) -> None:
    """Exactly one shape fits; no `discriminator`, because OpenAPI allows one only where the property is required."""
    if "anyOf" in schema:
        schema["oneOf"] = schema.pop("anyOf")
