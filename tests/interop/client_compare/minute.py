"""`python minute.py CLIENT URL VIDEOS`: one client waits for so many videos for a minute, of a clock that moves when it sleeps.

Each client waits as its own documentation shows. The package of the client alone is installed where this runs.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

SECONDS = 60.0


class Over(BaseException):
    """The minute is over; no client catches it."""


class Clock:
    """Time passes while somebody sleeps, and while a server holds its answer."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= SECONDS:
            raise Over


def replicate(url: str, ids: Sequence[str], clock: Clock) -> Any:
    """Wait with `prediction.wait()`."""
    from replicate.client import Client
    from replicate.prediction import Prediction

    client = Client(api_token="any", base_url=url)  # noqa: S106 - the server takes any
    for each in ids:
        prediction = Prediction(id=each, model="a/b", version="1", status="starting", input=None, output=None, logs=None, error=None)
        prediction._client = client
        _one_minute(prediction.wait, clock)


def fal(url: str, ids: Sequence[str], clock: Clock) -> Any:
    """Wait with `handle.get()`, as `fal_client.subscribe` does."""
    import fal_client
    import httpx

    with httpx.Client() as http:
        for each in ids:
            at = f"{url}/a/b/requests/{each}"
            handle = fal_client.SyncRequestHandle(each, response_url=at, status_url=f"{at}/status", cancel_url=f"{at}/cancel", client=http)
            _one_minute(handle.get, clock)


def openai(url: str, ids: Sequence[str], clock: Clock) -> Any:
    """Wait with `client.videos.poll(id)`, as `create_and_poll` does."""
    from openai import OpenAI

    client = OpenAI(api_key="any", base_url=url)
    for each in ids:
        _one_minute(lambda each=each: client.videos.poll(each), clock)  # type: ignore[misc]


def ours(url: str, ids: Sequence[str], clock: Clock) -> Any:
    """Wait with `client.videos.wait_many(ids)`."""
    client = _our_client(url, clock)
    _one_minute(lambda: list(client.videos.wait_many(ids)), clock)


def ours_singly(url: str, ids: Sequence[str], clock: Clock) -> Any:
    """Wait with `video.wait()`, as a hundred processes would."""
    client = _our_client(url, clock)
    for each in ids:
        _one_minute(lambda each=each: client.videos.wait(each), clock)  # type: ignore[misc]


def _our_client(url: str, clock: Clock) -> Any:
    import httpx

    from cliprelay_client import Client

    http = httpx.Client(event_hooks={"response": [lambda response: clock.sleep(float(response.headers["Held"]))]})
    client = Client(url, "any", http=http)
    client.core.clock = clock
    client.driver._sleep = clock.sleep
    return client


def _one_minute(wait: Callable[[], Any], clock: Clock) -> None:
    clock.now = 0.0
    try:
        wait()
    except Over:
        return
    raise SystemExit("the client did not wait for the whole minute")


WAITS = {"replicate": replicate, "fal": fal, "openai": openai, "ours": ours, "ours_singly": ours_singly}


def main(name: str, url: str, videos: str) -> None:
    """Wait, while `time.sleep` moves the clock."""
    clock = Clock()
    time.sleep = clock.sleep  # type: ignore[assignment]  # no client sleeps for anything but a number
    WAITS[name](url, [f"vid_{number:026d}" for number in range(int(videos))], clock)


if __name__ == "__main__":
    main(*sys.argv[1:])
