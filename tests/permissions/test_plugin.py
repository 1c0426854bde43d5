"""Which runs are judged."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.permissions.plugin import RECORDED, missing
from tests.permissions.recording import FOLDER_VARIABLE
from tests.support.paths import ROOT

WHOLE = {path.relative_to(ROOT).as_posix() for folder in RECORDED for path in (ROOT / folder).rglob("test_*.py")}


@pytest.mark.parametrize(
    ("args", "collected", "left_out", "is_whole"),
    [
        (["tests"], WHOLE, 0, True),
        ([*RECORDED], WHOLE | {"tests/unit/test_ids.py"}, 0, True),
        (["tests"], WHOLE, 1, False),
        (["tests/simulation/test_runs.py::test_any"], WHOLE, 0, False),
        (["tests"], WHOLE - {"tests/integration/shared_service/test_journey.py"}, 0, False),
        (["tests/unit"], set(), 0, False),
    ],
)
def test_only_a_whole_run_is_judged(args: list[str], collected: set[str], left_out: int, is_whole: bool) -> None:
    assert (missing(args, collected, left_out) is None) is is_whole


def test_a_part_of_the_tests_is_not_judged_and_says_so() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", __file__]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert run.returncode == 0
    assert "AWS calls: not judged" in run.stdout


def test_this_run_has_a_folder_for_its_calls() -> None:
    assert Path(os.environ[FOLDER_VARIABLE]).is_dir()
