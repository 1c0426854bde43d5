"""A warm API: the CPU of its requests over that of the bare AWS calls which they make, in one process and turn by turn."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.lambda_environment import HERE, function_environment, packages, python
from tests.bench.rows import Row
from tests.bench.timing import ChildFailed, paired
from tests.bench.walk import MINUTE_LONG
from tests.support.makers import any_png, data_uri, request_event
from tests.support.paths import ROOT

TURNS = 25
SMALL, LARGE, DOCUMENT, HEALTH = "POST of 1 KB", "POST with 4 MB inline", "GET /openapi.json", "GET /health"
# The largest inline image, nearly: 4 MB as base64.
IMAGE_BYTES = 2_980_000


def requests() -> dict[str, dict[str, Any]]:
    """Return the requests with their expected status."""
    image = any_png(1024, 1024)
    # PNG readers skip what follows the last chunk; random bytes, because nothing may compress them.
    padded = data_uri(image + os.urandom(IMAGE_BYTES - len(image)))
    return {
        SMALL: {"event": request_event("POST", "/v1/videos", body=MINUTE_LONG.body, key="clr_any"), "status": 202},
        LARGE: {"event": request_event("POST", "/v1/videos", body={**MINUTE_LONG.body, "image": padded}, key="clr_any"), "status": 202},
        DOCUMENT: {"event": request_event("GET", "/openapi.json"), "status": 200},
        HEALTH: {"event": request_event("GET", "/health"), "status": 200},
    }


def seconds(turns: int, names: tuple[str, ...] = (SMALL, LARGE, DOCUMENT, HEALTH)) -> dict[str, list[float]]:
    """Return the CPU seconds of every job of these requests in every turn; raises ChildFailed."""
    asked = {name: each for name, each in requests().items() if name in names}
    with TemporaryDirectory(prefix="cliprelay-bench-") as folder:
        file = Path(folder, "requests.json")
        file.write_text(json.dumps({"requests": asked, "turns": turns}))
        command = [python(), "-P", "-X", "utf8", str(HERE / "warm_child.py"), str(file)]
        environment = function_environment("api", packages())
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ChildFailed((done.stdout + done.stderr)[-2_000:])
    found: dict[str, list[float]] = json.loads(done.stderr)
    return found


def measure(turns: int = TURNS) -> Iterator[Row]:
    """Send every request so many times."""
    seen = seconds(turns)

    def over(name: str, anchor: str, called: str, goal: float) -> Row:
        return Row("warm", f"{name}, CPU over {anchor.rpartition(': ')[2]}", called, paired(seen[anchor], seen[name]), goal, "ratio")

    yield over(SMALL, f"{SMALL}: its calls", "its own AWS calls, bare", 1.3)
    yield over(SMALL, f"{SMALL}: the least", "TransactWriteItems and StartExecution, bare", 1.8)
    yield over(LARGE, f"{LARGE}: its calls", "its own AWS calls, bare, and one base64 decoding", 1.3)
    yield over(DOCUMENT, HEALTH, "GET /health", 2)
