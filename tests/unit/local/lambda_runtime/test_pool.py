"""The local Lambda: real processes and errors, warm sandboxes, and none of the parent's environment."""

import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.lambda_runtime import forks
from local.lambda_runtime import pool as pool_module
from local.lambda_runtime.sandbox import InvocationResult
from tests.support.paths import ROOT
from tests.support.pool_runner import PoolRunner, is_running, wait_for

Invoke = Callable[..., Any]


@pytest.fixture(params=["forked", "spawned"])
def can_fork(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Each way of starting a sandbox, where the system has it."""
    wanted = request.param == "forked"
    if wanted and not forks.CAN_FORK:
        pytest.skip("sandboxes are not forked here")
    monkeypatch.setattr(forks, "CAN_FORK", wanted)
    return wanted


@pytest.fixture
def make_pool(tmp_path: Path, can_fork: bool) -> Iterator[Callable[..., PoolRunner]]:
    pools: list[PoolRunner] = []

    def make(**given: Any) -> PoolRunner:
        pools.append(PoolRunner(tmp_path, **given))
        pools[-1].pool.wait_until_warm("WorkFunction")
        return pools[-1]

    yield make
    for pool in pools:
        pool.pool.close()


@pytest.fixture
def pool(make_pool: Callable[..., PoolRunner]) -> PoolRunner:
    return make_pool()


def test_consecutive_invocations_share_a_warm_sandbox(pool: PoolRunner) -> None:
    first, second = pool.result(), pool.result()
    assert first["pid"] == second["pid"]
    assert second["calls"] == first["calls"] + 1
    assert first["pid"] != os.getpid()


def test_simultaneous_invocations_have_separate_sandboxes(pool: PoolRunner, tmp_path: Path) -> None:
    go = tmp_path / "go"
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(pool.result(do="wait", until=str(go)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(list(tmp_path.glob("go-*"))) == 3)
    go.touch()
    for thread in threads:
        thread.join()
    assert len({result["pid"] for result in results}) == 3
    assert len({result["tmp"] for result in results}) == 3


def test_invocations_beyond_the_limit_wait_for_a_sandbox(
    make_pool: Callable[..., PoolRunner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "WORKFLOW_SANDBOXES", 2)
    pool = make_pool()
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(pool.result(do="sleep", seconds=0.05))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len({result["pid"] for result in results}) <= 2


def test_a_busy_api_leaves_the_workflows_sandboxes_available(
    make_pool: Callable[..., PoolRunner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "API_SANDBOXES", 1)
    pool = make_pool(api=True)
    go = tmp_path / "go"
    waiting = threading.Thread(target=lambda: pool.invoke("ApiFunction", do="wait", until=str(go)))
    second = threading.Thread(target=lambda: pool.invoke("ApiFunction"))
    waiting.start()
    wait_for(lambda: list(tmp_path.glob("go-*")))
    second.start()
    assert pool.result()["calls"] == 1
    assert second.is_alive()
    go.touch()
    waiting.join()
    second.join()


def test_a_function_gets_the_templates_variables_and_lambdas(pool: PoolRunner) -> None:
    environment = pool.result(do="environment")
    assert environment["DECLARED"] == "yes"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "WorkFunction"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["_HANDLER"] == "app.handler"
    assert environment["TZ"] == ":UTC"
    assert {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= set(environment)


def test_the_parents_environment_is_hidden_from_a_function(make_pool: Callable[..., PoolRunner], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "private")
    monkeypatch.setenv("LEAKED", "yes")
    environment = make_pool().result(do="environment")
    assert "LEAKED" not in environment
    assert "AWS_PROFILE" not in environment
    assert environment["HOME"] == environment["TMPDIR"]


def test_a_functions_folder_and_layers_come_first_in_the_path(pool: PoolRunner) -> None:
    assert pool.result(do="path")[:2] == [str(pool.folder / "code"), str(pool.folder / "layer")]


def test_the_local_service_is_not_importable_from_a_function(pool: PoolRunner) -> None:
    assert pool.invoke(do="import").error_type == "ModuleNotFoundError"


def test_the_context_contains_request_function_memory_arn_and_remaining_time(make_pool: Callable[..., PoolRunner]) -> None:
    request_id, name, memory, arn, left = make_pool(timeout=20).result(do="context")
    assert (name, memory) == ("WorkFunction", "256")
    assert arn.endswith(":function:WorkFunction")
    assert len(request_id) == 36
    assert 0 < left <= 20_000


def test_an_exception_is_described_as_by_lambda(pool: PoolRunner) -> None:
    before = pool.result()
    error = json.loads(pool.invoke(do="raise").payload)
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'a reason'")
    assert any("app.py" in line for line in error["stackTrace"])
    (line,) = pool.lines
    assert (line["log_level"], line["errorType"], line["stackTrace"]) == ("ERROR", "KeyError", error["stackTrace"])
    assert pool.result()["pid"] == before["pid"]


def test_a_result_that_is_not_json_is_a_marshal_error(pool: PoolRunner) -> None:
    assert pool.invoke(do="unserializable").error_type == "Runtime.MarshalError"
    assert [line["errorType"] for line in pool.lines] == ["Runtime.MarshalError"]


def test_a_result_over_six_megabytes_is_rejected(pool: PoolRunner) -> None:
    assert pool.invoke(do="large").error_type == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize(("way", "how"), [("exit", "exit status 3"), ("sys.exit", "exit status 4"), ("kill", "signal: SIGKILL")])
def test_a_process_that_exits_is_an_exit_error_and_is_replaced(pool: PoolRunner, way: str, how: str) -> None:
    before = pool.result()
    result = pool.invoke(do=way)
    assert result.error_type == "Runtime.ExitError"
    assert how in result.payload
    assert [line["record"]["status"] for line in pool.lines] == ["error"]
    after = pool.result()
    assert (after["pid"] != before["pid"], after["calls"]) == (True, 1)


def test_an_invocation_over_its_time_out_is_killed_and_its_sandbox_replaced(pool: PoolRunner) -> None:
    before = pool.result()
    pool.hurry()
    assert pool.invoke(do="sleep", seconds=60).error_type == "Sandbox.Timedout"
    (line,) = pool.lines
    assert line["record"]["status"] == "timeout"
    assert "Task timed out after 0.50 seconds" in line["record"]["errorMessage"]
    assert not is_running(before["pid"])
    assert pool.result()["calls"] == 1


def test_a_sandbox_that_exited_while_idle_is_replaced(pool: PoolRunner) -> None:
    before = pool.result()
    os.kill(before["pid"], 9)
    (sandbox,) = pool.pool._groups["WorkFunction"]._alive
    wait_for(lambda: not sandbox.is_alive())
    assert pool.result()["pid"] != before["pid"]


def test_a_handler_that_cannot_be_imported_is_reported(make_pool: Callable[..., PoolRunner]) -> None:
    pool = make_pool(source="import a_module_that_is_missing")
    assert pool.broken == ["Runtime.ImportModuleError"]
    assert pool.invoke().error_type == "Runtime.ImportModuleError"
    assert {line["errorType"] for line in pool.lines} == {"Runtime.ImportModuleError"}
    assert all("a_module_that_is_missing" in line["errorMessage"] for line in pool.lines)


def test_a_handlers_output_is_in_its_functions_log(pool: PoolRunner) -> None:
    pool.result(do="print", text="a line of its own")
    assert "a line of its own\n" in pool.log


@pytest.mark.parametrize("way", ["time-out", "closing"])
def test_what_a_handler_has_started_ends_with_its_sandbox(pool: PoolRunner, tmp_path: Path, way: str) -> None:
    file = tmp_path / "child"
    if way == "time-out":
        pool.result(do="child", file=str(file), seconds=0)
        pool.hurry()
        assert pool.invoke(do="sleep", seconds=600).error_type == "Sandbox.Timedout"
    else:
        invocation = threading.Thread(target=lambda: pool.invoke(do="child", file=str(file), seconds=600))
        invocation.start()
        wait_for(lambda: file.exists() and file.read_text())
        pool.pool.close()
        invocation.join()
    wait_for(lambda: not is_running(int(file.read_text())))


def test_closing_the_pool_ends_all_processes(pool: PoolRunner) -> None:
    pid = pool.result()["pid"]
    pool.pool.close()
    assert not is_running(pid)
    assert pool.invoke().error_type == "Service.Stopping"


def test_a_step_that_runs_when_the_pool_is_closed_may_end(pool: PoolRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "STOP_SECONDS", 60)
    go, results = tmp_path / "go", list[InvocationResult]()
    running = threading.Thread(target=lambda: results.append(pool.invoke(do="wait", until=str(go))))
    running.start()
    wait_for(lambda: list(tmp_path.glob("go-*")))
    closing = threading.Thread(target=pool.pool.close)
    closing.start()
    wait_for(lambda: pool.pool._groups["WorkFunction"]._closed)
    assert pool.invoke().error_type == "Service.Stopping"
    go.touch()
    closing.join()
    running.join()
    assert [result.is_error for result in results] == [False]


def test_an_end_that_cannot_be_logged_is_an_error_like_any_other_and_leaves_its_place_to_the_next(
    make_pool: Callable[..., PoolRunner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "WORKFLOW_SANDBOXES", 1)
    pool, results = make_pool(), list[InvocationResult]()
    log = tmp_path / "logs" / "WorkFunction.log"
    pid = pool.result()["pid"]
    log.unlink()
    log.mkdir()  # which cannot be opened as a file
    running = threading.Thread(target=lambda: results.append(pool.invoke(do="wait", until=str(tmp_path / "never"))))
    running.start()
    wait_for(lambda: list(tmp_path.glob("never-*")))
    os.kill(pid, 9)
    running.join()
    assert [result.error_type for result in results] == ["Runtime.ExitError"]
    log.rmdir()
    assert pool.result()["pid"] != pid


def test_a_step_that_does_not_end_is_killed(pool: PoolRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "STOP_SECONDS", 0.05)
    results: list[InvocationResult] = []
    running = threading.Thread(target=lambda: results.append(pool.invoke(do="wait", until=str(tmp_path / "never"))))
    running.start()
    wait_for(lambda: list(tmp_path.glob("never-*")))
    pool.pool.close()
    running.join()
    assert [result.error_type for result in results] == ["Runtime.ExitError"]


PARENT = """
    import sys, json, pathlib
    from local.lambda_runtime import forks
    forks.CAN_FORK = sys.argv[2] == "True"
    from local.lambda_runtime.pool import LambdaPool
    from local.stack.context import Function
    folder = pathlib.Path(sys.argv[1])
    pool = LambdaPool("http://127.0.0.1:1", folder / "logs", folder / "tmp", print)
    function = Function("WorkFunction", "WorkFunction", "app.handler", folder / "code", (), {}, 600, 128, "python3.13")
    pool.open({"WorkFunction": function}, set())
    pool.invoke("WorkFunction", json.dumps({"do": "wait", "until": str(folder / "never")}))
"""


def test_a_busy_sandbox_ends_when_its_parent_is_killed(pool: PoolRunner, can_fork: bool) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(pool.folder), str(can_fork)]
    parent = subprocess.Popen(command, cwd=ROOT)  # noqa: S603
    wait_for(lambda: list(pool.folder.glob("never-*")))
    pid = int(next(pool.folder.glob("never-*")).name.removeprefix("never-"))
    assert is_running(pid)
    parent.kill()
    parent.wait()
    wait_for(lambda: not is_running(pid))
