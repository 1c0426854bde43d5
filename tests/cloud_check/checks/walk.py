"""The whole walk of one video, from the order to the message."""

import hashlib
from collections import Counter

from tests.cloud_check.registry import Refuted, Stage, check, expect
from tests.cloud_check.run import Run
from tests.cloud_check.tenant import ENDED, wait_for
from tests.cloud_check.upstream.ledger import check_video

# The states of a video that needs nothing to be tried again, without its turns of Wait, Poll and Next.
STATES = ("Submit", "Wait", "Poll", "Archive", "Notify")


@check(Stage.PROMISES, "An order becomes the upstream's file, byte for byte, with a green execution")
def an_order_becomes_the_file(run: Run) -> str:
    video, mark = run.order(metadata={"purpose": "check"})
    found = run.tenant.reached(video, "succeeded")
    content = run.tenant.get(f"/v1/videos/{video}/content")
    expect("GET /content", content.status_code, 302)
    file = run.target.open(content.headers["Location"]).content
    served = hashlib.sha256(check_video()).hexdigest()
    expect("SHA-256 of the download", hashlib.sha256(file).hexdigest(), served)
    expect("SHA-256 of the answer", found["video"]["sha256"], served)
    expect("metadata", found["metadata"], {"purpose": "check"})
    expect("payments", len(run.ledger.payments(mark)), 1)
    return f"{len(file)} bytes, equal SHA-256; {_execution(run, video)}"


def _execution(run: Run, video: str) -> str:
    (execution,) = wait_for(
        "the end of its execution", lambda: [each for each in run.target.executions(video) if each["status"] != "RUNNING"], 60
    )
    expect("status of the execution", execution["status"], "SUCCEEDED")
    events = list(run.target.history(execution["executionArn"]))
    states = [each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each]
    expect("states that are missing", set(STATES) - set(states), set())
    return f"execution SUCCEEDED with {len(states)} transitions, {len(events)} events, {states.count('Poll')} polls"


@check(Stage.AFTER, "Every video has ended, and each end was published once")
def every_end_was_published(run: Run) -> str:
    states = {video: wait_for("an end", lambda video=video: _ended(run, video)) for video in run.videos.values()}  # type: ignore[misc]
    wanted = Counter(states.values())

    def published() -> bool:
        counts = run.events.counts()
        return all(counts[(video, status)] for video, status in states.items())

    try:
        wait_for("a message for every end", published, 120)
    except Refuted:
        counts = run.events.counts()
        missing = [(video, status) for video, status in states.items() if not counts[(video, status)]]
        raise Refuted(f"no message for {missing}") from None
    counts = run.events.counts()
    expect("ends that were published more than once", {key: number for key, number in counts.items() if number > 1}, {})
    return ", ".join(f"{number} {status}" for status, number in sorted(wanted.items())) + f"; {sum(counts.values())} messages"


def _ended(run: Run, video: str) -> str:
    status = str(run.tenants[video].video(video)["status"])
    return status if status in ENDED else ""
