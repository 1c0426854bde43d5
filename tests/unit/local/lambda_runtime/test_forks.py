"""Forked sandboxes: what they share, what they do not, and when a new interpreter is started instead."""

import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.lambda_runtime import forks
from tests.support.paths import ROOT
from tests.support.pool_runner import PoolRunner, is_running, wait_for

pytestmark = pytest.mark.skipif(not forks.CAN_FORK, reason="sandboxes are not forked here")

MakePool = Callable[..., PoolRunner]

# Tells which process imported the layer's module.
LAYER = {"shared": "import os\nIMPORTED_BY = os.getpid()\n"}
USES_LAYER = """
    import os, sys
    from shared import IMPORTED_BY
    def handler(event, context): return [IMPORTED_BY, os.getpid(), os.getppid()]
"""


@pytest.fixture
def make_pool(tmp_path: Path) -> Iterator[MakePool]:
    pools: list[PoolRunner] = []

    def make(name: str = "pool", **given: Any) -> PoolRunner:
        (tmp_path / name).mkdir()
        pools.append(PoolRunner(tmp_path / name, **given))
        for function in list(pools[-1].pool._warming):
            pools[-1].pool.wait_until_warm(function)
        return pools[-1]

    yield make
    for pool in pools:
        pool.pool.close()


def test_the_packages_of_a_layer_that_handlers_name_are_imported_once_for_all(make_pool: MakePool) -> None:
    pool = make_pool(source=USES_LAYER, api_source=USES_LAYER, layer=LAYER | {"unnamed": "raise SystemExit"})
    work, api = pool.result(), pool.result("ApiFunction")
    assert work[0] == api[0] == work[2] == api[2]
    assert work[1] != api[1]


def test_a_package_of_a_layer_is_imported_whole_without_what_fails(make_pool: MakePool, tmp_path: Path) -> None:
    source = """
        import sys, package
        AT_START = sorted(name for name in sys.modules if name.startswith("package"))
        def handler(event, context): return AT_START
    """
    layer = {"package/__init__": "", "package/late": "", "package/broken": "import missing", "package/__main__": "raise SystemExit"}
    assert make_pool(source=source, layer=layer).result() == ["package", "package.late"]


def test_a_module_of_one_function_is_invisible_to_another(make_pool: MakePool) -> None:
    source = """
        import os, sys
        sys.path.append(os.environ["LAMBDA_TASK_ROOT"] + "/more")
        def handler(event, context):
            import own
            return own.NAME
    """
    pool = make_pool(source=source, api=True)
    (pool.folder / "code" / "more").mkdir()
    (pool.folder / "code" / "more" / "own.py").write_text("NAME = 'work'")
    assert pool.result() == "work"
    assert pool.invoke("ApiFunction").error_type == "ModuleNotFoundError"


def test_a_functions_own_module_comes_before_one_of_a_layer(make_pool: MakePool) -> None:
    pool = make_pool(source=USES_LAYER, api=True, layer=LAYER)
    first = pool.result("ApiFunction")[0]
    (pool.folder / "api" / "shared.py").write_text("IMPORTED_BY = 'the function'")
    (sandbox,) = pool.pool._groups["ApiFunction"]._alive
    sandbox.end()
    assert (first == "the function", pool.result("ApiFunction")[0]) == (False, "the function")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("VALUE = os.environ.get('DIFFERENT')", "an import reads DIFFERENT"),
        ("VALUE = dict(os.environ).get('DIFFERENT')", "an import reads *"),
        ("VALUE = 'DIFFERENT' in os.environ and os.environ['DIFFERENT']", "an import reads DIFFERENT"),
        ("threading.Thread(target=threading.Event().wait, daemon=True).start()\nVALUE = 'api'", "an import starts a thread"),
        ("SOCKET = socket.socket()\nVALUE = 'api'", "an import opens a file or a connection"),
        ("sys.stdout.flush()\nif not sys.argv[0].endswith('bootstrap.py'): os._exit(3)\nVALUE = 'api'", "importing the layers ended"),
    ],
)
def test_a_layer_whose_import_a_fork_would_notice_gets_new_interpreters(
    make_pool: MakePool, caplog: pytest.LogCaptureFixture, statement: str, reason: str
) -> None:
    source = "import os\nfrom shared import VALUE\ndef handler(event, context): return [VALUE, os.getppid()]"
    with caplog.at_level(logging.WARNING):
        pool = make_pool(
            source=source,
            api_source=source,
            layer={"shared": f"import os, socket, sys, threading\n{statement}"},
            api_variables={"DIFFERENT": "api"},
        )
        assert pool.result("ApiFunction") == ["api", os.getpid()]
    assert reason in caplog.text


def test_an_import_may_read_a_variable_on_which_all_functions_agree(make_pool: MakePool) -> None:
    source = "import os\nfrom shared import VALUE\ndef handler(event, context): return [VALUE, os.getppid()]"
    value, parent = make_pool(source=source, api=True, layer={"shared": "import os\nVALUE = os.environ['DECLARED']"}).result()
    assert (value, parent == os.getpid()) == ("yes", False)


def test_a_forked_process_is_what_a_new_interpreter_is(make_pool: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    forked = make_pool("forked").result(do="process")
    monkeypatch.setattr(forks, "CAN_FORK", False)
    pool = make_pool("spawned")
    spawned = pool.result(do="process")
    assert {name: str(value).replace("/forked/", "/spawned/") for name, value in forked.items()} == {
        name: str(value) for name, value in spawned.items()
    }


def test_sandboxes_draw_different_random_numbers(make_pool: MakePool) -> None:
    pool = make_pool(api=True)
    (number, identity), (other_number, other_identity) = pool.result(do="random"), pool.result("ApiFunction", do="random")
    assert number != other_number
    assert identity != other_identity


def test_a_killed_fork_server_is_replaced_and_its_sandboxes_with_it(make_pool: MakePool) -> None:
    pool = make_pool(source=USES_LAYER, layer=LAYER)
    server, before, _ = pool.result()
    os.kill(server, signal.SIGKILL)
    (sandbox,) = pool.pool._groups["WorkFunction"]._alive
    wait_for(lambda: not sandbox.is_alive())
    after = pool.result()
    assert after[0] != server
    assert after[1] != before
    wait_for(lambda: not is_running(before))


def test_closing_the_pool_ends_the_fork_server(make_pool: MakePool) -> None:
    pool = make_pool(source=USES_LAYER, layer=LAYER)
    server = pool.result()[0]
    pool.pool.close()
    assert not is_running(server)


def _started(theirs: socket.socket) -> subprocess.Popen[str]:
    imports = json.dumps({"layers": [], "handlers": [], "own_variables": [], "services": []})
    command = [sys.executable, str(ROOT / "local/lambda_runtime/fork_server.py"), str(theirs.fileno()), imports]
    return subprocess.Popen(  # noqa: S603
        command, pass_fds=[theirs.fileno()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("moment", ["before it is ready", "before its word is read"])
def test_a_fork_server_whose_service_was_killed_while_it_started_ends_without_a_word(moment: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if moment == "before it is ready":
        ours.close()
    server = _started(theirs)
    theirs.close()
    if moment == "before its word is read":
        select.select([ours], [], [])
        ours.close()
    assert (*server.communicate(), server.returncode) == ("", "", 0)
