"""Bytecode that would be ignored, or run as something else, is named with its reason."""

import compileall
import os
import sys
from collections.abc import Callable
from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tools.build_check.bytecode import complaints


def compiled(folder: Path, mode: PycInvalidationMode = PycInvalidationMode.UNCHECKED_HASH) -> Path:
    """Return a folder with one compiled package of two modules."""
    for name in ("package/__init__.py", "package/part.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x = 1\n")
    assert compileall.compile_dir(folder, quiet=1, invalidation_mode=mode)
    return folder


def cache(folder: Path) -> Path:
    return Path(cache_from_source(str(folder / "package/part.py")))


def of_another_python(folder: Path) -> None:
    cache(folder).write_bytes(b"\x00" * 4 + cache(folder).read_bytes()[4:])


def with_changed_source(folder: Path) -> None:
    times = os.stat(folder / "package/part.py")
    (folder / "package/part.py").write_text("x = 2\n")
    os.utime(folder / "package/part.py", ns=(times.st_atime_ns, times.st_mtime_ns))


def test_bytecode_that_fits_its_source_is_accepted(tmp_path: Path) -> None:
    assert list(complaints(compiled(tmp_path))) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: cache(folder).unlink(), "package/part.py has no bytecode"),
        (of_another_python, "package/part.py has the bytecode of another Python"),
        (with_changed_source, "package/part.py has the bytecode of another source"),
        (lambda folder: cache(folder).with_name("part.cpython-39.pyc").write_bytes(b""), "belongs to no source, or to another Python"),
        (lambda folder: (folder / "package/part.py").unlink(), "belongs to no source"),
    ],
    ids=["missing", "magic", "source", "tag", "orphan"],
)
def test_bytecode_that_does_not_fit_is_named(tmp_path: Path, spoil: Callable[[Path], object], words: str) -> None:
    spoil(compiled(tmp_path))
    (complaint,) = complaints(tmp_path)
    assert words in complaint


@pytest.mark.parametrize("mode", [PycInvalidationMode.TIMESTAMP, PycInvalidationMode.CHECKED_HASH])
def test_bytecode_that_looks_at_its_source_is_refused(tmp_path: Path, mode: PycInvalidationMode) -> None:
    found = list(complaints(compiled(tmp_path, mode)))
    assert len(found) == 2
    assert all("has bytecode that looks at its source" in each for each in found)
    assert sys.implementation.cache_tag
