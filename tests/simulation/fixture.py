"""Fixture that runs the product in the simulation for one test."""

from collections.abc import Iterator

import pytest

from tests.simulation.leak_check import Output
from tests.simulation.workers import in_this_process


@pytest.fixture(name="output")
def simulated_product() -> Iterator[Output]:
    """Check the product's output for secrets, and discard it."""
    with in_this_process() as output:
        yield output
