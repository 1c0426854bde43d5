"""The simulator as an object, with a URL and a ledger, that starts and stops."""

import time
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from threading import Event, Thread
from types import TracebackType
from typing import Any

from local.simulator.contract.options import Options
from local.simulator.http.server import Server
from local.simulator.identity import Identity
from local.simulator.media.cache import VideoCache
from local.simulator.routes.router import answer
from local.simulator.state import Clock, SimulatorState
from local.simulator.tasks.journal import Journal
from local.state.database import Database


class Simulator:
    """`options` are the fields of `Options`; `clock` returns epoch seconds and can be replaced in tests.

    With a database and a folder, which remain the caller's, it continues where an earlier one has stopped or was killed;
    a key of None is then drawn once, and so is the port 0. Without them, everything is in memory and a temporary folder.
    """

    def __init__(
        self,
        key: str | None = "simulator-key",
        port: int = 0,
        time_scale: float = 1.0,
        host: str = "127.0.0.1",
        cheap: bool = False,
        *,
        clock: Clock = time.time,
        log: Callable[[str], None] = lambda line: None,
        database: Database | None = None,
        folder: Path | None = None,
        **options: Any,
    ) -> None:
        settings = Options(time_scale=time_scale, cheap=cheap, **options)
        self._stopping = Event()
        self._host, self._port = host, port
        self._cleanup = ExitStack()
        self._folder = folder or self._temporary_folder()
        self._studio = VideoCache(self._folder, settings, self._stopping.is_set)
        database = database or self._own_database()
        self._identity = Identity(database)
        self._journal = Journal(database, clock)
        key = key or self._identity.once("key", lambda: f"simulator-{token_hex(8)}")
        self._state = SimulatorState(self._identity, key, settings, clock, self._studio, self._journal, log, self._stopping.wait)
        self._server: Server | None = None
        self._thread: Thread | None = None

    def start(self) -> "Simulator":
        """Start serving; raise OSError if the port is in use."""
        self._server = self._listen()
        self._identity.remember("port", self._server.server_address[1])
        self._state.address = self.url.removeprefix("http://")
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="simulator", daemon=True)
        self._thread.start()
        return self

    def _listen(self) -> Server:
        if self._port:
            return self._listen_on(self._port)
        try:
            # Links from before a restart name this port.
            return self._listen_on(self._identity.get("port") or 0)
        except OSError:
            return self._listen_on(0)

    def _listen_on(self, port: int) -> Server:
        return Server((self._host, port), partial(answer, self._state), self._stopping.wait)

    def _temporary_folder(self) -> Path:
        return Path(self._cleanup.enter_context(TemporaryDirectory(prefix="cliprelay-simulator-", ignore_cleanup_errors=True)))

    def _own_database(self) -> Database:
        database = Database(None)
        weakref.finalize(self, database.close)  # not in stop(), after which the ledger can still be read
        return database

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the simulator has not been started")
        port = self._server.server_address[1]
        return f"http://{'127.0.0.1' if self._host in ('', '0.0.0.0') else self._host}:{port}"  # noqa: S104 - compared

    @property
    def key(self) -> str:
        return self._state.key

    @key.setter
    def key(self, key: str) -> None:
        """Replace the valid key, as by a rotation."""
        self._identity.remember("key", key)
        self._state.key = key

    def ledger(self) -> list[dict[str, Any]]:
        """Return every accepted create in order, even after stop()."""
        return self._state.ledger.entries(self._state.clock())

    @property
    def accepted(self) -> int:
        """The number of accepted creates, even after stop()."""
        return self._state.ledger.accepted

    def summary(self) -> dict[str, Any]:
        """Return the response of GET /_ledger."""
        return self._state.ledger.summary(self._state.clock())

    def script(self, *entries: object) -> None:
        """Add entries as by POST /_faults: strings for the next creates, {"all": "…"} for all requests."""
        self._state.script.add(list(entries))

    def clear_script(self) -> None:
        self._state.script.clear()

    def stop(self) -> None:
        """Stop serving, including delayed responses; may be called twice."""
        self._stopping.set()
        if self._server and self._thread:
            self._server.stop()
            self._thread.join()
            self._thread = None
            self._studio.close()
        self._journal.write()
        self._cleanup.close()

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()
