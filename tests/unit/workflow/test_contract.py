"""A step answers in the words of the definition that the execution began with."""

from collections.abc import Mapping
from typing import cast

import pytest

from cliprelay.workflow.contract import Event, Next, Result, in_words_of

# Definitions 3 and 4 of a future: "rest" came with 3, "nap" with 4.
FUTURE = cast("Mapping[int, Mapping[Next, Next]]", {1: {}, 2: {}, 3: {"rest": "wait"}, 4: {"nap": "rest", "look": "archive"}})


@pytest.mark.parametrize(
    ("definition", "then", "heard"),
    [
        (None, "nap", "wait"),
        (1, "nap", "wait"),
        (2, "rest", "wait"),
        (3, "nap", "rest"),
        (3, "rest", "rest"),
        (3, "look", "archive"),
        (4, "nap", "nap"),
        (None, "notify", "notify"),
        (5, "nap", "nap"),  # an execution of a version that was rolled back
    ],
)
def test_a_newer_word_becomes_the_one_that_the_execution_knows(definition: int | None, then: str, heard: str) -> None:
    event = Event(video_id="vid_1", run=1)
    if definition is not None:
        event["definition"] = definition
    answer = Result(video_id="vid_1", run=1, next=cast("Next", then), wait=7)
    assert in_words_of(event, answer, FUTURE) == {"video_id": "vid_1", "run": 1, "next": heard, "wait": 7}
    assert answer["next"] == then
