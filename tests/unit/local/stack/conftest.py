"""The local stack is created in moto, so the world of its tests is there, too."""

import pytest

from tests.support.world import World


@pytest.fixture
def world(moto_world: World) -> World:
    return moto_world
