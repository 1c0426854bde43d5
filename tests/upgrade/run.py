"""One run: orders in four waves, and between them the code is exchanged while videos and deliveries are on their way."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from local.demo.draw_lighthouse import PICTURE
from local.receiver.command import fetch_secrets
from local.receiver.server import Receiver
from local.serve.options import parse
from tests.support.makers import data_uri
from tests.upgrade.deployment import Deployment
from tests.upgrade.orders import Kind, kind_of

ENDED = ("succeeded", "failed", "expired", "canceled")
# A machine that is busy with other work may need minutes; a run that hangs never ends.
PATIENCE_SECONDS = 900
# So many deliveries are refused first, so that deliveries are on their way in each exchange.
REFUSED_DELIVERIES = 12


@dataclass
class Ordered:
    """An order: its kind, its video's id, and what is needed to send it again."""

    kind: Kind
    key: str
    body: dict[str, Any]
    video_id: str


@dataclass
class Findings:
    """What the run saw: `wrong` must be empty."""

    wrong: list[str] = field(default_factory=list)
    exchanges: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


class Run:
    """A service that begins with one tree; `exchange` deploys another, `finish` waits for all ends and looks at everything."""

    def __init__(self, tree: Path, state: Path, time_scale: float, say: Callable[[str], None]) -> None:
        command = ["--port", "0", "--ephemeral", "--state-dir", str(state), "--template", str(tree / "template.yaml")]
        options = parse([*command, "--time-scale", str(time_scale)])
        self._say, self.findings, self.orders = say, Findings(), list[Ordered]()
        self.service = Deployment(options, lambda line: None)
        self.ready = self.service.start()
        self._parameters = {
            "UpstreamUrl": self.ready.simulator,
            "PublicBaseUrl": self.ready.api,
            "NotificationEmail": "you@example.com",
            "AlarmEmail": "you@example.com",
        }
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.ready.api_key}"
        ready = {"api": self.ready.api, "api_key": self.ready.api_key}
        # The secrets of the first version verify all events of both.
        secrets = fetch_secrets(ready)
        self.receiver = Receiver(0, lambda refresh: secrets, self._hear, failures=REFUSED_DELIVERIES)
        self.receiver.start()

    def _hear(self, line: str) -> None:
        if line.startswith("rejected"):
            self.findings.wrong.append(f"a webhook did not verify: {line}")

    def order(self, count: int) -> None:
        """Order so many videos, each with a webhook."""
        for _ in range(count):
            number = len(self.orders)
            kind, key = kind_of(number), f"order-{number}"
            prompt = f"A lighthouse, number {number} {kind.directive}".strip()
            body = {
                "image": data_uri(PICTURE.read_bytes()),
                "prompt": prompt,
                "duration": 4,
                "resolution": "480p",
                "webhook_url": self.receiver.url,
            }
            answer = self._post(key, body)
            self.orders.append(Ordered(kind, key, body, answer["id"]))

    def _post(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.session.post(f"{self.ready.api}/v1/videos", json=body, headers={"Idempotency-Key": key}, timeout=120)
        if answer.status_code not in (200, 202):
            raise SystemExit(f"an order was refused: {answer.status_code} {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found

    def read(self, video_id: str) -> dict[str, Any]:
        """Return a video as the API shows it now."""
        answer = self.session.get(f"{self.ready.api}/v1/videos/{video_id}", timeout=120)
        if answer.status_code != 200:
            self.findings.wrong.append(f"{video_id} cannot be read: {answer.status_code} {answer.text[:200]}")
            return {"status": "unreadable"}
        found: dict[str, Any] = answer.json()
        return found

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for a condition."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                self.findings.wrong.append(f"never: {what}")
                return
            time.sleep(0.1)

    def exchange(self, tree: Path, name: str) -> None:
        """Deploy a tree while videos are on their way; then read and repeat every order that was made before."""
        states = Counter(self.read(each.video_id)["status"] for each in self.orders)
        pending = sum(self._is_pending(item) for item in self._items("WebhooksTable"))
        self.service.deploy(tree, self._parameters)
        line = f"to {name}, with {len(self.orders)} videos ({', '.join(f'{n} {state}' for state, n in sorted(states.items()))})"
        self.findings.exchanges.append(f"{line} and {pending} deliveries pending")
        self._say(self.findings.exchanges[-1])
        for each in self.orders:
            self.read(each.video_id)
            again = self._post(each.key, each.body)["id"]
            if again != each.video_id:
                self.findings.wrong.append(f"the order of {each.video_id}, sent again after the exchange to {name}, became {again}")
        deliveries = self.session.get(f"{self.ready.api}/v1/videos/{self.orders[0].video_id}/deliveries", timeout=120)
        if deliveries.status_code != 200:
            self.findings.wrong.append(f"deliveries cannot be read after the exchange to {name}: {deliveries.status_code}")

    def stop_executions(self, count: int) -> None:
        """Abort so many executions, so that the sweep of the next version has to continue them."""
        machine = self.service.created["VideoStateMachine"].ref
        client = self.service.context.client("stepfunctions")
        running = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        for execution in running[:count]:
            client.stop_execution(executionArn=execution["executionArn"])

    def finish(self) -> Findings:
        """Wait until every video and every delivery has ended, and look at everything."""
        self.until(lambda: all(self.read(each.video_id)["status"] == each.kind.ends for each in self.orders), "every video as expected")
        self.until(lambda: not any(self._is_pending(item) for item in self._items("WebhooksTable")), "every delivery ended")
        self.until(lambda: self._untold() == [], "every end told")
        self._check_videos()
        self._check_payments()
        self._check_executions()
        self.findings.wrong += self._untold()
        self._count_errors()
        self.receiver.stop()
        self.service.stop()
        return self.findings

    def _check_videos(self) -> None:
        for each in self.orders:
            video = self.read(each.video_id)
            if video["status"] != each.kind.ends:
                self.findings.wrong.append(f"{each.video_id} ({each.kind.name}) is {video['status']}, not {each.kind.ends}")
            if video["status"] == "succeeded":
                self._check_file(video)

    def _check_file(self, video: dict[str, Any]) -> None:
        links = {video["video"]["url"], video["video"]["link"], *self._links_told(video["id"])}
        for link in links:
            content = requests.get(link, timeout=120)
            if hashlib.sha256(content.content).hexdigest() != video["video"]["sha256"]:
                self.findings.wrong.append(f"a link of {video['id']} gives {content.status_code} instead of the video")

    def _links_told(self, video_id: str) -> set[str]:
        data = (event["data"] for event in self.receiver.events if event["data"]["id"] == video_id)
        return {each["video"]["link"] for each in data if each.get("video")}

    def _check_payments(self) -> None:
        entries = requests.get(f"{self.ready.simulator}/_ledger", timeout=120).json()["entries"]
        wanted = sum(each.kind.paid for each in self.orders)
        if len(entries) != wanted:
            self.findings.wrong.append(f"{len(entries)} payments for {wanted} paid orders")
        twice = [body for body, count in Counter(each["body_sha256"] for each in entries).items() if count > 1]
        self.findings.wrong += [f"paid twice: an order with the body {body}" for body in twice]

    def _check_executions(self) -> None:
        client = self.service.context.client("stepfunctions")
        for name in ("VideoStateMachine", "DeliveryStateMachine"):
            machine = self.service.created[name].ref
            for status in ("FAILED", "TIMED_OUT"):
                red = client.list_executions(stateMachineArn=machine, statusFilter=status)["executions"]
                self.findings.wrong += [f"the execution {each['name']} is {status}" for each in red]

    def _untold(self) -> list[str]:
        """Return the ends of which no webhook and no e-mail tells."""
        told = {(event["data"]["id"], event["type"]) for event in self.receiver.events}
        mails = "".join(path.read_text(errors="replace") for path in Path(self.ready.mail).glob("*.eml"))
        silent = [each for each in self.orders if (each.video_id, f"video.{each.kind.ends}") not in told]
        unsent = [each for each in self.orders if each.video_id not in mails]
        return [f"no webhook tells that {each.video_id} {each.kind.ends}" for each in silent] + [
            f"no e-mail tells of {each.video_id}" for each in unsent
        ]

    def _count_errors(self) -> None:
        """Count the errors that the functions raised; each is retried, so none of them alone is wrong."""
        for path in sorted(Path(self.ready.logs).glob("*Function.log")):
            for line in path.read_text(errors="replace").splitlines():
                if '"errorType"' in line:
                    described = json.loads(line)
                    error = described.get("errorType") or described.get("record", {}).get("errorType")
                    self.findings.errors[f"{path.stem}: {error}: {str(described.get('errorMessage'))[:120]}"] += 1

    def _items(self, table: str) -> list[dict[str, Any]]:
        name = self.service.created[table].ref
        items: list[dict[str, Any]] = self.service.context.client("dynamodb").scan(TableName=name)["Items"]
        return items

    @staticmethod
    def _is_pending(item: dict[str, Any]) -> bool:
        return item.get("status", {}).get("S") == "pending"
