"""The package has the server's version, and imports little."""

import subprocess
import sys
import tomllib
from pathlib import Path

from cliprelay.version import VERSION as SERVER
from cliprelay_client.version import VERSION

ROOT = Path(__file__).parents[2]


def test_the_client_has_the_servers_version() -> None:
    assert VERSION == SERVER


def test_the_wheel_is_built_by_the_pinned_backend_of_the_server() -> None:
    own, servers = (tomllib.loads(path.read_text())["build-system"] for path in (ROOT / "client/pyproject.toml", ROOT / "pyproject.toml"))
    assert own == servers


def test_the_dependencies_are_those_that_the_tests_run_with() -> None:
    own = tomllib.loads((ROOT / "client/pyproject.toml").read_text())["project"]["dependencies"]
    pinned = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["client"]
    assert sorted(each.partition(">")[0] for each in own) == sorted(each.partition("=")[0] for each in pinned)


def test_importing_it_verifying_webhooks_and_completion_load_no_http_library() -> None:
    words = "import sys, cliprelay_client, cliprelay_client.cli.main; cliprelay_client.webhooks; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0  # noqa: S603
