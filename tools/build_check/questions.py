"""What each handler is asked, and what its answer must hold: without AWS, and with the local service's AWS."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Question:
    """An event, and a part of the answer to it."""

    event: dict[str, Any]
    answer: dict[str, Any]

    @property
    def name(self) -> str:
        """Return the method and path of a request, or nothing for an event of a step."""
        call = self.event.get("requestContext", {}).get("http", {})
        return f"{call['method']} {call['path']}" if call else ""


ORDER = {"prompt": "Waves roll in.", "image": "https://example.com/picture.png", "duration": 5}


def keyless(root: Path) -> dict[str, list[Question]]:
    """Return what the API answers without reading anything from AWS, by the function's logical id."""
    wanted = {("GET", "/health"): 200, ("GET", "/docs"): 200, ("GET", "/openapi.json"): 200}
    refused = {("GET", "/v1/videos"): 401, ("GET", "/nothing"): 404, ("PUT", "/health"): 405}
    return {"ApiFunction": [Question(_request(root, *call), {"statusCode": status}) for call, status in (wanted | refused).items()]}


def with_aws(root: Path, api_key: str) -> dict[str, list[Question]]:
    """Return what every function answers in a new stack, by its logical id: there is no video yet."""
    listed = Question(_request(root, "GET", "/v1/videos", api_key), {"statusCode": 200})
    quoted = Question(_request(root, "POST", "/v1/quotes", api_key, ORDER), {"statusCode": 200})
    steps = {f"{step.capitalize()}Function": [Question(_event(root, step), {"next": "done"})] for step in STEPS}
    console = Question(_request(root, "GET", "/console/app.js"), {"statusCode": 200})  # its policy needs credentials, to presign
    return {"ApiFunction": [listed, quoted, console], **steps, "SweepFunction": [Question(_event(root, "sweep"), {"seen": 0})]}


STEPS = ("submit", "poll", "archive", "thumbnail", "notify", "deliver")


def _event(root: Path, step: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((root / f"events/{step}.json").read_text())
    return event


def _request(root: Path, method: str, path: str, api_key: str | None = None, body: dict[str, Any] | None = None) -> dict[str, Any]:
    event = _event(root, "api")
    event["rawPath"] = path
    event["requestContext"]["http"] |= {"method": method, "path": path}
    if api_key:
        event["headers"]["authorization"] = f"Bearer {api_key}"
    if body:
        event["body"] = json.dumps(body)
        event["headers"] |= {"content-type": "application/json", "content-length": str(len(event["body"]))}
    return event
