"""Everything else that a user changes: each answered change must still hold after every crash."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import requests
from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.tenants.api_keys import ApiKeyTable
from local.account import STACK_NAME, client
from local.demo.draw_lighthouse import PICTURE
from tests.durability.customer import Customer
from tests.durability.processes import Service

Check = Callable[[], str]
# A change that is refused so often shows nothing about crashes.
ENOUGH = 10


@dataclass
class Facts:
    """Changes of every kind, one after the other; `checks` has one for each that was answered."""

    service: Service
    customer: Customer
    checks: list[Check] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    tried: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=count)

    def change(self) -> bool:
        """Make the next change; return whether it was answered."""
        number = next(self._numbers)
        kinds = (self._key, self._upload, self._revoke_link, self._webhook, self._subscribe, self._object, self._secret, self._message)
        kind = kinds[number % len(kinds)]
        self.tried[kind.__name__] += 1
        try:
            kind(number)
        except (ClientError, BotoCoreError, requests.RequestException, KeyError, IndexError):
            return False  # not answered, or nothing to change yet
        self.answered[kind.__name__] += 1
        return True

    def wrong(self) -> list[str]:
        """Return what no longer holds."""
        never = [kind for kind, times in self.tried.items() if times >= ENOUGH and not self.answered[kind]]
        return [problem for check in self.checks if (problem := check())] + [f"no change of the kind {kind} was answered" for kind in never]

    def _aws(self, service: str) -> Any:
        return client(service, self.service.ready["aws"])

    def _outputs(self) -> dict[str, str]:
        stack = self._aws("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _key(self, number: int) -> None:
        key = ApiKeyTable(self._aws("dynamodb"), self._outputs()["KeysTableName"]).create("another")

        def check() -> str:
            answer = requests.get(f"{self.service.ready['api']}/v1/videos", headers={"Authorization": f"Bearer {key}"}, timeout=60)
            return "" if answer.status_code == 200 else f"an API key no longer works: {answer.status_code}"

        self.checks.append(check)

    def _upload(self, number: int) -> None:
        """Upload a picture, which the customer then orders with; an order whose picture is lost is refused."""
        picture = PICTURE.read_bytes() + b"\0" * number
        form = self.customer.send("POST", "/v1/uploads", json={"content_type": "image/png", "bytes": len(picture)})
        given = form.json() if form else {}
        stored = requests.post(given["url"], data=given["fields"], files={"file": picture}, timeout=60)
        if stored.status_code != 204:
            raise KeyError(given["image"])
        self.customer.images[1:] = [given["image"]]

    def _revoke_link(self, number: int) -> None:
        videos = self.customer.videos() or {}
        video = [each for each in videos.values() if each["status"] == "succeeded"][-1]
        self.revoked.add(video["id"])  # also if the answer does not come
        before = video["video"]["link"]
        answer = self.customer.send("DELETE", f"/v1/videos/{video['id']}/links")
        if answer is None:
            raise KeyError(video["id"])

        def check() -> str:
            status = requests.get(before, timeout=60, allow_redirects=False).status_code
            return "" if status in (404, 410) else f"a revoked link of {video['id']} answers {status}"

        self.checks.append(check)

    def _webhook(self, number: int) -> None:
        url = f"{self.customer.webhook}?default={number}"
        answer = self.customer.send("PUT", "/v1/webhook", json={"url": url})
        if answer is None:
            raise KeyError(url)

        def check() -> str:
            now = self.customer.send("GET", "/v1/webhook")
            shown = int(now.json()["url"].rpartition("=")[2]) if now else -1
            return "" if shown >= number else f"the default webhook is {shown} instead of {number}"

        self.checks.append(check)

    def _subscribe(self, number: int) -> None:
        """Subscribe to a topic of the user's own, to which nothing is published."""
        topic, address = self._aws("sns").create_topic(Name="notes")["TopicArn"], f"reader-{number}@example.com"
        arn = self._aws("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint=address, ReturnSubscriptionArn=True)["SubscriptionArn"]

        def check() -> str:
            pages = self._aws("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            known = {each["Endpoint"]: each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]}
            return "" if known.get(address) == arn else f"the subscription of {address} is {known.get(address)} instead of {arn}"

        self.checks.append(check)

    def _object(self, number: int) -> None:
        bucket, key, body = self._outputs()["VideoBucketName"], f"notes/{number}", f"note {number}".encode()
        self._aws("s3").put_object(Bucket=bucket, Key=key, Body=body)

        def check() -> str:
            found = self._aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
            return "" if found == body else f"the object {key} has other bytes"

        self.checks.append(check)

    def _secret(self, number: int) -> None:
        name, value = f"note-{number}", json.dumps({"number": number})
        self._aws("secretsmanager").create_secret(Name=name, SecretString=value)

        def check() -> str:
            found = self._aws("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
            return "" if found == value else f"the secret {name} has another value"

        self.checks.append(check)

    def _message(self, number: int) -> None:
        sqs, name = self._aws("sqs"), f"notes-{number}"
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=f"note {number}")

        def check() -> str:
            found = self._aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
            return "" if found["ApproximateNumberOfMessages"] == "1" else f"the message in {name} is lost"

        self.checks.append(check)
