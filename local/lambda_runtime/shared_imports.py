"""Import what the functions share before a sandbox is forked, and find out whether that is safe.

The fork server runs this file by its path, so it imports nothing from the local service.
"""

import ast
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

# What each description of a service refers to.
_SHARED_MODELS = ("endpoints", "partitions", "sdk-default-configuration", "_retry")


class NotShareable(Exception):
    """The imports have done something that a sandbox must do itself; the message says what."""


class _WatchedEnvironment(type(os.environ)):  # type: ignore[misc]  # its own class: a module may already hold `os.environ`
    """Replaces the class of `os.environ` during the imports, to note what they read."""

    read: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return str(super().__getitem__(name))

    def __iter__(self) -> Iterator[str]:
        self.read.add("*")
        names: Iterator[str] = super().__iter__()
        return names


def import_shared(folders: list[str], handlers: list[str], own_variables: set[str], services: list[str]) -> None:
    """Import the layers' packages that any handler names; raise NotShareable if a sandbox would notice.

    `own_variables` are those whose values differ between the functions.
    """
    descriptors, threads = _entries("/proc/self/fd"), _entries("/proc/self/task")
    read = _variables_read_by(lambda: _import_packages(folders, _names_in(handlers)))
    _load_service_models(services)
    if found := read & (own_variables | {"*"}):
        raise NotShareable(f"an import reads {', '.join(sorted(found))}")
    if _entries("/proc/self/task") != threads:
        raise NotShareable("an import starts a thread")
    if _entries("/proc/self/fd") != descriptors:
        raise NotShareable("an import opens a file or a connection")


def _entries(folder: str) -> int:
    return len(os.listdir(folder))


def _variables_read_by(work: Callable[[], None]) -> set[str]:
    """Return the names of the environment variables that were read; `*` if all were."""
    environment: Any = os.environ
    normal, _WatchedEnvironment.read = environment.__class__, set()
    environment.__class__ = _WatchedEnvironment
    try:
        work()
    finally:
        environment.__class__ = normal
    return _WatchedEnvironment.read


def _names_in(files: Iterable[str]) -> set[str]:
    """Return the top-level names of the packages that these files import."""
    names: set[str] = set()
    for file in files:
        with suppress(OSError, SyntaxError, ValueError):  # which the sandbox reports
            for node in ast.walk(ast.parse(Path(file).read_bytes())):
                if isinstance(node, ast.Import):
                    names.update(alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.partition(".")[0])
    return names


def _import_packages(folders: list[str], names: set[str]) -> None:
    """Import every module of these packages, because some are only imported by a request; the sandbox reports what fails."""
    for found in pkgutil.iter_modules(folders):
        if found.name in names:
            _import(found.name)
            package = sys.modules.get(found.name)
            for module in pkgutil.walk_packages(getattr(package, "__path__", []), f"{found.name}.", onerror=lambda name: None):
                if not module.name.endswith("__main__"):
                    _import(module.name)


def _import(name: str) -> None:
    with suppress(Exception):
        importlib.import_module(name)


def _load_service_models(services: list[str]) -> None:
    """Load botocore's descriptions of these services into the session of `boto3.client`, without making a client."""
    boto3: Any = sys.modules.get("boto3")
    if boto3 is None or not services:
        return
    boto3.setup_default_session()
    loader = boto3.DEFAULT_SESSION._session.get_component("data_loader")
    for name in _SHARED_MODELS:
        loader.load_data(name)
    for service in services:
        for kind in ("service-2", "endpoint-rule-set-1"):
            loader.load_service_model(service, kind)
