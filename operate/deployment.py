"""Locate a ClipRelay deployment, in the cloud or on this machine, and read its stack outputs."""

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
from operate.errors import CommandError
from operate.ready_file import has_ended

# The path that `make setup` creates, so that printed commands can be pasted.
PROGRAM = ".venv/bin/python -m operate"
DEFAULT_STACK = "cliprelay"

# A person is waiting: report an unreachable endpoint within seconds.
_CLOUD = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
# A local endpoint needs no retry, and a proxy from the environment cannot reach it.
_LOCAL = Config(connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 1}, proxies={})


class Deployment:
    """One stack: its service clients and resource names. `flags` are the command-line options that select it."""

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
        """Return one of our commands with the options that select this deployment."""
        return f"{PROGRAM} {words} {shlex.join(self._flags)}".rstrip()

    def client(self, service: str) -> Any:
        """Return a cached boto3 client."""
        if service not in self._clients:
            config = _LOCAL if self.is_local else _CLOUD
            created = self.session.client(service, endpoint_url=self._endpoint, config=config)  # type: ignore[call-overload]  # typed for literals only
            self._clients[service] = created
        return self._clients[service]

    def output(self, name: str) -> str:
        """Return the value of a stack output."""
        if name not in self._outputs:
            raise CommandError(f"{self} has no output {name}: is it a fully deployed ClipRelay stack?")
        return self._outputs[name]

    def parameter(self, name: str) -> str | None:
        """Return the value of a stack parameter, or None if the stack does not list it."""
        values = {each["ParameterKey"]: each.get("ParameterValue") for each in self._description.get("Parameters", [])}
        return values.get(name) or None

    def log_search(self, step: str, words: str) -> str | None:
        """Return a shell command that searches a step's log for `words`, or None if the log's location is unknown."""
        if self.is_local:
            return shlex.join(["grep", words, f"{self._logs}/{step}Function.log"]) if self._logs else None
        try:
            found = self.client("cloudformation").describe_stack_resource(StackName=self.stack, LogicalResourceId=f"{step}LogGroup")
        except ClientError:
            return None  # the command is only a hint; the operator's role may lack this permission
        group = found["StackResourceDetail"]["PhysicalResourceId"]
        options = ["--log-group-name", group, "--filter-pattern", f'"{words}"', *_drop_option("--stack", self._flags)]
        return shlex.join(["aws", "logs", "filter-log-events", *options])

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
            raise CommandError(f"there is no {self}: check --stack, --region and --profile") from None
        return stack


def _drop_option(name: str, flags: list[str]) -> list[str]:
    """Remove one option and its value from a flat list of option-value pairs."""
    pairs = zip(flags[::2], flags[1::2], strict=True)
    return [word for pair in pairs if pair[0] != name for word in pair]


def find(args: argparse.Namespace) -> Deployment:
    """Return the deployment that the command line selects."""
    return _local(args.local) if args.local else _cloud(args.stack, args.region, args.profile)


def _cloud(stack: str | None, region: str | None, profile: str | None) -> Deployment:
    options = {"--stack": stack, "--region": region, "--profile": profile}
    flags = [word for name, value in options.items() if value for word in (name, value)]
    session = boto3.Session(region_name=region, profile_name=profile)
    return Deployment(session, stack or DEFAULT_STACK, flags=flags)


def _local(ready_file: Path) -> Deployment:
    ready = _read(ready_file)
    # Ignore the user's AWS profile and credentials: the profile may not exist, and the local service must not see the credentials.
    isolated = botocore.session.Session({"profile": (None, None, None, None), "config_file": _NO_FILE, "credentials_file": _NO_FILE})
    session = boto3.Session(
        botocore_session=isolated,
        region_name=ready["region"],
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106  the local service accepts any value
    )
    return Deployment(session, ready["stack"], flags=["--local", str(ready_file)], endpoint=ready["aws"], logs=ready.get("logs"))


# A botocore setting that no environment variable can override.
_NO_FILE = (None, None, os.devnull, None)


def _read(ready_file: Path) -> dict[str, str]:
    try:
        ready = json.loads(ready_file.read_text())
    except OSError as error:
        hint = "is the service running? `python -m local serve --ready-file PATH` writes it"
        raise CommandError(f"cannot read the ready file {ready_file}: {error.strerror}; {hint}") from None
    except ValueError:
        raise CommandError(f"{ready_file} is not a ready file: it does not contain JSON") from None
    for name in ("aws", "region", "stack"):
        if not isinstance(ready, dict) or not isinstance(ready.get(name), str):
            raise CommandError(f"{ready_file} is not a ready file: {name!r} is missing")
    try:
        read_address(ready["aws"])
    except AddressRefused as refusal:
        raise CommandError(f"{ready_file} is not a ready file: 'aws' {refusal}") from None
    if has_ended(ready.get("pid")):
        start = f"`.venv/bin/python -m local serve --ready-file {shlex.quote(str(ready_file))}`"
        raise CommandError(f"the service that wrote {ready_file} was killed; start it again: {start}")
    return {name: value for name, value in ready.items() if isinstance(value, str)}
