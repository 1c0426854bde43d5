"""The commands create their own AWS clients, so their world is in moto, which replaces every client's connection."""

import pytest

from tests.support.world import World


@pytest.fixture
def world(moto_world: World) -> World:
    return moto_world
