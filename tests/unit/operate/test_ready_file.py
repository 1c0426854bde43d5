"""A ready file is only disbelieved when its process has surely ended."""

import os
import subprocess
import sys

import pytest

from operate.ready_file import has_ended


def test_the_process_of_a_killed_service_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert has_ended(process.pid)


@pytest.mark.parametrize("pid", [os.getpid(), 1, None, 0, -1, "12", True], ids=["our own", "the first", "none", "0", "-1", "text", "true"])
def test_a_process_that_runs_and_a_number_that_says_nothing_have_not(pid: object) -> None:
    assert not has_ended(pid)
