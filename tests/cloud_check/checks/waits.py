"""`Prefer: wait` is answered before the gateway gives up."""

import re

from tests.cloud_check.registry import Stage, check, expect, require
from tests.cloud_check.run import Run
from tests.cloud_check.tenant import label

# What the gateway allows, and what a client may ask for.
GATEWAY_SECONDS, LONGEST = 30, 25


@check(Stage.PROMISES, "Prefer: wait is applied on POST and GET, and never meets the gateway's time-out")
def a_wait_is_applied(run: Run) -> str:
    mark = label()
    posted = run.tenant.post(run.tenant.body(mark, "polls=4"), f"order-{mark}", Prefer=f"wait={LONGEST}")
    require(f"the order was answered with {posted.status_code}", posted.status_code == 202)
    video = posted.json()["id"]
    run.remember(mark, video)
    got = run.tenant.get(f"/v1/videos/{video}", headers={"Prefer": f"wait={LONGEST}"})
    expect("GET", got.status_code, 200)
    waits = [_applied(answer.headers.get("Preference-Applied", "")) for answer in (posted, got)]
    # A parameter may lower what is applied.
    require(f"waits of {waits} s were applied", all(0 <= wait <= LONGEST for wait in waits))
    ignored = run.tenant.get(f"/v1/videos/{video}", headers={"Prefer": "wait=soon"})
    expect("a wait that is no number", (ignored.status_code, "Preference-Applied" in ignored.headers), (200, False))
    took = [answer.elapsed.total_seconds() for answer in (posted, got)]
    require(f"an answer took {max(took):.1f} s", max(took) < GATEWAY_SECONDS)
    run.tenant.reached(video, "succeeded")
    return f"POST {posted.json()['status']} after {took[0]:.1f} s, GET {got.json()['status']} after {took[1]:.1f} s"


def _applied(header: str) -> int:
    found = re.fullmatch(r"wait=(\d+)", header)
    require(f"Preference-Applied is {header!r}", found)
    return int(found[1]) if found else -1
