"""Start one service for all files of this folder; their tests touch only their own videos, and run in one process."""

from collections.abc import Iterator

import pytest

from tests.support.local_service import LocalService, running_services


@pytest.fixture(scope="package")
def local_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    """Run the product with the built-in simulator, fifty times faster."""
    with running_services(tmp_path_factory) as start:
        yield start("--time-scale", "0.02")
