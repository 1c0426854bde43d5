"""An upstream for a check: scripted by the prompt, paid in a table that is the ledger, with a receiver of webhooks.

A prompt holds its script in brackets: `[check label=a1 create=429:2 polls=2]`. The function needs nothing but boto3.
"""

import base64
import hashlib
import json
import os
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3

Event = dict[str, Any]
Answer = dict[str, Any]

SCRIPT = re.compile(r"\[check ([^\]]*)\]")
# Below the 30 s of an HTTP API.
LONGEST_SLEEP = 25
LINK_SECONDS = 86_400
# Below the 400 KB of an item.
LONGEST_BODY = 300_000


class Dropped(Exception):
    """The answer is lost: the gateway says 500, a local server closes the connection."""


class Upstream:
    """Answers payload 2.0 events; `link` signs the video's address, `sleep` takes seconds."""

    def __init__(self, table: Any, *, link: Callable[[], str], sleep: Callable[[float], None] = time.sleep) -> None:
        self._table, self._link, self._sleep = table, link, sleep

    def answer(self, event: Event) -> Answer:
        """Route one request."""
        path, method = event["rawPath"], event["requestContext"]["http"]["method"]
        if path.startswith("/hook/"):
            return self._hook(path.removeprefix("/hook/"), event)
        if not self._is_allowed(event["headers"].get("authorization", "")):
            return _refusal(401, "FAILED_TO_AUTH", "the API key is not valid")
        if method == "POST" and path.startswith("/v3/async/"):
            return self._create(_body(event))
        if method == "GET" and path == "/v3/async/task-result":
            return self._result((event.get("queryStringParameters") or {}).get("task_id", ""))
        return _answer(404, {"message": "Not Found"})

    def _is_allowed(self, authorization: str) -> bool:
        stored = self._table.get_item(Key={"id": "key"}, ConsistentRead=True).get("Item", {})
        # Without a stored key nobody may call: the address is public.
        return bool(stored) and authorization == f"Bearer {stored['value']}"

    # The script is applied in this order: refused, counted refusals, then accepted and paid, then the answer's fate.
    def _create(self, body: bytes) -> Answer:
        script = read_script(json.loads(body).get("prompt", ""))
        kind, _, argument = script.get("create", "").partition(":")
        if kind == "refuse":
            return _refusal(400, "INVALID_REQUEST_BODY", "refused by the script")
        if kind == "429" and self._count(f"tries#{script['label']}") <= int(argument or 1):
            return _refusal(429, "RATE_LIMIT_EXCEEDED", "too many requests", {"retry-after": "1"})
        task = self._pay(script, body)
        if kind == "slow":
            self._sleep(min(float(argument or 1), LONGEST_SLEEP))
        if kind == "drop":
            raise Dropped(task)
        if kind == "500":
            return _refusal(500, "CREATE_TASK_FAILED", "failed to create the task")
        return _answer(200, {"id": task})

    def _pay(self, script: dict[str, str], body: bytes) -> str:
        task = str(uuid.uuid4())
        digest = hashlib.sha256(body).hexdigest()
        paid = {"kind": "payment", "label": script["label"], "script": json.dumps(script), "body_sha256": digest, "bytes": len(body)}
        self._table.put_item(Item={"id": f"task#{task}", "task": task, "at": str(time.time()), **paid})
        return task

    def _result(self, task: str) -> Answer:
        item = self._table.get_item(Key={"id": f"task#{task}"}, ConsistentRead=True).get("Item")
        if item is None:
            return _refusal(404, "TASK_NOT_FOUND", "task not found")
        script, asked = json.loads(item["script"]), self._count(f"polls#{task}")
        if asked <= int(script.get("polls", 2)):
            return _answer(200, _state(task, "TASK_STATUS_PROCESSING"))
        if script.get("end") == "fail":
            return _answer(200, _state(task, "TASK_STATUS_FAILED", reason="failed by the script"))
        video = {"video_url": self._link(), "video_url_ttl": str(LINK_SECONDS), "video_type": "mp4"}
        return _answer(200, _state(task, "TASK_STATUS_SUCCEED", videos=[video]))

    def _hook(self, name: str, event: Event) -> Answer:
        """Store a webhook; the first N of a name that ends in `-failN` are answered with 503."""
        number = self._count(f"hooks#{name}")
        failures = int((re.search(r"-fail(\d+)$", name) or [0, 0])[1])
        status = 503 if number <= failures else 204
        body = _body(event)
        stored = {"kind": "hook", "name": name, "number": number, "status": status, "headers": json.dumps(event["headers"])}
        text = {"body": body.decode("utf-8", "replace")[:LONGEST_BODY], "bytes": len(body)}
        self._table.put_item(Item={"id": f"hook#{uuid.uuid4()}", "at": str(time.time()), **stored, **text})
        return {"statusCode": status, "headers": {}, "body": ""}

    def _count(self, what: str) -> int:
        changed = self._table.update_item(
            Key={"id": what}, UpdateExpression="ADD times :one", ExpressionAttributeValues={":one": 1}, ReturnValues="UPDATED_NEW"
        )
        return int(changed["Attributes"]["times"])


def read_script(prompt: str) -> dict[str, str]:
    """Return the words of a prompt's script; its label is empty if there is none."""
    found = SCRIPT.search(prompt)
    words = dict(word.split("=", 1) for word in found[1].split() if "=" in word) if found else {}
    return {"label": "", **words}


def _body(event: Event) -> bytes:
    text = event.get("body") or ""
    return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()


def _state(task: str, status: str, *, reason: str = "", videos: list[dict[str, str]] | None = None) -> dict[str, Any]:
    about = {"task_id": task, "task_type": "IMG_TO_VIDEO", "status": status, "reason": reason, "eta": 0, "progress_percent": 50}
    return {"extra": {}, "task": about, "images": [], "videos": videos or [], "audios": []}


def _refusal(status: int, reason: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    return _answer(status, {"code": status, "reason": reason, "message": message, "metadata": {}}, headers)


def _answer(status: int, body: object, headers: dict[str, str] | None = None) -> Answer:
    return {"statusCode": status, "headers": {"content-type": "application/json", **(headers or {})}, "body": json.dumps(body)}


_upstream: list[Upstream] = []


def handler(event: Event, context: object) -> Answer:
    """Answer as the deployed function; the parts are built on the first request."""
    if not _upstream:
        s3 = boto3.client("s3", region_name=os.environ["AWS_REGION"], endpoint_url=f"https://s3.{os.environ['AWS_REGION']}.amazonaws.com")
        video = {"Bucket": os.environ["BUCKET"], "Key": "video.mp4"}
        table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
        _upstream.append(Upstream(table, link=lambda: s3.generate_presigned_url("get_object", Params=video, ExpiresIn=LINK_SECONDS)))
    return _upstream[0].answer(event)
