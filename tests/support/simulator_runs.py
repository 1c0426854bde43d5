"""Consecutive runs of the simulator over one folder, each killed by the next."""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from local.state.database import Database
from tests.support.simulator_client import SimulatorClient


class SimulatorRuns:
    """A run that is killed says nothing more to the database; what it had not written is lost."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cleanup = ExitStack()
        self.files = folder / "simulator"
        self.files.mkdir()
        self.client: SimulatorClient

    def start(self, **options: Any) -> SimulatorClient:
        """Kill the run before this one, if any, and start the next at the same time of its clock."""
        before = getattr(self, "client", None)
        self.database = self._cleanup.enter_context(closing(Database(self._folder / "state.sqlite")))
        self.client = SimulatorClient(database=self.database, folder=self.files, **options)
        if before:
            self.client.now = before.now
        return self.client

    def names(self, pattern: str) -> list[str]:
        return sorted(path.name for path in self.files.glob(pattern))

    def close(self) -> None:
        self._cleanup.close()
