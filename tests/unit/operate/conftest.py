"""A world with a stack, and the commands that an operator runs against it."""

import pytest

from operate.main import main
from tests.support.makers import FixedDatetime
from tests.support.operate_stack import Operate, StackSession
from tests.support.world import World


@pytest.fixture
def stack(world: World, monkeypatch: pytest.MonkeyPatch) -> StackSession:
    """Return the world's stack, which every command finds."""
    world.webhook_keys()
    session = StackSession(world)
    monkeypatch.setattr("boto3.Session", lambda **_: session)
    return session


@pytest.fixture
def operate(stack: StackSession, capsys: pytest.CaptureFixture[str]) -> Operate:
    """Return a function that runs a command against the stack, whether it succeeds or not."""

    def run(*words: str) -> tuple[int, str, str]:
        try:
            status = main([*words, "--stack", stack.world.name])
        except SystemExit as end:
            status = int(str(end.code))
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the commands that count by days a day which cannot end while a test runs."""
    for command in ("budgets", "usage"):
        monkeypatch.setattr(f"operate.commands.{command}.datetime", FixedDatetime)
