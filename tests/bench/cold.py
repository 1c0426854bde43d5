"""Cold starts: import and first request of every function, over `import boto3`, a client and one GetItem; CPU of whole processes."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.lambda_environment import STEPS, function_environment, packages, python
from tests.bench.rows import Row
from tests.bench.timing import child_seconds, paired
from tests.bench.walk import MINUTE_LONG
from tests.support.makers import request_event
from tests.support.paths import ROOT

ANCHOR = "import boto3, a client, one GetItem"
GOALS = {"api": 1.6}
STEP_GOAL = 1.25
TURNS = 7
_CHILD = Path(__file__).with_name("cold_child.py")


def first_requests() -> dict[str, list[dict[str, Any]]]:
    """Return what each function is asked: the API for its health or an order, a step about a video that does not exist."""
    order = request_event("POST", "/v1/videos", body=MINUTE_LONG.body, key="clr_any", headers={"idempotency-key": "any"})
    found = {step: [{"event": json.loads((ROOT / "events" / f"{step}.json").read_text())}] for step in STEPS if step != "api"}
    health = {"event": request_event("GET", "/health"), "status": 200}
    posted, read = {"event": order, "status": 202}, {"event": request_event("GET", "/openapi.json"), "status": 200}
    return {"api": [health], "api, POST": [posted], "api, /openapi.json": [read], **found}


def measure(turns: int = TURNS, only: tuple[str, ...] = ()) -> Iterator[Row]:
    """Start every function so many times, in turn with the anchor."""
    with TemporaryDirectory(prefix="cliprelay-bench-") as folder:
        jobs = {name: each for name, each in first_requests().items() if not only or name in only}
        seen: dict[str, list[float]] = {name: [] for name in ("anchor", *jobs)}
        for turn in range(-1, turns):  # the first one compiles
            for name in seen:
                seconds = _start(name, jobs.get(name), Path(folder))
                if turn >= 0:
                    seen[name].append(seconds)
    for name in jobs:
        goal = GOALS.get(name, None if name.startswith("api") else STEP_GOAL)
        yield Row("cold", f"{name}: import and first request", ANCHOR, paired(seen["anchor"], seen[name]), goal, "ratio")


def _start(name: str, events: list[dict[str, Any]] | None, folder: Path) -> float:
    file = folder / f"{name.replace('/', '')}.json"
    file.write_text(json.dumps(events))
    what = "anchor" if events is None else str(file)
    # -P: the folder of this script is not on the path.
    environment = function_environment("poll" if events is None else name.partition(",")[0], packages())
    return child_seconds([python(), "-P", "-X", "utf8", str(_CHILD), what], environment, folder)
