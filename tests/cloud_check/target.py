"""The place where ClipRelay runs, as every check sees it: an account, the service on one machine, or an emulator."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.cloud_check.registry import Need
from tests.cloud_check.upstream.ledger import Ledger
from tests.support.paths import ROOT

# Longer than the gateway's 30 s, so that its own answer arrives.
ANSWER_SECONDS = 60


@dataclass
class Target:
    """One deployed ClipRelay. `lacks` says, for each need that it cannot satisfy, why."""

    name: str
    stack: str
    clients: Callable[[str], Any]
    operate_flags: tuple[str, ...]
    upstream_url: str
    ledger: Ledger
    upstream_key: str
    lacks: Mapping[Need, str] = field(default_factory=dict)
    # How long a wait of the workflow takes, as a part of its real time; the gateway's waits are always real.
    time_scale: float = 1.0
    environment: Mapping[str, str] | None = None
    verify: bool | str = True
    # Side by side, so that their waits overlap; few, because a new account runs only ten functions at once.
    parallel: int = 4
    answer_seconds: float = ANSWER_SECONDS
    # An emulator tells its APIs apart by this header.
    host: str | None = None
    base_url: str | None = None
    # Words that must not be in a report: account, addresses, keys.
    private: list[str] = field(default_factory=list)
    # Lines about the place itself, for the head of the report.
    notes: list[str] = field(default_factory=list)
    read_logs: Callable[["Target", list[str]], dict[str, list[str]]] | None = None
    # Of an account alone: uploads a template, and deploys once the preflight has passed.
    template_url: Callable[[Path], str] | None = None
    deploy: Callable[["Target"], None] | None = None
    remove_upstream_key: Callable[["Target"], None] | None = None

    @cached_property
    def outputs(self) -> dict[str, str]:
        stack = self.clients("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @property
    def api(self) -> str:
        return self.base_url or self.outputs["ApiUrl"]

    def physical_id(self, logical_id: str) -> str:
        """Return the name that CloudFormation gave a resource."""
        found = self.clients("cloudformation").describe_stack_resource(StackName=self.stack, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def request(self, method: str, path: str, *, key: str | None = None, **more: Any) -> requests.Response:
        """Send one request to the API without following redirects."""
        headers = {"Host": self.host} if self.host else {}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        headers |= more.pop("headers", {})
        settings = {"allow_redirects": False, "timeout": self.answer_seconds, "verify": self.verify} | more
        return requests.request(method, f"{self.api}{path}", headers=headers, **settings)  # noqa: S113  among the settings

    def open(self, url: str, method: str = "GET", **more: Any) -> requests.Response:
        """Open an address that ClipRelay gave out; one of the API goes through `request`."""
        if "/v1/links/" in url:
            split = urlsplit(url)
            return self.request(method, split.path + (f"?{split.query}" if split.query else ""), **more)
        return requests.request(method, url, timeout=self.answer_seconds, verify=self.verify, allow_redirects=False, **more)

    def operate(self, *words: str, stdin: str = "") -> str:
        """Run `python -m operate` and return its output; raise RuntimeError with its error."""
        command = [sys.executable, "-m", "operate", *words, *self.operate_flags]
        env = dict(self.environment) if self.environment is not None else None
        done = subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False, env=env)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"operate {' '.join(words[:2])}: {done.stderr.strip()}")
        return done.stdout.strip()

    def executions(self, video: str) -> list[dict[str, Any]]:
        """Return the executions of a video, oldest run first."""
        found = [each for each in self.all_executions() if each["name"].startswith(f"{video}-")]
        return sorted(found, key=lambda each: int(each["name"].rsplit("-", 1)[1]))

    def all_executions(self) -> list[dict[str, Any]]:
        """Return every execution of the videos' state machine."""
        states, machine = self.clients("stepfunctions"), self.outputs["StateMachineArn"]
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
        return [each for page in pages for each in page["executions"]]

    def history(self, arn: str) -> Iterator[dict[str, Any]]:
        """Yield the events of an execution."""
        pages = self.clients("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        for page in pages:
            yield from page["events"]
