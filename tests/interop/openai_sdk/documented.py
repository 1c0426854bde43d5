"""The blocks of docs/openai.md, run as they are with the newest packages."""

import re
import shutil
import subprocess
import tempfile
from os import environ
from pathlib import Path

from local.demo.draw_lighthouse import PICTURE
from tests.interop.openai_sdk.deployment import Deployment
from tests.interop.openai_sdk.packages import Package
from tests.support.documents import TEXTS

PAGE = TEXTS["docs/openai.md"]


def table(running: Deployment, packages: list[Package]) -> tuple[list[str], int]:
    """Return a line for each block, and how many did not write a video."""
    newest = {"python": packages[0], "javascript": packages[2]}
    wrong, lines = 0, []
    for language, package in newest.items():
        (block,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
        if language == "python":
            block += f"\n\nmake_video({running.base_url!r}, {running.key!r})\n"
        is_written = _writes_a_video(package, block, running)
        wrong += not is_written
        lines.append(f"{package.name}: {'a video' if is_written else 'WRONG: no video'}")
    return lines, wrong


def _writes_a_video(package: Package, block: str, running: Deployment) -> bool:
    with tempfile.TemporaryDirectory(prefix="block-", dir=package.folder) as name:
        folder = Path(name)
        shutil.copy(PICTURE, folder / "lighthouse.png")
        (folder / "block.mjs").write_text(block)
        own = {"CLIPRELAY_OPENAI_URL": running.base_url, "CLIPRELAY_API_KEY": running.key}
        command = [package.command[0], "block.mjs"]
        subprocess.run(command, cwd=folder, check=True, env={**environ, **own})  # noqa: S603
        return b"ftyp" in (folder / "lighthouse.mp4").read_bytes()[:12]
