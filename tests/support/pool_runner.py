"""A pool of local functions, with folders of its own."""

import json
import os
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from local.lambda_runtime.pool import LambdaPool
from local.lambda_runtime.sandbox import InvocationResult
from local.stack.context import Function

HANDLER = """
    import json, os, sys, time

    CALLS = 0

    def handler(event, context):
        global CALLS
        CALLS += 1
        do = event.get("do")
        if do == "raise": raise KeyError("a reason")
        if do == "exit": os._exit(3)
        if do == "sys.exit": sys.exit(4)
        if do == "kill": os.kill(os.getpid(), 9)
        if do == "sleep": time.sleep(event["seconds"])
        if do == "wait":
            open(f"{event['until']}-{os.getpid()}", "w").close()
            while not os.path.exists(event["until"]): time.sleep(0.01)
        if do == "print": print(event["text"])
        if do == "unserializable": return object()
        if do == "large": return "x" * 7_000_000
        if do == "environment": return dict(os.environ)
        if do == "context":
            return [context.aws_request_id, context.function_name, context.memory_limit_in_mb,
                    context.invoked_function_arn, context.get_remaining_time_in_millis()]
        if do == "path": return sys.path
        if do == "import":
            import local
        if do == "child":
            import subprocess
            child = subprocess.Popen(["sleep", "600"])
            open(event["file"], "w").write(str(child.pid))
            time.sleep(event["seconds"])
        if do == "process":
            import __main__, gc, random, signal
            return {
                "argv": [os.path.basename(sys.argv[0]), *sys.argv[2:]], "main": sorted(vars(__main__)), "file": __main__.__file__,
                "cwd": os.getcwd(), "path": sys.path, "names": sorted(os.environ), "is_leader": os.getsid(0) == os.getpid(),
                "gc": gc.isenabled(), "stdin": os.read(0, 1).decode(), "files": len(os.listdir("/proc/self/fd")),
                "child_signal": signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL, "zone": time.tzname[0], "encoding": sys.stdout.encoding,
            }
        if do == "random":
            import random, uuid
            return [random.random(), str(uuid.uuid4())]
        return {"pid": os.getpid(), "calls": CALLS, "tmp": os.environ["TMPDIR"]}
"""


class PoolRunner:
    """A pool of one or two functions that share a layer; `layer` are its modules by their names."""

    def __init__(
        self,
        folder: Path,
        *,
        api: bool = False,
        timeout: float = 30,
        source: str = HANDLER,
        api_source: str | None = None,
        layer: Mapping[str, str] = MappingProxyType({}),
        api_variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        for name in ("logs", "tmp", "layer"):
            (folder / name).mkdir()
        for name, text in layer.items():
            _write(folder / "layer" / f"{name}.py", text)
        _write(folder / "code" / "app.py", source)
        _write(folder / "api" / "app.py", api_source or source)
        self.folder, self._timeout = folder, timeout
        self.broken: list[str] = []
        self.pool = LambdaPool("http://127.0.0.1:1", folder / "logs", folder / "tmp", self._on_load_failure)
        functions = {"WorkFunction": self._function("WorkFunction", "code", {})}
        if api or api_source:
            functions["ApiFunction"] = self._function("ApiFunction", "api", api_variables)
        self.pool.open(functions, {"ApiFunction"})

    def _function(self, name: str, folder: str, variables: Mapping[str, str]) -> Function:
        return Function(
            logical_id=name,
            name=name,
            handler="app.handler",
            folder=self.folder / folder,
            layers=(self.folder / "layer",),
            variables={"DECLARED": "yes", **variables},
            timeout=self._timeout,
            memory=256,
            runtime="python3.13",
        )

    def _on_load_failure(self, function: Function, result: InvocationResult) -> None:
        self.broken.append(result.error_type)

    def invoke(self, name: str = "WorkFunction", **event: Any) -> InvocationResult:
        return self.pool.invoke(name, json.dumps(event))

    def result(self, name: str = "WorkFunction", **event: Any) -> Any:
        result = self.invoke(name, **event)
        assert not result.is_error, result.payload
        return json.loads(result.payload)

    def hurry(self) -> None:
        """Give the only sandbox half a second for each further invocation; the one that replaces it has the function's own time-out."""
        (sandbox,) = self.pool._groups["WorkFunction"]._alive
        receive = sandbox._receive
        vars(sandbox)["_receive"] = lambda seconds, request_id: receive(0.5, request_id)

    @property
    def log(self) -> str:
        return (self.folder / "logs" / "WorkFunction.log").read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines()]


def _write(path: Path, source: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(source))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(check: Callable[[], Any]) -> None:
    """Wait for a condition, up to a time that only broken code needs."""
    deadline = time.monotonic() + 60
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.01)
