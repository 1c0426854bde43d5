"""The clients that are tried: how each is installed, runs the lines of docs/myrouter.md, and orders again after a lost answer."""

import json
import re
import shutil
import subprocess
import uuid
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

HERE = Path(__file__).resolve().parent
PAGE = "docs/myrouter.md"
# What `pip` installs with novita-client today, and what older installations have.
WIZARDS = ("1.0.0", "0.35.4")
# Not what a client gets: our own stand-ins on the page.
BASE, KEY, IMAGE = "https://clips.example.com", "clr_…", "https://assets.example.com/lighthouse.png"
ORDER = "order-4712"
# The example of the provider's page, with values in place of its placeholders.
CURL = """curl --request POST \\
  --url {api}/v3/async/seedance-v1.5-pro-i2v \\
  --header 'Authorization: Bearer {key}' \\
  --header 'Content-Type: application/json' \\
  --data '
{{
  "fps": 24,
  "seed": 123,
  "image": "{image}",
  "ratio": "16:9",
  "prompt": "The lamp turns.",
  "duration": 4,
  "watermark": true,
  "last_image": "{image}",
  "resolution": "480p",
  "camera_fixed": true,
  "service_tier": "default",
  "generate_audio": true,
  "execution_expires_after": 3600
}}
'
"""


@dataclass(frozen=True)
class Client:
    """A package: the language of its block on the page, the command that runs it, and whether it can send a header."""

    name: str
    language: str
    suffix: str
    command: tuple[str, ...]
    sends_headers: bool


def install(folder: Path) -> list[Client]:
    """Install every client in a folder."""
    return [*(_with_wizard(folder / f"wizard-{version}", version) for version in WIZARDS), _with_npm(folder / "npm")]


def _with_wizard(folder: Path, version: str) -> Client:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(HERE / "requirements.txt"), f"dataclass-wizard=={version}"], check=True)  # noqa: S603
    return Client(f"novita-client 0.7.1, dataclass-wizard {version}", "python", ".py", (str(python),), sends_headers=True)


def _with_npm(folder: Path) -> Client:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise SystemExit("face-myrouter needs Node.js with npm on the PATH")
    folder.mkdir(exist_ok=True)
    shutil.copy(HERE / "package.json", folder)
    if not (folder / "node_modules").exists():
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)  # noqa: S603
    # A module finds its packages from the folder where it is stored.
    shutil.copy(HERE / "repeat.mjs", folder)
    return Client("novita-sdk 3.1.3 (npm)", "javascript", ".mjs", (node,), sends_headers=False)


def lines_of(client: Client, api: str, key: str, image: str) -> str:
    """Return the block of the page for a client, with a running service and a picture of ours."""
    block: str
    (block,) = re.findall(rf"^```{client.language}\n(.*?)^```", (ROOT / PAGE).read_text(), re.DOTALL | re.MULTILINE)
    for shown, real in ((BASE, api), (KEY, key), (IMAGE, image)):
        assert shown in block
        block = block.replace(shown, real)
    return block.replace(ORDER, str(uuid.uuid4()))


def run_lines(client: Client, folder: Path, api: str, key: str, image: str) -> bytes:
    """Run the block of the page; return the video that it has stored."""
    where = folder / "npm" if client.suffix == ".mjs" else folder
    script, video = where / f"lines{client.suffix}", where / "lighthouse.mp4"
    script.write_text(lines_of(client, api, key, image))
    video.unlink(missing_ok=True)
    subprocess.run([*client.command, str(script)], cwd=where, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return video.read_bytes()


def repeat(client: Client, folder: Path, api: str, key: str, order: dict[str, object], idempotency_key: str = "") -> str:
    """Order once, and again when there was no answer; return the id that the client got in the end."""
    path = folder / "order.json"
    path.write_text(json.dumps(order))
    script = folder / "npm" / "repeat.mjs" if client.suffix == ".mjs" else HERE / "repeat.py"
    words = [*client.command, str(script), api, key, str(path), *([idempotency_key] if idempotency_key else [])]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603


def run_curl(api: str, key: str, image: str) -> str:
    """Run the provider's own example; return the id."""
    bash = shutil.which("bash") or "bash"
    done = subprocess.run([bash, "-c", CURL.format(api=api, key=key, image=image)], check=True, capture_output=True, text=True)  # noqa: S603
    return str(json.loads(done.stdout)["id"])
