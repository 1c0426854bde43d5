"""One request of a simulated client, and its one answer."""

from collections.abc import Callable
from typing import Any

from tests.simulation.runtime.clock import Timeline

Data = dict[str, Any]
Send = Callable[[Data, Callable[[Data | None, str | None], None]], None]

# These may appear only in the record and in the paid request.
PROMPT_SECRET, IMAGE_SECRET = "velvet-comet", "image-credential"
# As a client's HTTP library gives up: the gateway's own limit.
PATIENCE = 30


def ask(timeline: Timeline, send: Send, event: Data, heard: Callable[[Data | None], None]) -> None:
    """Send one request and return its answer, or None after `PATIENCE`; an answer after a thaw is lost."""
    waiting = True

    def hear(answer: Data | None, error: str | None) -> None:
        nonlocal waiting
        if waiting:
            waiting = False
            heard(answer)

    timeline.after(PATIENCE, lambda: hear(None, "patience"))
    send(event, hear)
