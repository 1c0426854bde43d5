"""Import the code that functions share once, and fork every sandbox from it, so that sandboxes share its memory.

Runs as a script in its own process, with only the environment that all its functions have in common, and imports nothing from the local
service. It has a single thread, because a fork copies the locks of other threads and nobody releases them.

The control socket tells first whether the server can fork, then receives a packet for each sandbox; its end means that the parent is gone.
The status socket of a sandbox tells its process id and, when it has ended, its exit status; its end asks to kill it.
"""

import builtins
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

SHARED_IMPORTS = Path(__file__).with_name("shared_imports.py")

# Far more than a function's variables, of which Lambda allows 4 KB.
MAX_PACKET_BYTES = 1 << 17


class Child:
    """A forked process; nobody else gets its id before it is buried."""

    def __init__(self, pid: int, status: socket.socket) -> None:
        self.pid = pid
        self.status = status
        self.end = os.pidfd_open(pid)  # readable when the process has ended

    def tell(self, number: int) -> None:
        with suppress(OSError):  # the parent is gone, or does not want to know
            self.status.sendall(b"%d\n" % number)

    def tell_end(self) -> None:
        """Tell the exit status, or the signal as a negative number."""
        result = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        if result:
            self.tell(result.si_status if result.si_code == os.CLD_EXITED else -result.si_status)

    def bury(self) -> None:
        """Kill the process and its group, and reap it."""
        for kill in (os.kill, os.killpg):  # both, because the process may not have created its group yet
            with suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)
        self.tell_end()
        os.waitpid(self.pid, 0)
        self.close()

    def close(self) -> None:
        self.status.close()
        os.close(self.end)


class ForkServer:
    """Does one thing after the other; each is short."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)

    def serve(self) -> tuple[dict[str, Any], int, int]:
        """Fork sandboxes until the parent is gone; return only in a sandbox, with its request, channel and log."""
        while True:
            # One at a time, because each may make the next one obsolete.
            key, _ = self._selector.select()[0]
            if key.fileobj is not self._control:
                key.data()
                continue
            try:
                packet, descriptors, _, _ = socket.recv_fds(self._control, MAX_PACKET_BYTES, 3)
            except ConnectionError:  # the service was killed before it had read our last word
                packet = b""
            if not packet:
                self._end()
            request = json.loads(packet)
            compiled(request["script"])  # already here, so that all sandboxes share it
            status, channel, log = descriptors
            if self._is_child_after_fork(socket.socket(fileno=status)):
                return request, channel, log
            os.close(channel)
            os.close(log)

    def _is_child_after_fork(self, status: socket.socket) -> bool:
        try:
            pid = os.fork()
        except OSError:  # too many processes, or too little memory
            status.close()
            return False
        if not pid:
            self._close(status)
            return True
        child = Child(pid, status)
        child.tell(pid)
        self._children.append(child)
        self._selector.register(child.status, selectors.EVENT_READ, partial(self._bury, child))
        self._selector.register(child.end, selectors.EVENT_READ, partial(self._note_end, child))
        return False

    def _close(self, status: socket.socket) -> None:
        """Close in a sandbox what belongs to the server."""
        self._selector.close()
        self._control.close()
        status.close()
        for child in self._children:
            child.close()

    def _note_end(self, child: Child) -> None:
        """Leave the process a zombie, so that its id keeps naming its group."""
        self._selector.unregister(child.end)
        child.tell_end()

    def _bury(self, child: Child) -> None:
        self._children.remove(child)
        self._selector.unregister(child.status)
        with suppress(KeyError):  # its end has been noted
            self._selector.unregister(child.end)
        child.bury()

    def _end(self) -> None:
        for child in self._children:
            child.bury()
        os._exit(0)


def forget_shadowed(folder: str, shared: set[str]) -> None:
    """Forget the shared modules for which the function's folder, which comes first in the path, has its own."""
    own = {entry.partition(".")[0] for entry in os.listdir(folder)}
    for name in shared:
        if name.partition(".")[0] in own:
            sys.modules.pop(name, None)


def become(request: dict[str, Any], channel: int, log: int, shared: set[str]) -> None:
    """Make this process what the bootstrap expects to be started in."""
    os.setsid()
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)
    os.set_inheritable(channel, False)
    os.chdir(request["folders"][0])
    # The interpreter itself sets LC_CTYPE where the language of the environment is unknown.
    own = {"LC_CTYPE": os.environ["LC_CTYPE"]} if "LC_CTYPE" in os.environ else {}
    os.environ.clear()
    os.environ.update(own | request["environment"])
    time.tzset()
    forget_shadowed(request["folders"][0], shared)
    sys.argv = [request["script"], str(channel), *request["folders"]]
    gc.enable()


@cache
def compiled(path: str) -> CodeType:
    return compile(Path(path).read_bytes(), path, "exec")


def run_as_main(path: str) -> None:
    main = sys.modules["__main__"] = ModuleType("__main__")
    vars(main).update(__file__=path, __cached__=None, __annotations__={}, __builtins__=builtins)
    exec(compiled(path), vars(main))  # noqa: S102  the script of the service itself


def prepare(control: socket.socket, settings: dict[str, Any]) -> set[str]:
    """Import what the sandboxes can share, and return its modules; exit if they cannot."""
    imports = runpy.run_path(str(SHARED_IMPORTS))
    path, modules = list(sys.path), set(sys.modules)
    sys.path[:0] = settings["layers"]
    try:
        imports["import_shared"](settings["layers"], settings["handlers"], set(settings["own_variables"]), settings["services"])
        os.close(os.pidfd_open(os.getpid()))  # Linux before 5.3, and some sandboxes, do not have it
    except (imports["NotShareable"], OSError) as error:
        report(control, str(error))
        sys.exit(1)
    sys.path[:] = path
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    gc.collect()
    gc.freeze()
    report(control, None)
    return set(sys.modules) - modules


def report(control: socket.socket, problem: str | None) -> None:
    """Say whether the process can fork sandboxes; exit if the service was killed while the layers were imported."""
    try:
        control.send(json.dumps({"problem": problem}).encode())
    except OSError:
        sys.exit(0)


if __name__ == "__main__":
    gc.disable()  # a collection would write to pages that could be shared
    control = socket.socket(fileno=int(sys.argv[1]))
    shared = prepare(control, json.loads(sys.argv[2]))
    request, channel, log = ForkServer(control).serve()
    become(request, channel, log, shared)
    run_as_main(request["script"])
