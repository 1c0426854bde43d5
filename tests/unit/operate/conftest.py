"""The commands create their own AWS clients, so their world is in moto, which replaces every client's connection."""

from datetime import UTC, datetime, tzinfo

import pytest

from tests.support.makers import NOW
from tests.support.world import World


class _FixedDatetime(datetime):
    """datetime whose now is always the tests' NOW."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW.astimezone(tz or UTC)


@pytest.fixture
def world(moto_world: World) -> World:
    return moto_world


@pytest.fixture
def fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the commands that count by days a day which cannot end while a test runs."""
    for command in ("budgets", "usage"):
        monkeypatch.setattr(f"operate.commands.{command}.datetime", _FixedDatetime)
