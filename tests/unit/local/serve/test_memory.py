"""The memory of freed objects is shared by all threads."""

import platform
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

# Each thread keeps one allocation, so that it cannot take over the arena of one that has ended.
ARENAS = """
import ctypes, sys, threading
from local.serve.memory import share_arenas
if sys.argv[1] == "shared":
    assert share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
barrier = threading.Barrier(13)
def allocate():
    libc.malloc(ctypes.c_size_t(1000))
    barrier.wait()
for _ in range(12):
    threading.Thread(target=allocate).start()
barrier.wait()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_a_process_has_two_arenas_however_many_threads_it_has() -> None:
    counts = {}
    for setting in ("own", "shared"):
        done = subprocess.run([sys.executable, "-c", ARENAS, setting], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
        counts[setting] = done.stdout.count("<heap ")
    assert counts["shared"] == 2 < counts["own"]
