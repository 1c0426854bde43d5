"""Racing orders: exactly as many as fit are accepted, and no answer leaves open which."""

from collections import Counter

import pytest

from tests.simulation.checks.invariants import judge
from tests.simulation.checks.money import set_budget
from tests.simulation.faults.mean_aws import draw_meanness, make_mean
from tests.simulation.fixture import simulated_product
from tests.simulation.leak_check import Output
from tests.simulation.runs import finish
from tests.simulation.world import Settings, World, living_in

__all__ = ["simulated_product"]

ORDERS, FIT = 50, 7


def raced(output: Output, limit: int, seed: int) -> World:
    """Let fifty orders of two keys race for a budget, in an AWS whose transactions meet."""
    world = World(Settings(seed, videos=ORDERS, clients=8, rate=0.0, length=0.0))
    make_mean(draw_meanness(world.rng), world.rng, world.aws.dynamodb, world.aws.s3, world.aws.stepfunctions)
    world.calls.needed = world._needed
    with living_in(world, output):
        set_budget(world, "acme", limit)
        world.clients.race(ORDERS)
        world.sweeping.start()
        finish(world)
        judge(world)
    return world


@pytest.mark.parametrize("seed", [1, 2])
def test_of_fifty_racing_orders_exactly_as_many_are_accepted_as_fit(output: Output, seed: int) -> None:
    price = next(iter(raced(output, 10**9, seed).records.videos.values())).record["reserved"]
    world = raced(output, FIT * price + price // 2, seed)
    assert world.records.violations == []
    answers: Counter[str] = world.clients.answers
    assert (len(world.records.videos), answers["POST 202"], answers["POST 402"]) == (FIT, FIT, ORDERS - FIT)
    assert {name for name in answers if name.startswith("POST")} <= {"POST 202", "POST 402", "POST 503"}
    assert any("TransactionConflict" in name for name in world.aws.refused)
