"""A pytest plugin: record the AWS calls of a run, and judge them at its end.

Only a whole run is judged, because a grant that a part of the tests does not use is no surprise. Whole means: every test of the folders
below was run, and nothing failed. The processes of pytest-xdist share one folder; the first process judges.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.permissions.recording import FOLDER_VARIABLE
from tests.support.paths import ROOT

# The folders whose tests call AWS as the deployed functions do.
RECORDED = ("tests/integration", "tests/simulation")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recording(config), "cliprelay-permissions")


class Recording:
    """What one process knows about the run; a worker passes it on to the first process."""

    def __init__(self, config: pytest.Config) -> None:
        self._is_worker = hasattr(config, "workerinput")
        self._incomplete: str | None = "none of its tests was collected"
        self._left_out = 0
        self._lines: list[str] = []
        if not self._is_worker:
            self._make_folder(config)
        self.folder = Path(os.environ[FOLDER_VARIABLE])

    def _make_folder(self, config: pytest.Config) -> None:
        # The workers, and the services that tests start, find it in their environment.
        before, folder = os.environ.get(FOLDER_VARIABLE), tempfile.mkdtemp(prefix="cliprelay-calls-")
        os.environ[FOLDER_VARIABLE] = folder

        def restore() -> None:
            shutil.rmtree(folder, ignore_errors=True)
            if before is None:
                os.environ.pop(FOLDER_VARIABLE, None)
            else:
                os.environ[FOLDER_VARIABLE] = before

        config.add_cleanup(restore)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._left_out += sum(1 for item in items if item.nodeid.startswith(RECORDED))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._incomplete = missing(session.config.args, {item.nodeid.partition("::")[0] for item in session.items}, self._left_out)
        if self._is_worker:
            session.config.workeroutput["incomplete"] = self._incomplete  # type: ignore[attr-defined]  # pytest-xdist adds it

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker of pytest-xdist has collected; all of them collect the same."""
        self._incomplete = getattr(node, "workeroutput", {}).get("incomplete", "a worker ended early")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and report.nodeid.startswith(RECORDED):
            self._left_out += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._is_worker:
            return
        reason = self._why_not(session)
        if reason:
            self._lines = [f"not judged: {reason}"]
            return
        # Only now: reading the template takes a moment, and a run of a few tests has none to lose.
        from tests.permissions.judge import judge_folder

        judgement = judge_folder(self.folder, ROOT / "template.yaml")
        self._lines = [*judgement.table(), *judgement.problems()]
        if judgement.problems():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _why_not(self, session: pytest.Session) -> str | None:
        if session.exitstatus != pytest.ExitCode.OK or session.testsfailed or session.config.option.collectonly:
            return "the run was not whole, or a test failed"
        return f"{self._left_out} tests were left out" if self._left_out and not self._incomplete else self._incomplete

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for number, line in enumerate(self._lines):
            terminalreporter.write_line(f"AWS calls: {line}" if number == 0 else f"           {line}")


def missing(args: Iterable[str], collected: set[str], left_out: int) -> str | None:
    """Return why a run is not a whole one; None if it is."""
    wanted = {path.relative_to(ROOT).as_posix() for folder in RECORDED for path in (ROOT / folder).rglob("test_*.py")}
    if left_out or any("::" in arg for arg in args):
        return "single tests were selected"
    absent = sorted(wanted - collected)
    return f"{absent[0]} and {len(absent) - 1} more files were not run" if absent else None
