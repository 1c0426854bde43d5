"""What a process and its descendants use, as Linux tells it in /proc."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Seconds of CPU with those of reaped children, megabytes of proportional memory (a shared page counts in part), processes, threads."""

    cpu: float = 0
    pss: float = 0
    processes: int = 0
    threads: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.cpu + other.cpu, self.pss + other.pss, self.processes + other.processes, self.threads + other.threads)


@dataclass(frozen=True)
class Group:
    """The usage of the service's process, and of those that it has started."""

    main: Usage
    others: Usage

    @property
    def whole(self) -> Usage:
        return self.main + self.others


def of_group(pid: int, proc: Path = Path("/proc")) -> Group:
    """Return what a process uses now, and what its descendants use and have used."""
    main = of_process(proc / str(pid))
    ended = Usage(cpu=_stat(proc / str(pid))[1])
    others = [of_process(proc / str(each), with_ended=True) for each in descendants(pid, proc)]
    return Group(main, sum(others, ended))


def of_process(folder: Path, *, with_ended: bool = False) -> Usage:
    """Return what one process uses; nothing if it has just ended."""
    with suppress(OSError):
        own, children, threads = _stat(folder)
        return Usage(own + (children if with_ended else 0), _pss(folder), 1, threads)
    return Usage()


def descendants(pid: int, proc: Path = Path("/proc")) -> Iterator[int]:
    """Yield the ids of a process's children, their children and so on."""
    children = defaultdict(list)
    for folder in _process_folders(proc):
        with suppress(OSError):
            children[int(_fields(folder)[1])].append(int(folder.name))
    below = children[pid]
    while below:
        yield from below
        below = [grandchild for child in below for grandchild in children[child]]


def _process_folders(proc: Path) -> Iterable[Path]:
    return (folder for folder in proc.iterdir() if folder.name.isdigit())


def _fields(folder: Path) -> list[str]:
    """Return the fields of `stat` from the third on, because the second may contain anything: see proc_pid_stat(5)."""
    return (folder / "stat").read_text().rpartition(")")[2].split()


def _stat(folder: Path) -> tuple[float, float, int]:
    """Return the seconds of CPU of a process and of its reaped children, and its number of threads."""
    fields = _fields(folder)
    own, children = (sum(map(int, fields[start : start + 2])) / TICKS for start in (11, 13))
    return own, children, int(fields[17])


def _pss(folder: Path) -> float:
    lines = (folder / "smaps_rollup").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
