"""A simulated client hears one answer to each of its requests."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.simulation.actors import readers
from tests.simulation.actors.readers import Readers
from tests.simulation.actors.requests import PATIENCE, ask
from tests.simulation.runtime.clock import Timeline

Data = dict[str, Any]
Answered = Callable[[Data | None, str | None], None]


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(1_000.0)


def test_a_second_answer_is_heard_by_nobody(timeline: Timeline) -> None:
    heard: list[Data | None] = []

    def twice(event: Data, answered: Answered) -> None:
        answered({"statusCode": 200}, None)
        timeline.after(PATIENCE * 40, lambda: answered({"statusCode": 404}, None))

    ask(timeline, twice, {}, heard.append)
    timeline.run()
    assert heard == [{"statusCode": 200}]


def test_a_request_without_an_answer_is_given_up(timeline: Timeline) -> None:
    heard: list[tuple[float, Data | None]] = []
    ask(timeline, lambda event, answered: None, {}, lambda answer: heard.append((timeline.now, answer)))
    timeline.run()
    assert heard == [(1_000.0 + PATIENCE, None)]


def test_readers_stay_as_many_as_they_are(timeline: Timeline) -> None:
    """A frozen function is given up, thaws, and answers after all: the reader that goes on is still one."""
    asked: list[float] = []

    def thawing(event: Data, answered: Answered) -> None:
        asked.append(timeline.now)
        timeline.after(29, lambda: answered(None, "Sandbox.Timedout"))
        timeline.after(600, lambda: answered({"statusCode": 503}, None))

    Readers(timeline, Random(1), thawing, lambda rule, what: None, {}).watch("vid_1", "key")  # noqa: S311
    timeline.run(lambda: timeline.now > 1_000 + 48 * 3_600)
    # Pauses of 910 seconds on average.
    assert len(asked) < 48 * 3_600 / 910 * 1.3


def _answering(link: int, revocation: int, asked: list[str]) -> Callable[[Data, Answered], None]:
    """A service with one finished video, whose link answers with a given status."""

    def answer(event: Data, answered: Answered) -> None:
        method, path = event["requestContext"]["http"]["method"], event["rawPath"]
        asked.append(f"{method} {path}")
        if "/links/" in path:
            headers = {"Location": "https://bucket.s3.us-east-1.amazonaws.com/videos/acme/vid_1.mp4?X-Amz-Expires=3600"}
            return answered({"statusCode": link, "headers": headers, "body": ""}, None)
        status = revocation if method == "DELETE" else 200
        file = {"url": "https://bucket.example.com/", "link": f"https://api.example.com/v1/links/{'new' if method == 'DELETE' else 'old'}"}
        return answered({"statusCode": status, "body": json.dumps({"id": "vid_1", "status": "succeeded", "video": file})}, None)

    return answer


@pytest.mark.parametrize(
    ("revokes", "link", "revocation", "violations"),
    [
        (False, 302, 200, []),
        (False, 404, 200, ["a link of vid_1 answers 404 instead of 302"]),
        (False, 410, 200, ["a link of vid_1 answers 410 instead of 302"]),
        (True, 302, 200, ["a link of vid_1 answers 302 instead of 410"]),
        (True, 410, 200, []),
        (True, 302, 404, ["the link of vid_1 cannot be revoked: 404"]),
    ],
)
def test_a_link_leads_to_the_file_until_it_is_revoked(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch, revokes: bool, link: int, revocation: int, violations: list[str]
) -> None:
    monkeypatch.setattr(readers, "REVOKED", float(revokes))
    found: list[str] = []
    asked: list[str] = []
    watching = Readers(timeline, Random(1), _answering(link, revocation, asked), lambda rule, what: found.append(what), {})  # noqa: S311
    watching.watch("vid_1", "key")
    timeline.run()
    assert found == violations
    assert ("DELETE /v1/videos/vid_1/links" in asked) == revokes
