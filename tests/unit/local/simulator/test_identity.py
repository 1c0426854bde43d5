"""What a restart must not change."""

from contextlib import closing
from pathlib import Path

from local.simulator.identity import Identity
from local.state.database import Database


def test_a_value_is_made_once_for_all_runs(tmp_path: Path) -> None:
    values = iter(range(1, 9))
    made = []
    for _ in range(2):
        with closing(Database(tmp_path / "state.sqlite")) as database:
            made.append(Identity(database).once("seed", lambda: next(values)))
    assert made == [1, 1]


def test_the_latest_value_is_remembered() -> None:
    with closing(Database(None)) as database:
        identity = Identity(database)
        assert identity.get("port") is None
        for port in (80, 81, 81):
            identity.remember("port", port)
        assert identity.get("port") == 81
