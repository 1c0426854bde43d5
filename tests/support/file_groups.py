"""A pytest plugin: keep the tests of one file in one process of a run, and all files that share a running service."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

_SHARED_SERVICE = "tests/integration/shared_service/"


class FileGroups(LoadFileScheduling):
    """Distribute files, but a folder with a shared service as if it were one."""

    def _split_scope(self, nodeid: str) -> str:
        return _SHARED_SERVICE if nodeid.startswith(_SHARED_SERVICE) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Answer for `--dist loadfile` alone."""
    return FileGroups(config, log) if config.getvalue("dist") == "loadfile" else None
