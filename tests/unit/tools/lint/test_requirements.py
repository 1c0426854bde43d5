import tomllib
from pathlib import Path
from typing import Any

import pytest

from tools.lint.requirements import EXPORTS, exported, foreign_registries, locked, main, stale_exports, stale_lock

LAYER = "layers/dependencies/requirements.txt"
TEXT = Path(LAYER).read_text()


@pytest.fixture
def lock() -> dict[str, Any]:
    return tomllib.loads(Path("uv.lock").read_text())


@pytest.fixture
def project() -> dict[str, Any]:
    return tomllib.loads(Path("pyproject.toml").read_text())


def test_the_requirements_are_fresh() -> None:
    main()


@pytest.mark.parametrize("path", EXPORTS)
def test_every_file_of_every_requirement_has_a_hash(path: str) -> None:
    pins = exported(Path(path).read_text())
    assert len(pins) > {"tools/install/requirements.txt": 1, "layers/media/requirements.txt": 5}.get(path, 10)
    assert {digest[:7] for _, _, digest in pins} == {"sha256:"}


def test_the_layer_holds_what_its_packages_need(lock: dict[str, Any]) -> None:
    assert {"boto3", "botocore", "six"} <= {name for name, _, _ in locked(lock, "")}


def test_the_layer_holds_no_tool(lock: dict[str, Any]) -> None:
    assert {"moto", "pytest", "ruff", "cliprelay"} & {name for name, _, _ in locked(lock, "")} == set()


def test_a_group_holds_what_an_extra_needs(lock: dict[str, Any]) -> None:
    assert "flask" in {name for name, _, _ in locked(lock, "local")}


def test_another_version_is_stale(lock: dict[str, Any]) -> None:
    assert list(stale_exports(lock, {LAYER: TEXT.replace("six==", "six==0.")})) == [f"{LAYER} differs from uv.lock: six"]


def test_another_hash_is_stale(lock: dict[str, Any]) -> None:
    first = TEXT.index("--hash=sha256:") + len("--hash=sha256:")
    changed = TEXT[:first] + "0" * 64 + TEXT[first + 64 :]
    assert list(stale_exports(lock, {LAYER: changed})) == [f"{LAYER} differs from uv.lock: annotated-types"]


def test_a_requirement_without_hashes_is_stale(lock: dict[str, Any]) -> None:
    assert list(stale_exports(lock, {LAYER: f"{TEXT}left-pad==1.0\n"})) == [f"{LAYER} differs from uv.lock: left-pad"]


def test_a_missing_package_is_stale(lock: dict[str, Any]) -> None:
    shorter = TEXT[: TEXT.index("urllib3==")]
    assert list(stale_exports(lock, {LAYER: shorter})) == [f"{LAYER} differs from uv.lock: urllib3"]


def test_a_lock_agrees_with_the_project_whatever_the_spelling_of_a_name(lock: dict[str, Any], project: dict[str, Any]) -> None:
    project["project"]["dependencies"] = [each.replace("python-ulid", "Python_ULID") for each in project["project"]["dependencies"]]
    assert list(stale_lock(lock, project)) == []


def test_a_lock_without_a_new_dependency_is_stale(lock: dict[str, Any], project: dict[str, Any]) -> None:
    project["project"]["dependencies"].append("left-pad==1.0")
    assert list(stale_lock(lock, project)) == ["uv.lock differs from pyproject.toml: left-pad==1.0"]


def test_a_lock_with_another_pin_of_a_tool_is_stale(lock: dict[str, Any], project: dict[str, Any]) -> None:
    project["dependency-groups"]["test"] = [each.replace("ruff==", "ruff==0.") for each in project["dependency-groups"]["test"]]
    (said,) = stale_lock(lock, project)
    assert said.count("ruff==0.") == 2


@pytest.mark.parametrize("url", ["https://pypi.example.com/simple", "http://pypi.org/simple", "file:///wheels"])
def test_a_registry_other_than_pypi_is_reported(url: str) -> None:
    assert list(foreign_registries(f'source = {{ registry = "{url}" }}')) == [f"uv.lock names a registry other than PyPI: {url}"]
