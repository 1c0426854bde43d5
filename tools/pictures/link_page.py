"""A photograph of the page that a shared link shows, taken by Chromium from a running local service."""

import base64
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from local.demo.draw_lighthouse import PICTURE
from local.demo.service_process import Service, running_service

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_WINDOW = "800,640"
_WAIT_SECONDS, _LOAD_MILLISECONDS = 120, 5_000


def photograph(path: Path) -> bool:
    """Write the picture; False, if there is no Chromium to take it."""
    browser = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if browser is None:
        return False
    with (
        tempfile.TemporaryDirectory() as folder,
        running_service(Path(folder), "--time-scale", "0.1", "--parameter", "LinkPages=true") as service,
    ):
        _shoot(browser, _shared_link(service), Path(folder, "profile"), path)
    return True


def _shared_link(service: Service) -> str:
    """Order a video, and return its link once it has a poster; raises SystemExit if it gets none."""
    key = {"Authorization": f"Bearer {service.key}"}
    image = f"data:image/png;base64,{base64.b64encode(PICTURE.read_bytes()).decode()}"
    order = {"image": image, "prompt": "The lamp turns.", "duration": 5, "resolution": "720p", "ratio": "16:9", "generate_audio": True}
    made = requests.post(f"{service.api}/v1/videos", json=order, headers=key, timeout=30)
    made.raise_for_status()
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until:
        answer = requests.get(f"{service.api}/v1/videos/{made.json()['id']}", headers=key, timeout=30)
        file: dict[str, Any] = answer.json().get("video", {})
        if "poster" in file:
            return str(file["link"])
        time.sleep(0.5)
    raise SystemExit("The video got no poster; nothing was photographed.")


def _shoot(browser: str, url: str, profile: Path, path: Path) -> None:
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={profile}", f"--window-size={_WINDOW}"]
    options += [f"--virtual-time-budget={_LOAD_MILLISECONDS}", f"--screenshot={path}"]
    subprocess.run([browser, *options, url], check=True, capture_output=True, timeout=_WAIT_SECONDS)  # noqa: S603 - our own service
