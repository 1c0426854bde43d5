"""MiniStack, another emulator of AWS: the real template, deployed by `sam deploy`, each function with its own role's session."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import boto3
import requests
from samtranslator.yaml_helper import yaml_parse

from tests.cloud_check.emulator.environments import build, installed, run_sam
from tests.cloud_check.emulator.template import edit
from tests.cloud_check.logs import search
from tests.cloud_check.registry import Need
from tests.cloud_check.target import Target
from tests.cloud_check.upstream.ledger import Ledger, check_video, create_table
from tests.cloud_check.upstream.server import UpstreamServer
from tests.support.certificates import Certificates

STACK, REGION, HOST = "cliprelay-check", "us-east-1", "127.0.0.1"
START_SECONDS = 120
TIME_SCALE = 0.1
# The first request of each function starts a process.
ANSWER_SECONDS = 180
# MiniStack's own root; every function has the temporary keys of its role instead.
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}

LACKS = {
    Need.ACCOUNT: "MiniStack is no AWS account",
    Need.CONCURRENCY: "MiniStack applies reserved concurrency to containers, not to the processes that are used here",
    Need.MANY: "MiniStack starts a process for each simultaneous request",
    Need.GATEWAY: "MiniStack has other limits for bodies",
    Need.METRICS: "MiniStack counts no capacity units",
}


@contextmanager
def ministack(say: Callable[[str], None]) -> Iterator[Target]:
    """Yield the stack in a running MiniStack; at the end its process has ended and its folder is removed."""
    programs, sam = installed("ministack", say), installed("sam", say) / "sam"
    with tempfile.TemporaryDirectory(prefix="cloud-check-") as name:
        folder = Path(name)
        certificates = Certificates(folder, HOST)
        endpoint, environment = f"https://{HOST}:{_free_port()}", {**KEYS, "AWS_CA_BUNDLE": str(certificates.believed)}
        environment["AWS_ENDPOINT_URL"] = endpoint
        template = _edited(build(str(sam), folder, say), endpoint, str(certificates.believed))
        upstream = UpstreamServer(check_video())
        process = _start(programs / "python", folder, endpoint, certificates.file("good"))
        try:
            _wait_until_ready(process, endpoint, folder)
            say("sam deploy")
            run_sam(_deploy(str(sam), template, upstream.url), environment)
            target = _target(endpoint, environment, str(certificates.believed), upstream)
            target.ledger.accept_key(target.upstream_key)
            yield target
        finally:
            _end(process)
            upstream.stop()
        say("MiniStack has stopped; its folder is removed")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _edited(built: Path, endpoint: str, certificate: str) -> Path:
    template = edit(yaml_parse(built.read_text()), endpoint, certificate)
    # JSON is YAML; in the same folder, because its paths are relative.
    edited = built.with_name("ministack.json")
    edited.write_text(json.dumps(template, indent=1))
    return edited


def _start(python: Path, folder: Path, endpoint: str, certificate: Path) -> subprocess.Popen[bytes]:
    (folder / "state").mkdir()
    (folder / "tmp").mkdir()
    settings = {
        "GATEWAY_PORT": endpoint.rpartition(":")[2],
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "LAMBDA_EXECUTOR": "local",
        "AUTH": "true",
        # The bucket's policy denies plain http.
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificate),
        "MINISTACK_SSL_KEY": str(certificate),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "IOT_MTLS_ENABLED": "false",
        "SFN_WAIT_SCALE": str(TIME_SCALE),
        # Longer than a run, because a new process takes seconds.
        "LAMBDA_WARM_TTL_SECONDS": "3600",
        "TMPDIR": str(folder / "tmp"),
    }
    with (folder / "ministack.txt").open("wb") as output:
        command, env = [str(python), "-m", "ministack"], {**os.environ, **KEYS, **settings}
        return subprocess.Popen(command, env=env, stdout=output, stderr=output, start_new_session=True)  # noqa: S603


def _end(process: subprocess.Popen[bytes]) -> None:
    """End MiniStack and the functions that it has started, which are in its process group."""
    process.terminate()
    process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _wait_until_ready(process: subprocess.Popen[bytes], endpoint: str, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{endpoint}/_ministack/ready", timeout=5, verify=str(folder / "believed.pem")).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise SystemExit(f"MiniStack did not start:\n{(folder / 'ministack.txt').read_text()[-4000:]}")


def _deploy(sam: str, template: Path, upstream: str) -> list[str]:
    command = [sam, "deploy", "--template-file", str(template), "--stack-name", STACK, "--region", REGION, "--resolve-s3"]
    command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"]
    return [*command, "--parameter-overrides", f"UpstreamUrl={upstream}", "RetentionDays=1"]


def _target(endpoint: str, environment: dict[str, str], certificate: str, upstream: UpstreamServer) -> Target:
    settings: dict[str, Any] = {"endpoint_url": endpoint, "region_name": REGION, "verify": certificate}
    settings |= {"aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"]}
    table, key = create_table(boto3.resource("dynamodb", **settings)), token_hex(16)
    upstream.connect(table)
    clients = partial(boto3.client, **settings)
    target = Target(
        name="MiniStack with enforced roles",
        stack=STACK,
        clients=clients,
        operate_flags=("--stack", STACK, "--region", REGION),
        upstream_url=upstream.url,
        ledger=Ledger(table),
        upstream_key=key,
        lacks=LACKS,
        environment={**os.environ, **environment},
        verify=certificate,
        parallel=1,
        answer_seconds=ANSWER_SECONDS,
        time_scale=TIME_SCALE,
        base_url=endpoint,
        private=[key],
        read_logs=search,
    )
    api = target.physical_id("HttpApi")
    target.host = f"{api}.execute-api.{HOST}:{endpoint.rpartition(':')[2]}"
    _complete_routes(clients("apigatewayv2"), clients("lambda"), api, target.physical_id("ApiFunction"))
    return target


def _complete_routes(gateway: Any, functions: Any, api: str, function: str) -> None:
    """Create the route that MiniStack leaves out of an HTTP API with a Body."""
    if gateway.get_routes(ApiId=api)["Items"]:
        return
    arn = functions.get_function_configuration(FunctionName=function)["FunctionArn"]
    settings = {"IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST", "PayloadFormatVersion": "2.0", "IntegrationUri": arn}
    made = gateway.create_integration(ApiId=api, **settings)
    gateway.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{made['IntegrationId']}")
