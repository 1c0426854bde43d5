"""What an order can cost at most, and whether its own limit allows that."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cliprelay.catalog.micros import usd, usd_at_most
from cliprelay.errors import FieldComplaint
from cliprelay.orders.quote import possible_price

if TYPE_CHECKING:
    from cliprelay.orders.order import Order


def least_of(order: "Order") -> int:
    """Return the least that an order can cost, in micro-dollars."""
    return _prices_of(order)[0]


def most_of(order: "Order") -> int:
    """Return the most that an order can cost, in micro-dollars."""
    return _prices_of(order)[1]


def complaints_of_cost(order: "Order", price: Callable[["Order"], int]) -> list[FieldComplaint]:
    """Return what is wrong with the limit of an order that can cost this price; it names the most that the order can cost."""
    if order.max_cost_usd is None or price(order) <= order.max_cost_usd:
        return []
    most = usd_at_most(most_of(order))
    message = f"is {usd(order.max_cost_usd)}, and this video can cost {most} US dollars"
    return [{"field": "max_cost_usd", "message": message, "accepted": f"at least {most}, or a cheaper order"}]


def _prices_of(order: "Order") -> tuple[int, int]:
    return possible_price(order.entry, order.spec, order.sizes, turned="image" in order.turned)
