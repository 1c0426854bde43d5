"""The fixture that puts the product into the simulation for one test."""

from collections.abc import Iterator

import pytest

from tests.simulation.leak_check import Output
from tests.simulation.workers import in_this_process


@pytest.fixture(name="output")
def simulated_product() -> Iterator[Output]:
    """What the product prints meanwhile is read for secrets, and goes nowhere."""
    with in_this_process() as output:
        yield output
