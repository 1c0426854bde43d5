"""Ratios of CPU seconds that a noisy machine does not spoil: anchor and product in turn, then the median of the pairs."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class ChildFailed(Exception):
    """A measured process ended with an error; the message is the end of what it printed."""


def paired(anchor: Sequence[float], ours: Sequence[float]) -> float:
    """Return the median of the ratios of runs that took place side by side."""
    return statistics.median(mine / its for mine, its in zip(ours, anchor, strict=True))


def in_turn(jobs: Mapping[str, Callable[[], object]], turns: int, warm_up: int = 2) -> dict[str, list[float]]:
    """Run the jobs one after the other, again and again; return the CPU seconds of each."""
    seen: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(-warm_up, turns):
        for name, job in jobs.items():
            began = time.process_time()
            job()
            if turn >= 0:
                seen[name].append(time.process_time() - began)
    return seen


def child_seconds(command: list[str], environment: Mapping[str, str], folder: Path) -> float:
    """Run a process and return the CPU seconds that it took; raises ChildFailed."""
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, cwd=folder, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise ChildFailed(printed[-2_000:])
    return usage.ru_utime + usage.ru_stime


def say(line: str) -> None:
    """Print a line at once: a measurement takes minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
