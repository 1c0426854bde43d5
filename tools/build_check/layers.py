"""What a built layer may hold, and how large it may be."""

import json
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path

BYTECODE = Path(__file__).with_name("bytecode.py")

# The layers of all functions have 63 MB together, mostly botocore's descriptions of services. A third more than today is a mistake, or
# worth a look: a new sandbox fetches all of it before its first request.
LARGEST = 85_000_000
# What Lambda allows a function with all its layers, unpacked. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_FUNCTION = 250_000_000

# Bytes 0 to 4 of a shared library for Linux, and 18 and 19, its processor: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
ELF, X86_64 = b"\x7fELF", b"\x3e\x00"


def complaints(layer: Path, python: str) -> Iterator[str]:
    """Yield what is wrong with a layer that this Python is to use."""
    packages = layer / "python"
    if not packages.is_dir():
        yield "has no folder python/, so Lambda would find nothing in it"
        return
    yield from (f"holds {path.relative_to(layer)}, which Python does not look for there" for path in misplaced(layer))
    yield from (f"{path.relative_to(layer)} is not for Linux on x86_64" for path in foreign_libraries(packages))
    command = [python, "-I", "-S", str(BYTECODE), str(packages)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own script
    yield from (f"python/{line}" for line in json.loads(done.stdout))


def misplaced(layer: Path) -> list[Path]:
    """Return what a build leaves behind, and what lies next to the packages."""
    outside = [path for path in layer.iterdir() if path.name != "python"]
    names = ("Makefile", "requirements.txt", "bin", "tests")
    return sorted([*outside, *(layer / "python" / name for name in names if (layer / "python" / name).exists())])


def foreign_libraries(packages: Path) -> list[Path]:
    """Return the shared libraries that another system or processor needs."""
    found = []
    for path in sorted(file for file in packages.rglob("*") if file.suffix in (".so", ".dylib", ".pyd")):
        with path.open("rb") as file:
            head = file.read(20)
        if head[:4] != ELF or head[18:20] != X86_64:
            found.append(path)
    return found


def size(*folders: Path) -> int:
    """Return the bytes of all files."""
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def run_here() -> bool:
    """Tell whether this machine can import what is built for Lambda."""
    return (platform.system(), platform.machine()) == ("Linux", "x86_64")
