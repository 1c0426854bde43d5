"""A client of the running service, with access to its internals."""

import email
import email.policy
import uuid
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import requests

from local.demo.draw_lighthouse import PICTURE
from tests.support.local_service import LocalService, eventually
from tests.support.makers import data_uri

ENDED = ("succeeded", "failed", "expired", "canceled", "unconfirmed")


class Client:
    """A client of the service's first tenant."""

    def __init__(self, service: LocalService) -> None:
        self.service = service
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {service.ready['api_key']}"

    def post(self, prompt: str, *, key: str | None = None, **fields: Any) -> requests.Response:
        """Order a small video of the demo's image."""
        body = {"image": data_uri(PICTURE.read_bytes()), "prompt": prompt, "duration": 4, "resolution": "480p", **fields}
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.session.post(f"{self.service.api}/v1/videos", json=body, headers=headers, timeout=60)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.session.get(f"{self.service.api}{path}", timeout=60, **kwargs)

    def order(self, prompt: str, **fields: Any) -> str:
        """Order a video and return its id."""
        answer = self.post(prompt, **fields)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def ending(self, video_id: str) -> dict[str, Any]:
        """Return the video once it has ended or is unconfirmed."""

        def ended() -> dict[str, Any]:
            video: dict[str, Any] = self.get(f"/v1/videos/{video_id}").json()
            return video if video["status"] in ENDED else {}

        return eventually(ended)

    def mail(self, video_id: str) -> EmailMessage:
        """Return the e-mail about a video once it has arrived."""
        folder = Path(self.service.ready["mail"])

        def found() -> EmailMessage | None:
            messages = (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.glob("*.eml"))
            return next((message for message in messages if video_id in message["Subject"]), None)

        message = eventually(found)
        assert message
        return message

    def paid(self) -> list[dict[str, Any]]:
        """Return the simulator's ledger of payments."""
        entries: list[dict[str, Any]] = requests.get(f"{self.service.ready['simulator']}/_ledger", timeout=30).json()["entries"]
        return entries

    def records(self) -> list[dict[str, Any]]:
        """Return all items of the videos table, in DynamoDB's format."""
        dynamodb = self.service.client("dynamodb")
        return list(dynamodb.scan(TableName=self.service.outputs()["VideosTableName"])["Items"])

    def execution(self, video_id: str, run: int = 1) -> str:
        """Return the ARN of a video's execution."""
        return self.service.outputs()["StateMachineArn"].replace(":stateMachine:", ":execution:") + f":{video_id}-{run}"
