"""`python -m tests.interop.webhook_verifiers`: public verifiers judge our signatures; exit 1 if one errs.

PyPI's `standardwebhooks` and `cryptography` judge in every run of the tests. These three take a download: PyPI's `openai`, npm's
`standardwebhooks`, and Node's own crypto for v1a.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cliprelay.webhooks.payload import body_of
from cliprelay.webhooks.secrets import derive
from cliprelay.webhooks.signing import KeyPair, headers
from tests.support.paths import ROOT

HERE = Path(__file__).resolve().parent
EVENT = "evt_01M81CB6M1T4PSZ9EXW2A4PSJE"


def cases() -> list[dict[str, Any]]:
    """Return POSTs with the receiver's secrets and whether they must verify."""
    now, old, new, other = datetime.now(UTC), derive("m", "acme", 1), derive("m", "acme", 2), derive("m", "other", 1)
    body = body_of("video.succeeded", "2026-11-22T10:20:34Z", {"id": "vid_1", "request": {"prompt": 'Wellen 🌊 \u2028 \\ " </script>'}})
    sent = headers(EVENT, now, body, [new, old])
    text, later = body.decode(), str(int(sent["webhook-timestamp"]) + 1)
    return [
        _case("the present secret", new, text, sent, True),
        _case("the secret before a rotation", old, text, sent, True),
        _case("another tenant's secret", other, text, sent, False),
        _case("another id", new, text, sent | {"webhook-id": "evt_2"}, False),
        _case("another time", new, text, sent | {"webhook-timestamp": later}, False),
        _case("another body", new, text.replace("succeeded", "failed"), sent, False),
        _case("no signature of ours", new, text, sent | {"webhook-signature": "v1,AAAA v1a,AAAA"}, False),
    ]


def _case(name: str, keys: KeyPair, body: str, sent: dict[str, str], verifies: bool) -> dict[str, Any]:
    secrets = {"secret": keys.shown_secret, "public_key": keys.shown_public}
    return {"name": name, "body": body, "headers": sent, "verifies": verifies, **secrets}


def judged(command: list[str], folder: Path, given: list[dict[str, Any]]) -> list[bool]:
    """Return one verifier's result for each case."""
    done = subprocess.run(command, cwd=folder, input=json.dumps(given), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{command[-1]} failed:\n{done.stderr}")
    said: list[bool] = json.loads(done.stdout)
    return said


def install(folder: Path) -> dict[str, list[str]]:
    """Install the verifiers in a folder and return their commands by name."""
    for name in ("package.json", "requirements.txt", "with_openai.py", "with_npm.mjs", "with_node.mjs"):
        shutil.copy(HERE / name, folder / name)
    (example,) = re.findall(r"^```javascript\n(.*?)^```", (ROOT / "docs/webhooks.md").read_text(), re.DOTALL | re.MULTILINE)
    (folder / "receive.mjs").write_text(example)
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise SystemExit("verify-webhooks needs Node.js with npm on the PATH")
    subprocess.run([npm, "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)  # noqa: S603
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", "requirements.txt"], cwd=folder, check=True)  # noqa: S603
    return {
        "PyPI openai": [python, "with_openai.py"],
        "npm standardwebhooks": [node, "with_npm.mjs"],
        "Node crypto (v1a)": [node, "with_node.mjs"],
    }


def main() -> int:
    """Print a line per case and verifier."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="verify-webhooks-") as name:
        for verifier, command in install(Path(name)).items():
            given = cases()
            for case, said in zip(given, judged(command, Path(name), given), strict=True):
                wrong += said is not case["verifies"]
                mark = "ok" if said is case["verifies"] else "WRONG"
                sys.stdout.write(f"{mark:<6}{verifier:<22}{'takes' if said else 'refuses':<9}{case['name']}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
