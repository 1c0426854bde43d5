"""Contents of logs, execution histories and records after a run full of failures."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.demo.draw_lighthouse import PICTURE
from tests.support.local_service import LocalService, StartService, eventually
from tests.support.makers import data_uri
from tests.support.service_client import Client

MARK = "unmistakable-words-of-a-prompt"
FAULTS = ("outcome=succeed", "outcome=fail", "create=invalid", "create=drop-after-accept", "video=403", "poll=500")


@pytest.fixture(scope="module")
def client(start_service: StartService) -> Client:
    """Return a client of a service that has created a video per fault and rejected one order."""
    client = Client(start_service("--time-scale", "0.02"))
    orders = [client.order(f"{MARK} {fault} [sim {fault}]") for fault in FAULTS]
    assert client.post(MARK, colour="red").status_code == 422
    for video_id in orders:
        client.ending(video_id)
        client.mail(video_id)
    # Last, and not led to its end, because a breaker that is open waits half a minute.
    client.order(f"{MARK} [sim create=auth]")
    eventually(lambda: any("waiting_for" in item for item in client.records()))
    return client


def logs(service: LocalService) -> str:
    return "".join(path.read_text(errors="replace") for path in Path(service.ready["logs"]).iterdir())


def histories(service: LocalService) -> str:
    sfn = service.client("stepfunctions")
    machine = service.outputs()["StateMachineArn"]
    pages = [
        page
        for execution in sfn.list_executions(stateMachineArn=machine)["executions"]
        for page in sfn.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
    ]
    return json.dumps(pages, default=str)


def forbidden(service: LocalService) -> dict[str, str]:
    """Map each forbidden content to the pattern that finds it."""
    upstream_key: Any = service.client("secretsmanager").get_secret_value(SecretId=service.outputs()["UpstreamSecretArn"])
    return {
        "API key": re.escape(service.ready["api_key"]),
        "upstream key": re.escape(upstream_key["SecretString"]),
        "signed URL": r"X-Amz-Signature|/media/",
        "durable link": r"/v1/links/|vid_\w{26}\.[\w-]{43}",
        "base64": re.escape(data_uri(PICTURE.read_bytes())[40:80]),
        "prompt": MARK,
    }


def found(patterns: dict[str, str], text: str) -> list[str]:
    return [name for name, pattern in patterns.items() if re.search(pattern, text)]


def test_logs_contain_video_ids_and_no_contents(client: Client) -> None:
    text = logs(client.service)
    assert found(forbidden(client.service), text) == []
    assert all(item["id"]["S"] in text for item in client.records() if item["id"]["S"].startswith("vid_"))


def test_every_log_line_is_json(client: Client) -> None:
    assert client.service.log_lines_that_are_not_json() == []
    assert {line.partition(".")[0] for line in client.service.log_lines()} >= {"ApiFunction", "SubmitFunction", "PollFunction"}


def test_execution_histories_contain_no_contents(client: Client) -> None:
    assert found(forbidden(client.service), histories(client.service)) == []


def test_archived_records_contain_prompts_but_no_keys_images_or_signed_urls(client: Client) -> None:
    text = json.dumps(client.records())
    assert found(forbidden(client.service), text) == ["prompt"]
    assert not any("upstream_url" in item for item in client.records())


def test_the_patterns_of_this_scan_find_their_contents(client: Client) -> None:
    patterns = forbidden(client.service)
    (video,) = client.get("/v1/videos?status=succeeded&limit=1").json()["data"]
    planted = " ".join([json.dumps(video), client.service.ready["api_key"], data_uri(PICTURE.read_bytes())])
    assert set(found(patterns, planted)) == set(patterns) - {"upstream key"}
