"""The simulator as an object: start it, point a client at its URL, read its ledger, stop it."""

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
from local.simulator.media.cache import Studio
from local.simulator.routes.router import answer
from local.simulator.state import Clock, Platform


class Simulator:
    """`options` are the fields of `Options`; the clock returns epoch seconds, and tests may own it."""

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
        self._studio = Studio(Path(self._folder.name), settings, self._stopping.is_set)
        self._platform = Platform(key, settings, clock, self._studio, log, self._stopping.wait)
        self._server: Server | None = None
        self._thread: Thread | None = None

    def start(self) -> "Simulator":
        """Answers from the moment this returns; OSError when the port is taken."""
        self._server = Server((self._host, self._port), partial(answer, self._platform), self._stopping.wait)
        self._platform.address = self.url.removeprefix("http://")
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
        return self._platform.key

    @key.setter
    def key(self, key: str) -> None:
        """From now on only the new one counts: a key that was revoked or rotated."""
        self._platform.key = key

    def ledger(self) -> list[dict[str, Any]]:
        """Every accepted create, in order; also after stop()."""
        return self._platform.ledger.entries(self._platform.clock())

    def summary(self) -> dict[str, Any]:
        """What GET /_ledger answers."""
        return self._platform.ledger.summary(self._platform.clock())

    def script(self, *entries: object) -> None:
        """What POST /_faults takes: strings for the next creates, {"all": "…"} for everybody."""
        self._platform.script.add(list(entries))

    def clear_script(self) -> None:
        self._platform.script.clear()

    def stop(self) -> None:
        """Ends hanging answers too; may be called twice."""
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
