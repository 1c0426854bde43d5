"""Real processes of Thumbnail that die, hang and raise: their videos succeed and are announced, with a warning."""

import re
import shutil
from pathlib import Path

import pytest

from tests.support.local_service import LocalService, StartService
from tests.support.paths import ROOT
from tests.support.service_client import Client

# What happens is read at each invocation, so that one service serves all tests.
HANDLER = '''"""A Thumbnail that is disturbed."""

import os
import signal
import time
from pathlib import Path


def handler(event, context):
    match Path(__file__).with_name("how").read_text():
        case "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hangs":
            time.sleep(3_600)
        case "raises":
            raise MemoryError
    return {"status": "nonsense"}
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project whose Thumbnail is the one above, with a time-out of a second."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("layers", "statemachine"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "functions", folder / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "functions/thumbnail/app.py").write_text(HANDLER)
    template = (ROOT / "template.yaml").read_text()
    shortened, replaced = re.subn(r"(\n  ThumbnailFunction:\n.*?\n      Timeout: )\d+", r"\g<1>1", template, count=1, flags=re.DOTALL)
    assert replaced == 1
    (folder / "template.yaml").write_text(shortened)
    return folder


@pytest.fixture(scope="module")
def service(start_service: StartService, folder: Path) -> LocalService:
    return start_service("--time-scale", "0.02", "--template", str(folder / "template.yaml"))


@pytest.mark.parametrize("how", ["dies", "hangs", "raises", "answers nonsense"])
def test_a_video_is_announced_without_its_poster(service: LocalService, folder: Path, how: str) -> None:
    (folder / "functions/thumbnail/how").write_text(how)
    client = Client(service)
    video_id = client.order(f"A Thumbnail that {how}")
    assert client.ending(video_id)["status"] == "succeeded"
    text = client.mail(video_id).get_content()
    video = client.get(f"/v1/videos/{video_id}").json()
    assert (video["status"], "poster" in video["video"], "variant=poster" in text) == ("succeeded", False, False)
    assert "no_poster" in [warning["code"] for warning in video["warnings"]]
    assert client.get(f"/v1/videos/{video_id}/content").status_code == 200
    answer = client.get(f"/v1/videos/{video_id}/content?variant=poster", allow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
