"""A built layer holds packages for Lambda, their bytecode, and nothing that the build left behind."""

import compileall
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tools.build_check.layers import complaints, size

LINUX_X86_64 = b"\x7fELF\x02\x01\x01" + bytes(11) + b"\x3e\x00"
LINUX_ARM = b"\x7fELF\x02\x01\x01" + bytes(11) + b"\xb7\x00"
MAC = b"\xcf\xfa\xed\xfe" + bytes(20)


def layer(folder: Path, files: dict[str, bytes]) -> Path:
    """Return a layer with one good package and these files."""
    for name, content in ({"python/package/__init__.py": b"", "python/package/data.json": b"{}"} | files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    assert compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return folder


def test_a_layer_of_packages_for_lambda_is_accepted(tmp_path: Path) -> None:
    built = layer(tmp_path, {"python/fast.cpython-313-x86_64-linux-gnu.so": LINUX_X86_64, "python/six.py": b"y = 1"})
    assert list(complaints(built, sys.executable)) == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"Makefile": b""}, "holds Makefile"),
        ({"python/Makefile": b""}, "holds python/Makefile"),
        ({"python/requirements.txt": b""}, "holds python/requirements.txt"),
        ({"python/bin/jp.py": b""}, "holds python/bin"),
        ({"python/fast.so": LINUX_ARM}, "python/fast.so is not for Linux on x86_64"),
        ({"python/package/fast.so": MAC}, "python/package/fast.so is not for Linux on x86_64"),
        ({"python/fast.so": b""}, "python/fast.so is not for Linux on x86_64"),
    ],
)
def test_what_does_not_belong_into_a_layer_is_named(tmp_path: Path, files: dict[str, bytes], words: str) -> None:
    (complaint,) = complaints(layer(tmp_path, files), sys.executable)
    assert words in complaint


def test_a_layer_without_bytecode_is_refused(tmp_path: Path) -> None:
    (tmp_path / "python").mkdir()
    (tmp_path / "python/six.py").touch()
    assert list(complaints(tmp_path, sys.executable)) == ["python/six.py has no bytecode"]


def test_a_layer_without_the_folder_that_lambda_looks_into_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cliprelay").mkdir()
    assert list(complaints(tmp_path, sys.executable)) == ["has no folder python/, so Lambda would find nothing in it"]


def test_the_size_is_that_of_all_files(tmp_path: Path) -> None:
    for name in ("a/b/one", "c/two"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(bytes(10))
    assert size(tmp_path / "a", tmp_path / "c") == 20
