"""Requests to a warm API, in a process of its own, turn by turn with the bare AWS calls that they make: `warm_child.py FILE`.

FILE has the requests and the number of turns; the CPU seconds of each turn are printed as JSON.
"""

import base64
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name
from canned_aws import Context, install  # type: ignore[import-not-found]  # next to this script

Call = tuple[str, str, dict[str, Any]]
# Recording a video and starting its execution is the least that an order asks of AWS.
LEAST = ("TransactWriteItems", "StartExecution")
WARM_UP = 3


class Recorder:
    """Notes the calls of the product's clients: service, operation and parameters."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION
        boto3.DEFAULT_SESSION.events.register("provide-client-params", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: object) -> None:
        self.calls.append((model.service_model.service_name, model.name, params))

    def of(self, work: Callable[[], object]) -> list[Call]:
        """Return the calls that a piece of work makes."""
        self.calls = []
        work()
        return self.calls


class Requests:
    """The API of this process; every request has another Idempotency-Key."""

    def __init__(self) -> None:
        import app  # type: ignore[import-not-found]  # the function's own, first on the path; it builds its clients at once

        self._app, self._number = app, 0

    def send(self, event: dict[str, Any], status: int) -> None:
        """Send one request."""
        self._number += 1
        headers = event["headers"] | (
            {"idempotency-key": f"key-{self._number}"} if event["requestContext"]["http"]["method"] == "POST" else {}
        )
        answer = self._app.handler(event | {"headers": headers}, Context())
        if answer["statusCode"] != status:
            raise SystemExit(f"{answer['statusCode']}: {answer['body'][:500]}")


def bare(calls: list[Call]) -> Callable[[], None]:
    """Return a job that makes the same calls by clients of their own."""
    plain = boto3.session.Session()
    clients = {service: plain.client(service) for service, _, _ in calls}  # type: ignore[call-overload]
    methods = [(getattr(clients[service], xform_name(operation)), params) for service, operation, params in calls]

    def job() -> None:
        for method, params in methods:
            method(**params)

    return job


def with_image(body: str, calls: Callable[[], None]) -> Callable[[], None]:
    """Return a job that also decodes the image of an order, once."""
    image = json.loads(body)["image"].partition(",")[2]

    def job() -> None:
        base64.b64decode(image)
        calls()

    return job


def jobs_of(requests: dict[str, dict[str, Any]]) -> dict[str, Callable[[], object]]:
    """Return each request as a job, and the calls of each POST."""
    recorder, api, found = Recorder(), Requests(), dict[str, Callable[[], object]]()
    for name, each in requests.items():
        send = lambda each=each: api.send(each["event"], each["status"])  # noqa: E731  # type: ignore[misc]
        send()  # the first request of a sandbox makes more calls
        calls = recorder.of(send)
        found[name] = send
        if each["event"]["requestContext"]["http"]["method"] == "POST":
            own = bare(calls)
            found[f"{name}: its calls"] = with_image(each["event"]["body"], own) if "base64," in each["event"]["body"] else own
            found[f"{name}: the least"] = bare([call for call in calls if call[1] in LEAST])
    return found


def main(file: str) -> None:
    """Run all jobs in turn."""
    install()
    asked = json.loads(Path(file).read_text())
    jobs = jobs_of(asked["requests"])
    seen: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(-WARM_UP, asked["turns"]):
        for name, job in jobs.items():
            began = time.process_time()
            job()
            if turn >= 0:
                seen[name].append(time.process_time() - began)
    sys.stderr.write(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])
