"""`python -m tools.faces`: the size of each foreign API, and whether it knows of money.

Exit 1 when one imports budgets, usage, prices or spending: what is paid is decided by the core alone.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

from cliprelay.orders.origin import FaceName

PACKAGE = Path(__file__).parents[1] / "layers/cliprelay/python/cliprelay"
MONEY = ("cliprelay.tenants", "cliprelay.catalog.pricing", "cliprelay.video.spend")


class Size(NamedTuple):
    """One API: its modules and their lines, and the imports that it must not have."""

    face: str
    modules: int
    lines: int
    money: list[str]

    @property
    def line(self) -> str:
        """The API as a line of the table."""
        return f"{self.face:<12}{self.modules:>8} modules{self.lines:>8} lines   money: {', '.join(self.money) or 'none'}\n"


def files_of(face: str, package: Path = PACKAGE) -> list[Path]:
    """Return the modules of a foreign API: its routes, and how a video looks in its words."""
    shared = package / "faces" / f"{face}.py"
    return [*sorted((package / "api" / face).rglob("*.py")), *([shared] if shared.exists() else [])]


def size_of(face: str, package: Path = PACKAGE) -> Size:
    """Measure a foreign API."""
    files = files_of(face, package)
    texts = [path.read_text(encoding="utf-8") for path in files]
    found = [f"{path.relative_to(package)} imports {name}" for path, text in zip(files, texts, strict=True) for name in money_in(text)]
    return Size(face, len(files), sum(len(text.splitlines()) for text in texts), found)


def money_in(text: str) -> list[str]:
    """Return the imports of a module that are about money."""
    return [name for name in _imports(text) if any(name == each or name.startswith(f"{each}.") for each in MONEY)]


def _imports(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # Of `from cliprelay import tenants`, too.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def main() -> int:
    """Print a line for each foreign API; return 1 if one knows of money."""
    sizes = [size_of(face) for face in get_args(FaceName)]
    sys.stdout.write("".join(each.line for each in sizes))
    return 1 if any(each.money for each in sizes) else 0


if __name__ == "__main__":
    sys.exit(main())
