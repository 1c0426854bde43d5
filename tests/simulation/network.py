"""The far ends of the product's connections: which server answers at which host, and network faults."""

import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.simulation.faults.plan import Fault
from tests.simulation.runtime import deployment
from tests.simulation.runtime.sockets import Line
from tests.simulation.upstream.media import HOST, OTHER_HOST
from tests.support.http_wire import Reply, Request, html

if TYPE_CHECKING:
    from tests.simulation.world import World

# Idle time after which servers close a connection; the client notices at its next request.
IDLE = 60.0
NAMES = {"submit": "upstream.POST", "poll": "upstream.GET", "archive": "media.GET"}


def _no_connection() -> tuple[OSError, ...]:
    return (
        socket.gaierror(-2, "Name or service not known"),
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError("timed out"),
        OSError(113, "No route to host"),
    )


def _no_tls() -> tuple[OSError, ...]:
    return (
        ssl.SSLCertVerificationError(1, "certificate verify failed: certificate has expired"),
        ssl.SSLError(1, "wrong version number"),
        ConnectionResetError(104, "Connection reset by peer"),
    )


class Lines:
    """Opens the connections of one world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._upstream = urlsplit(deployment.environment()["UPSTREAM_URL"]).hostname

    def dial(self, host: str, port: int, timeout: float) -> Line:
        """Return a connection, or raise why there is none."""
        world = self._world
        strand = world.stage.current
        assert strand
        fault = world.calls.begin(NAMES.get(strand.step, f"{host}.{strand.step}"))
        world.stage.pause(world.rng.uniform(0.01, 0.2))
        if host == self._upstream:
            world.upstream.reach()
        elif host not in (HOST, OTHER_HOST):
            world.records.violate("address", f"a connection to {host}:{port}")
        line = _Line(world, host, fault)
        if fault is Fault.UNSENT:
            line.break_somewhere(timeout)
        return line


class _Line:
    """One connection, with the fault of its one request."""

    def __init__(self, world: "World", host: str, fault: Fault | None) -> None:
        self._world, self._host, self._fault = world, host, fault
        self._used_at: float | None = None
        self.tls: OSError | None = None
        self.breaks_after: int | None = None

    def break_somewhere(self, timeout: float) -> None:
        """Fail before the connection, in the handshake or while sending the request."""
        rng = self._world.rng
        where = rng.choice(("connect", "tls", "request"))
        if where == "connect":
            error = rng.choice(_no_connection())
            if isinstance(error, TimeoutError):
                self._world.stage.pause(timeout)
            raise error
        if where == "tls":
            self.tls = rng.choice(_no_tls())
        else:
            # In the headers, in a large body, or with its last byte.
            self.breaks_after = rng.choice((0, 100, 300, 17_000, 30_000))

    def answer(self, request: Request) -> Reply:
        world, fault, rng = self._world, self._fault, self._world.rng
        if self._used_at is not None:
            # Used again: by a download that is redirected to the same host, or by a build that keeps sockets.
            idle, fault = world.now() - self._used_at, world.calls.begin(f"{self._host} again")
            if idle > IDLE:
                return Reply(end="reset")
        self._used_at = world.now()
        if fault is Fault.LATE:
            world.timeline.after(rng.uniform(1, 200), lambda: self._handle(request) and None)
            return Reply(end="hang")
        if fault is Fault.REFUSED:
            return html(rng.choice((500, 502, 504)))
        reply = self._handle(request)
        world.calls.freeze_after()
        match fault:
            case Fault.DIE_AFTER:
                world.calls.die()
            case Fault.LOST:
                return Reply(end=rng.choice(("reset", "close", "hang")))
            case Fault.BROKEN:
                return html(rng.choice((500, 502, 504)))
            case Fault.SLOW:
                return reply.after(rng.uniform(1, 110))
        return reply

    def _handle(self, request: Request) -> Reply:
        if self._host in (HOST, OTHER_HOST):
            return self._world.media.handle(self._host, request)
        return self._world.upstream.handle(request)
