"""LiteLLM as a client, and as a proxy in front of ClipRelay: one video each, which is paid once."""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from local.demo.draw_lighthouse import PICTURE
from tests.interop.openai_sdk.deployment import Deployment
from tests.interop.openai_sdk.packages import Package, python

# Its tables of prices, which it would fetch, are of no use here.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
PROXY_KEY = "sk-proxy"
START_SECONDS = 120
MADE = {"video": "completed", "content": "MP4"}


def table(running: Deployment) -> tuple[list[str], int]:
    """Return a line for each way, and how many went wrong."""
    package = Package("LiteLLM 1.110.2", *python("litellm", "requirements-litellm.txt", "with_litellm.py"), ())
    os.environ.update(OFFLINE)
    given = {"base_url": running.base_url, "key": running.key, "picture": str(PICTURE)}
    said = {"client": package.run("client", given)}
    with proxy(package, given) as url:
        said["proxy"] = package.run("proxy", {**given, "proxy_url": url, "proxy_key": PROXY_KEY})
    paid = running.paid()
    times = {"client": paid.get("Through LiteLLM.", 0), "proxy": paid.get("By proxy.", 0)}
    lines = [f"{package.name} as {way}: {each['video']}, {each['content']}, paid {times[way]} times" for way, each in said.items()]
    return lines, sum(each != MADE or times[way] != 1 for way, each in said.items())


@contextmanager
def proxy(package: Package, given: dict[str, Any]) -> Iterator[str]:
    """Run LiteLLM's proxy, whose model `clips` is made by ClipRelay; yield its base URL."""
    port = _free_port()
    where = {"model": "openai/seedance-v1.5-pro", "api_base": given["base_url"], "api_key": given["key"]}
    settings = {"model_list": [{"model_name": "clips", "litellm_params": where}], "general_settings": {"master_key": PROXY_KEY}}
    with tempfile.TemporaryDirectory(prefix="litellm-") as name:
        config, log = Path(name) / "config.yaml", Path(name) / "log.txt"
        config.write_text(json.dumps(settings))  # JSON is YAML
        command = [str(Path(package.command[0]).with_name("litellm")), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=name, stdout=output, stderr=output)  # noqa: S603
        try:
            _wait(f"http://127.0.0.1:{port}/health/liveliness", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(START_SECONDS * 2):
        if process.poll() is not None:
            break
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.5)
    raise SystemExit(f"LiteLLM's proxy did not start:\n{log.read_text()[-4000:]}")
