"""Runs a part of the bench on a checkout: this one, or another whose product and tests are measured by these same modules."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.rows import Row
from tests.support.paths import ROOT


class PartFailed(Exception):
    """A part does not run on a checkout; the message is the last line that it printed."""


@dataclass(frozen=True)
class Checkout:
    """A working copy; `overlay` is a folder that puts this bench in the place of the other's."""

    root: Path
    overlay: Path | None = None

    def rows(self, part: str, *options: str) -> list[Row]:
        """Measure a part; raises PartFailed."""
        paths = [*([self.overlay] if self.overlay else []), self.root, self.root / "layers/cliprelay/python"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
        # -P: `tests` is a namespace, and the first folder of it on the path wins.
        command = [sys.executable, "-P", "-m", "tests.bench.part", part, *options]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise PartFailed((done.stderr.strip().splitlines() or ["it printed nothing"])[-1])
        return [Row(**each) for each in json.loads(done.stdout.splitlines()[-1])]


HERE = Checkout(ROOT)


@contextmanager
def another(root: Path) -> Iterator[Checkout]:
    """Give another checkout, measured by the modules of this one."""
    with TemporaryDirectory(prefix="cliprelay-bench-") as folder:
        overlay = Path(folder)
        (overlay / "tests").mkdir()
        (overlay / "tests/bench").symlink_to(Path(__file__).parent.resolve())
        yield Checkout(root.resolve(), overlay)
