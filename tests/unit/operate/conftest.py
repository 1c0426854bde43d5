"""The commands create their own AWS clients, so their world is in moto, which replaces every client's connection."""

import pytest

from tests.support.makers import FixedDatetime
from tests.support.world import World


@pytest.fixture
def world(moto_world: World) -> World:
    return moto_world


@pytest.fixture
def fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the commands that count by days a day which cannot end while a test runs."""
    for command in ("budgets", "usage"):
        monkeypatch.setattr(f"operate.commands.{command}.datetime", FixedDatetime)
