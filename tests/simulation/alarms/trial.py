"""One long fault from its beginning to the first alarm, in virtual hours."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.simulation.actors.clients import ATTEMPTS, Intent, tenant_of
from tests.simulation.actors.requests import PROMPT_SECRET
from tests.simulation.alarms.long_faults import LongFault
from tests.simulation.faults.outages import HOUR
from tests.simulation.faults.plan import NoFaults
from tests.simulation.leak_check import Output
from tests.simulation.world import START, Settings, World, living_in

# The longest time that an order may wait for the upstream.
PATIENT = 172_800
# One order as the fault begins, or one each quarter of an hour for a day.
ONE, MANY = "one order", "many orders"
APART, DAY_OF_ORDERS = 900.0, 96


@dataclass(frozen=True)
class Rang:
    """Hours from the beginning of a fault to the first alarm, and its name; None if there was none within `hours` of watching."""

    fault: str
    orders: str
    hours: float | None
    alarm: str | None

    def __str__(self) -> str:
        return f"{self.hours:.2f} h ({self.alarm})" if self.hours is not None else "never"


def ring(
    fault: LongFault, orders: str, output: Output, *, lasts: float = 2 * HOUR, watched: float = 3 * HOUR, only: tuple[str, ...] = ()
) -> Rang:
    """Let a fault last for so many seconds from the first order on, and watch for so many, all alarms or `only` some."""
    world = World(Settings(1, videos=1, clients=8, rate=0.0, length=0.0), NoFaults())
    world.upstream.fates, world.upstream.odd = {fault.fate: 1}, 0.0
    with living_in(world, output):
        world.sweeping.start()
        # An hour without a fault: nothing may ring before.
        begin = START + HOUR
        fault.arrange(world, lambda: begin <= world.now() < begin + lasts)
        for number in range(1 if orders == ONE else DAY_OF_ORDERS):
            world.timeline.at(begin + 1 + number * APART, partial(_order, world, number, dict(fault.order)))
        found = next(_half_hours(world, begin + watched, only), None)
    return Rang(fault.name, orders, (found[0] - begin) / HOUR if found else None, found[1] if found else None)


def _order(world: World, number: int, fields: dict[str, Any]) -> None:
    body = {"prompt": f"intent-{number} {PROMPT_SECRET}", "image": f"https://assets.example.com/{number}.png", **fields}
    intent = Intent(number, tenant_of(0), f"key-{number}", [json.dumps({**body, "execution_expires_after": PATIENT})])
    world.clients.intents.append(intent)
    world.clients._post(intent, 0, 0, ATTEMPTS)


def _half_hours(world: World, end: float, only: tuple[str, ...]) -> Iterator[tuple[float, str]]:
    """Let time pass until an alarm rings, and yield when that was."""
    seen = START + HOUR / 2
    while seen < end:
        until = min(seen + HOUR / 2, end)
        world.timeline.at(until, lambda: None)
        world.timeline.run(lambda until=until: world.now() >= until)  # type: ignore[misc]
        found = world.board.first_ring(seen, until, only)
        if found:
            yield found
        seen = until
