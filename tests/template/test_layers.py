"""The layers: built by a Makefile each, compiled for the Python of the functions, on any machine."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest

from tests.support.product_template import product_template

TEMPLATE: dict[str, Any] = product_template()
SHARED: dict[str, Any] = TEMPLATE["Globals"]["Function"]
LAYERS: dict[str, Any] = {name: part for name, part in TEMPLATE["Resources"].items() if part["Type"] == "AWS::Serverless::LayerVersion"}
PACKAGE = Path(LAYERS["CliprelayLayer"]["Properties"]["ContentUri"])


def rule(layer: str) -> list[str]:
    """Return the commands by which `sam build` makes a layer, each on one line."""
    text = (Path(LAYERS[layer]["Properties"]["ContentUri"]) / "Makefile").read_text()
    _, _, commands = text.partition(f"\nbuild-{layer}:\n")
    return [" ".join(command.split()) for command in commands.replace("\\\n", "").splitlines()]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_built_for_the_python_and_the_processor_of_the_functions(layer: str) -> None:
    assert [LAYERS[layer]["Metadata"]["BuildArchitecture"]] == SHARED["Architectures"]
    assert LAYERS[layer]["Properties"]["CompatibleArchitectures"] == SHARED["Architectures"]
    assert LAYERS[layer]["Properties"]["CompatibleRuntimes"] == [SHARED["Runtime"]]
    assert set(re.findall(r"\bpython3[\d.]*", " ".join(rule(layer)))) == {SHARED["Runtime"]}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_compiled_last_for_its_place_on_lambda_without_looking_at_the_sources(layer: str) -> None:
    # SAM's own builder removes bytecode.
    assert LAYERS[layer]["Metadata"]["BuildMethod"] == "makefile"
    compiled = '-m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p /opt "$(ARTIFACTS_DIR)/python"'
    assert rule(layer)[-1] == f"{SHARED['Runtime']} {compiled}"


def test_the_pinned_wheels_are_those_for_lambda_on_every_machine() -> None:
    install, *_ = rule("DependenciesLayer")
    version = SHARED["Runtime"].removeprefix("python")
    assert f"--only-binary :all: --platform manylinux2014_x86_64 --implementation cp --python-version {version} " in install
    assert " --require-hashes --requirement requirements.txt " in install


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_shared_layer_holds_the_package_and_its_own_bytecode_alone(tmp_path: Path) -> None:
    # The test's own Python under the name of the functions' one.
    (tmp_path / SHARED["Runtime"]).symlink_to(sys.executable)
    package = tmp_path / "python/cliprelay"
    for name in ("a.py", "data.json", "part/b.py", "part/__pycache__/b.cpython-39.pyc"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("1")
    shutil.copy(PACKAGE / "Makefile", tmp_path)
    words = ["make", "-s", "-C", str(tmp_path), "build-CliprelayLayer", "ARTIFACTS_DIR=built"]
    subprocess.run(words, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True)  # noqa: S603 - our own makefile
    built = {path.relative_to(tmp_path / "built/python/cliprelay") for path in (tmp_path / "built").rglob("*") if path.is_file()}
    sources = [Path("a.py"), Path("part/b.py")]
    assert built == {*sources, Path("data.json"), *(Path(cache_from_source(str(source))) for source in sources)}
