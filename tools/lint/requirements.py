"""Check that the requirements files are what uv.lock says, and uv.lock what pyproject.toml says; `make lock` writes them all."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Each exported file with the dependency group that it holds; the empty name means the project's own dependencies.
EXPORTS = {
    "tools/install/requirements.txt": "install",
    "layers/dependencies/requirements.txt": "",
    "layers/media/requirements.txt": "media",
    "local/requirements.txt": "local",
    "client/requirements.txt": "client",
    "tests/requirements.txt": "test",
}

# A registry of someone's own, a mirror or a proxy must not reach other people's machines.
REGISTRIES = ("https://pypi.org/simple", "https://files.pythonhosted.org/packages/")

# Name, version and hash of one file that may be installed.
Pin = tuple[str, str, str]


def locked(lock: dict[str, Any], group: str) -> set[Pin]:
    """Return all files of a dependency group, with what its packages need on any platform."""
    (project,) = (package for package in lock["package"] if package["source"] == {"editable": "."})
    waiting = list(project["dev-dependencies"][group] if group else project["dependencies"])
    found: set[Pin] = set()
    seen: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        for package in _chosen(lock, wanted):
            found |= {(package["name"], package["version"], file["hash"]) for file in _files(package)}
            waiting += package.get("dependencies", [])
            for extra in wanted.get("extra", []):
                waiting += package["optional-dependencies"][extra]
    return found


def exported(text: str) -> set[Pin]:
    """Read the files that a requirements file allows."""
    found = set()
    for entry in re.findall(r"^[^\s#].*(?:\n +--hash=.*)*", text, re.MULTILINE):
        (name, version), hashes = re.findall(r"^([\w.-]+)==([^\s;]+)", entry)[0], re.findall(r"--hash=(\S+)", entry)
        found |= {(name, version, each) for each in hashes or [""]}
    return found


def stale_exports(lock: dict[str, Any], texts: dict[str, str]) -> Iterator[str]:
    """Name the packages by which a requirements file differs from the lock."""
    for path, text in texts.items():
        different = locked(lock, EXPORTS[path]) ^ exported(text)
        if different:
            yield f"{path} differs from uv.lock: {', '.join(sorted({name for name, _, _ in different}))}"


def stale_lock(lock: dict[str, Any], project: dict[str, Any]) -> Iterator[str]:
    """Name the requirements by which the lock differs from pyproject.toml."""
    (package,) = (package for package in lock["package"] if package["source"] == {"editable": "."})
    known = {"": package["metadata"]["requires-dist"], **package["metadata"]["requires-dev"]}
    declared = {"": project["project"]["dependencies"], **project["dependency-groups"]}
    for group in sorted(known.keys() | declared.keys()):
        different = {_written(each) for each in known.get(group, [])} ^ {_normal(each) for each in declared.get(group, [])}
        if different:
            yield f"uv.lock differs from pyproject.toml: {', '.join(sorted(different))}"


def foreign_registries(text: str) -> Iterator[str]:
    """Name the addresses in the lock that are not PyPI's."""
    for url in re.findall(r'"(https?://[^"]*|file:[^"]*)"', text):
        if not url.startswith(REGISTRIES):
            yield f"uv.lock names a registry other than PyPI: {url}"


def _chosen(lock: dict[str, Any], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    # A requirement names a version only where the lock has several.
    named = [package for package in lock["package"] if package["name"] == wanted["name"]]
    return [package for package in named if package["version"] == wanted.get("version", package["version"])]


def _files(package: dict[str, Any]) -> list[dict[str, Any]]:
    return [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]


def _written(entry: dict[str, Any]) -> str:
    extras = f"[{','.join(entry['extras'])}]" if "extras" in entry else ""
    return f"{entry['name']}{extras}{entry.get('specifier', '')}"


def _normal(requirement: str) -> str:
    name, rest = re.findall(r"^([\w.-]+)(.*)", requirement)[0]
    return f"{re.sub(r'[-_.]+', '-', name).lower()}{rest}"


def main() -> None:
    """Print what is stale and exit with 1, or exit with 0."""
    text = Path("uv.lock").read_text()
    lock, project = tomllib.loads(text), tomllib.loads(Path("pyproject.toml").read_text())
    texts = {path: Path(path).read_text() for path in EXPORTS}
    problems = [*stale_lock(lock, project), *stale_exports(lock, texts), *foreign_registries(text)]
    if problems:
        sys.exit("\n".join([*problems, "Run `make lock`, which needs uv and a network."]))


if __name__ == "__main__":
    main()
