"""The simulator as an object, with a URL and a ledger, that starts and stops."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from types import TracebackType
from typing import Any

from local.simulator.contract.options import Options
from local.simulator.http.server import Server
from local.simulator.media.cache import VideoCache
from local.simulator.routes.router import answer
from local.simulator.state import Clock, SimulatorState


class Simulator:
    """`options` are the fields of `Options`; `clock` returns epoch seconds and can be replaced in tests."""

    def __init__(
        self,
        key: str = "simulator-key",
        port: int = 0,
        time_scale: float = 1.0,
        host: str = "127.0.0.1",
        cheap: bool = False,
        *,
        clock: Clock = time.time,
        log: Callable[[str], None] = lambda line: None,
        **options: Any,
    ) -> None:
        settings = Options(time_scale=time_scale, cheap=cheap, **options)
        self._stopping = Event()
        self._host, self._port = host, port
        self._folder = TemporaryDirectory(prefix="cliprelay-simulator-", ignore_cleanup_errors=True)
        self._studio = VideoCache(Path(self._folder.name), settings, self._stopping.is_set)
        self._state = SimulatorState(key, settings, clock, self._studio, log, self._stopping.wait)
        self._server: Server | None = None
        self._thread: Thread | None = None

    def start(self) -> "Simulator":
        """Start serving; raise OSError if the port is in use."""
        self._server = Server((self._host, self._port), partial(answer, self._state), self._stopping.wait)
        self._state.address = self.url.removeprefix("http://")
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="simulator", daemon=True)
        self._thread.start()
        return self

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
        self._state.key = key

    def ledger(self) -> list[dict[str, Any]]:
        """Return every accepted create in order, even after stop()."""
        return self._state.ledger.entries(self._state.clock())

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
        self._folder.cleanup()

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()
