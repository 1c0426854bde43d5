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

from cliprelay.addresses import AddressRefused, AddressRules, check_address
from operate.trouble import Trouble

# As `make setup` leaves it, so that a person can type what we print.
PROGRAM = ".venv/bin/python -m operate"
DEFAULT_STACK = "cliprelay"

# A person waits: an endpoint that is not there should be known within seconds.
_CLOUD = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
# This machine needs no second try, and a proxy of the environment cannot reach it.
_LOCAL = Config(connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 1}, proxies={})


class Deployment:
    """One stack: clients for its services, and the names of its resources. `flags` are the options that lead here."""

    def __init__(self, session: boto3.Session, stack: str, *, flags: list[str], endpoint: str | None = None) -> None:
        self.session, self.stack, self._flags, self._endpoint = session, stack, flags, endpoint

    def __str__(self) -> str:
        return f"the local service at {self._endpoint}" if self._endpoint else f"stack {self.stack} in {self.session.region_name}"

    @property
    def is_local(self) -> bool:
        return self._endpoint is not None

    def command(self, words: str) -> str:
        """A command of ours for this deployment, to type next."""
        return f"{PROGRAM} {words} {shlex.join(self._flags)}".rstrip()

    def client(self, service: str) -> Any:
        """A boto3 client; the cloud's endpoint is boto3's own choice."""
        config = _LOCAL if self.is_local else _CLOUD
        return self.session.client(service, endpoint_url=self._endpoint, config=config)  # type: ignore[call-overload]  # known by literal only

    def output(self, name: str) -> str:
        """The value of a stack output."""
        if name not in self._outputs:
            raise Trouble(f"{self} has no output {name}: is it a ClipRelay, completely deployed?")
        return self._outputs[name]

    @cached_property
    def _outputs(self) -> dict[str, str]:
        try:
            stack = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            raise Trouble(f"there is no {self}: check --stack, --region and --profile") from None
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


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
    return Deployment(session, ready["stack"], flags=["--local", str(ready_file)], endpoint=ready["aws"])


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
        check_address(ready["aws"], AddressRules.LOOPBACK)
    except AddressRefused as refusal:
        raise Trouble(f"{ready_file} is not a ready file: 'aws' {refusal}") from None
    return {name: ready[name] for name in ("aws", "region", "stack")}
