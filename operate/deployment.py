"""Where a ClipRelay runs, in the cloud or on this machine, and what its stack's outputs say."""

import argparse
import json
import os
import shlex
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from cliprelay.net.urls import AddressRefused, read_address
from operate.errors import Trouble

# As `make setup` leaves it, so that a person can type what we print.
PROGRAM = ".venv/bin/python -m operate"
DEFAULT_STACK = "cliprelay"

# A person waits: an endpoint that is not there should be known within seconds.
_CLOUD = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
# This machine needs no second try, and a proxy of the environment cannot reach it.
_LOCAL = Config(connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 1}, proxies={})


class Deployment:
    """One stack: clients for its services, and the names of its resources. `flags` are the options that lead here."""

    def __init__(
        self, session: boto3.Session, stack: str, *, flags: list[str], endpoint: str | None = None, logs: str | None = None
    ) -> None:
        self.session, self.stack, self._flags, self._endpoint, self._logs = session, stack, flags, endpoint, logs
        self._clients: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"the local service at {self._endpoint}" if self._endpoint else f"stack {self.stack} in {self.session.region_name}"

    @property
    def is_local(self) -> bool:
        return self._endpoint is not None

    def command(self, words: str) -> str:
        """A command of ours for this deployment, to type next."""
        return f"{PROGRAM} {words} {shlex.join(self._flags)}".rstrip()

    def client(self, service: str) -> Any:
        """A boto3 client, made once; the cloud's endpoint is boto3's own choice."""
        if service not in self._clients:
            config = _LOCAL if self.is_local else _CLOUD
            made = self.session.client(service, endpoint_url=self._endpoint, config=config)  # type: ignore[call-overload]  # known by literal only
            self._clients[service] = made
        return self._clients[service]

    def output(self, name: str) -> str:
        """The value of a stack output."""
        if name not in self._outputs:
            raise Trouble(f"{self} has no output {name}: is it a ClipRelay, completely deployed?")
        return self._outputs[name]

    def parameter(self, name: str) -> str | None:
        """The value that a parameter of the stack has, if the stack lists it."""
        values = {each["ParameterKey"]: each.get("ParameterValue") for each in self._description.get("Parameters", [])}
        return values.get(name) or None

    def log_search(self, step: str, words: str) -> str | None:
        """A command that finds what a step's function said of `words`; None when this place does not say where that is."""
        if self.is_local:
            return shlex.join(["grep", words, f"{self._logs}/{step}Function.log"]) if self._logs else None
        try:
            found = self.client("cloudformation").describe_stack_resource(StackName=self.stack, LogicalResourceId=f"{step}LogGroup")
        except ClientError:
            return None  # a hint is not worth a right that an owner's role may lack
        group = found["StackResourceDetail"]["PhysicalResourceId"]
        place = ["--log-group-name", group, "--filter-pattern", f'"{words}"', *_without("--stack", self._flags)]
        return shlex.join(["aws", "logs", "filter-log-events", *place])

    @cached_property
    def _outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self._description.get("Outputs", [])}

    @cached_property
    def _description(self) -> dict[str, Any]:
        try:
            stack: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            raise Trouble(f"there is no {self}: check --stack, --region and --profile") from None
        return stack


def _without(name: str, flags: list[str]) -> list[str]:
    """Flags, each followed by its value, but for one."""
    pairs = zip(flags[::2], flags[1::2], strict=True)
    return [word for pair in pairs if pair[0] != name for word in pair]


def find(given: argparse.Namespace) -> Deployment:
    """The deployment that the command line names."""
    return _local(given.local) if given.local else _cloud(given.stack, given.region, given.profile)


def _cloud(stack: str | None, region: str | None, profile: str | None) -> Deployment:
    options = {"--stack": stack, "--region": region, "--profile": profile}
    flags = [word for name, value in options.items() if value for word in (name, value)]
    session = boto3.Session(region_name=region, profile_name=profile)
    return Deployment(session, stack or DEFAULT_STACK, flags=flags)


def _local(ready_file: Path) -> Deployment:
    ready = _read(ready_file)
    # Neither the person's profile nor their keys: the first may not even exist, the others are none of the local service's business.
    plain = botocore.session.Session({"profile": (None, None, None, None), "config_file": _NOWHERE, "credentials_file": _NOWHERE})
    session = boto3.Session(
        botocore_session=plain,
        region_name=ready["region"],
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106  the local service takes any
    )
    return Deployment(session, ready["stack"], flags=["--local", str(ready_file)], endpoint=ready["aws"], logs=ready.get("logs"))


# botocore's form of a setting that no environment variable changes.
_NOWHERE = (None, None, os.devnull, None)


def _read(ready_file: Path) -> dict[str, str]:
    try:
        ready = json.loads(ready_file.read_text())
    except OSError as error:
        hint = "is the service running? `python -m local serve --ready-file PATH` writes it"
        raise Trouble(f"cannot read the ready file {ready_file}: {error.strerror}; {hint}") from None
    except ValueError:
        raise Trouble(f"{ready_file} is not a ready file: it holds no JSON") from None
    for name in ("aws", "region", "stack"):
        if not isinstance(ready, dict) or not isinstance(ready.get(name), str):
            raise Trouble(f"{ready_file} is not a ready file: it lacks {name!r}")
    try:
        read_address(ready["aws"])
    except AddressRefused as refusal:
        raise Trouble(f"{ready_file} is not a ready file: 'aws' {refusal}") from None
    return {name: value for name, value in ready.items() if isinstance(value, str)}
