"""Run `python -m local serve` in a separate process, as a user does.

A service ends with its file, and the shared one with its folder: idle, but swept fifty times a minute, it would slow down all later tests.
"""

from collections.abc import Iterator

import pytest

from tests.support.local_service import StartService, running_services


@pytest.fixture(scope="module")
def start_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartService]:
    """Return a function that starts a ready service with the given options and a new state folder, which it keeps unless `ephemeral`."""
    with running_services(tmp_path_factory) as start:
        yield start
