"""The lines of docs/ark.md, run as they stand but for addresses and keys, which are those of a local service."""

import re
import subprocess
from typing import Any

from tests.interop.ark_sdk.clients import Foreign
from tests.support.paths import ROOT

PAGE = (ROOT / "docs/ark.md").read_text()
# The SDK refuses addresses of this machine, so it gets a function that does not.
_DOWNLOAD = "const download = async ({ url }) => ({ data: new Uint8Array(await (await fetch(url)).arrayBuffer()) });\n"


def block(language: str) -> str:
    """Return the one block of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def run(client: Foreign, basics: dict[str, Any]) -> str:
    """Run the lines for a client, and return what they print."""
    text = block("python" if client.has_journey else "javascript")
    for there, here in (("https://clips.example.com", "url"), ("clr_…", "key"), ("https://assets.example.com/lighthouse.png", "image")):
        assert there in text, there
        text = text.replace(there, basics[here])
    name = client.folder / ("lines.py" if client.has_journey else "lines.mjs")
    if client.has_journey:
        text = text.replace("volcenginesdkarkruntime", client.more["module"])
    else:
        text = text.replace("const model =", f"{_DOWNLOAD}const model =").replace("headers });", "headers, download });")
    name.write_text(text)
    command = [client.command[0], str(name)]
    done = subprocess.run(command, cwd=client.folder, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
    return done.stdout if done.returncode == 0 else done.stderr


def is_right(client: Foreign, said: str) -> bool:
    """Return whether the lines have said that there is a video."""
    form = r"succeeded http://\S+/v1/links/\S+\n" if client.has_journey else r"video/mp4 \d{5,}\n"
    return re.fullmatch(form, said) is not None
