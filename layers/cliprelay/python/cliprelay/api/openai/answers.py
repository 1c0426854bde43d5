"""Answers with the header by which OpenAI's packages name a request in their messages."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.request import Request
from cliprelay.faces.openai import video_object
from cliprelay.video.record import Video

# The packages read this from the first unfinished answer alone, as a whole number; without it Python asks every second.
POLL_AFTER = "3000"


def answer_to(asking: Request, body: Mapping[str, Any], **headers: str) -> Answer:
    """Build a JSON answer."""
    return json_answer(body, HTTPStatus.OK, **{"x-request-id": asking.gateway_id}, **headers)


def video_answer(asking: Request, video: Video, **headers: str) -> Answer:
    """Build the answer that shows a video."""
    return answer_to(asking, video_object(video), **{"openai-poll-after-ms": POLL_AFTER}, **headers)
