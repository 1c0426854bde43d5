"""Reads the body of an order; the parser, and pydantic with it, is loaded with the first one."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cliprelay.catalog.registry import Offer
from cliprelay.net.urls import Limits

if TYPE_CHECKING:
    from cliprelay.orders.invalid_order import InvalidOrder
    from cliprelay.orders.order import Order
    from cliprelay.orders.parser import OrderParser


class OrderReader:
    """Reads the orders of a deployment: the models that it offers and the addresses that it allows."""

    def __init__(self, offer: Offer, addresses: Limits) -> None:
        self._offer, self._addresses = offer, addresses

    @cached_property
    def parser(self) -> "OrderParser":
        """The parser, with the classes of all orders."""
        from cliprelay.orders.parser import OrderParser

        made = OrderParser(self._offer, self._addresses)
        made.types()
        return made

    def __call__(self, body: dict[str, Any]) -> "Order | InvalidOrder":
        """Return the order in a body, or an InvalidOrder for the route to refuse."""
        return self.parser.read(body)
